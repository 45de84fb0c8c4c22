// Strokes become what a network sees, by the rule of doodle/raster.py, which explains it: the same operations in
// float64, in the same order, so that the bits are the same.

import { simplify } from "./simplify.js";

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const MAPS = ["ink", "right", "left", "down", "up", "time"];
const EXTENT = 255; // units that the longer side of a drawing spans
const PEN = 16; // units
export const UNIT = SIDE / (256 + 2 * 16 + PEN); // pixels
const RADIUS = (PEN / 2) * UNIT; // pixels
const REACH = RADIUS + Math.sqrt(0.5); // pixels: a pixel whose centre is farther than this from a stroke has no ink
const REACH_ALONG = RADIUS + (1 + Math.SQRT2) / 4; // the same along a row or a column
const LENGTH_STEPS = 64; // to a pixel: stroke lengths are integers, so that adding them up is exact
const LARGEST = 1e300; // half the extent of a drawing that does not overflow
const TINY = 1e-300; // changes no number but 0, which can then divide

const { abs, ceil, floor, max, min, sqrt } = Math;
const clamp = (value, highest) => min(max(value, 0), highest);

/** Strokes [[x...], [y...]], in any coordinate range, y downwards -> Uint8Array(784), row by row, ink 255 on 0. */
export function rasterize(strokes) {
	return draw(place(strokes));
}

/** Strokes -> the six maps of MAPS one after the other, Uint8Array(6 * 784): ink, and the pen's motion. */
export function rasterizeMaps(strokes) {
	return draw(place(strokes).map(simplify), true);
}

/** Scales and centres strokes on the bitmap, in pixels; pixel (0, 0) covers 0 to 1. */
function place(strokes) {
	const drawn = strokes.filter(([xs]) => xs.length);
	if (!drawn.length) throw new Error("the drawing is empty: it has no stroke with a point");
	const [x, y] = [0, 1].map((axis) => span(drawn.map((stroke) => stroke[axis])));
	const half = max(x.half, y.half);
	const scale = half > 0 ? ((EXTENT / 2) * UNIT) / half : 0;
	if (!Number.isFinite(scale) || !(half <= LARGEST)) {
		throw new Error("the drawing's coordinates are too far apart, or too close together, to draw");
	}
	const along = (values, { middle }) => Float64Array.from(values, (value) => (value - middle) * scale + SIDE / 2);
	return drawn.map(([xs, ys]) => [along(xs, x), along(ys, y)]);
}

function span(rows) {
	let [low, high] = [Infinity, -Infinity];
	for (const row of rows) {
		for (const value of row) {
			low = min(low, value);
			high = max(high, value);
		}
	}
	return { middle: low / 2 + high / 2, half: high / 2 - low / 2 }; // halves don't overflow
}

/** Placed strokes -> their ink or, with motion, all maps. The largest mark of a segment on a pixel stays. */
function draw(strokes, withMotion = false) {
	const paper = new Float64Array(PIXELS).fill(1);
	const maps = new Float64Array((withMotion ? MAPS.length : 1) * PIXELS);
	const motion = withMotion ? clock(strokes) : null;
	for (const stroke of strokes) {
		const covered = new Float64Array(PIXELS);
		for (const segment of segments(stroke)) cover(segment, covered, maps, motion?.(segment) ?? []);
		// each stroke lies over those before it, so a pixel stays white only as far as every stroke leaves it white
		covered.forEach((part, pixel) => (paper[pixel] *= 1 - part));
	}
	paper.forEach((white, pixel) => (maps[pixel] = 1 - white));
	const bytes = new Uint8Array(maps.length);
	maps.forEach((part, at) => (bytes[at] = roundHalfToEven(255 * part)));
	return bytes;
}

/**
 * A stroke is a chain of segments [x0, y0, x1, y1]; a single point is a segment of no length.
 * @returns {[number, number, number, number][]}
 */
function segments([xs, ys]) {
	const count = max(1, xs.length - 1);
	return Array.from({ length: count }, (_, i) => [xs[i], ys[i], xs[i + 1] ?? xs[i], ys[i + 1] ?? ys[i]]);
}

/** -> a function that says of segment after segment what it marks: where the `map` begins, and how strongly. */
function clock(strokes) {
	const steps = ([x0, y0, x1, y1]) => roundHalfToEven(length(x1 - x0, y1 - y0) * LENGTH_STEPS);
	const total = max(
		1,
		strokes.flatMap(segments).reduce((sum, segment) => sum + steps(segment), 0),
	);
	let before = 0;
	return (segment) => {
		const [x0, y0, x1, y1] = segment;
		const whole = length(x1 - x0, y1 - y0) + TINY;
		const time = (before + steps(segment) / 2) / total;
		before += steps(segment);
		const direction = (map, part) => ({ map: (part < 0 ? map + 1 : map) * PIXELS, part: abs(part) });
		return [direction(1, (x1 - x0) / whole), direction(3, (y1 - y0) / whole), { map: 5 * PIXELS, part: time }];
	};
}

/** Raises `covered`, how much of each pixel a stroke covers, by the segment from (x0, y0) to (x1, y1), and its marks. */
function cover([x0, y0, x1, y1], covered, maps, marks) {
	const [alongX, alongY] = [x1 - x0, y1 - y0];
	const length2 = alongX * alongX + alongY * alongY || 1;
	const [unitX, unitY] = [alongX / length2, alongY / length2];
	const first = (a, b) => clamp(ceil(min(a, b) - (REACH_ALONG + 0.5)), SIDE - 1);
	const last = (a, b) => clamp(floor(max(a, b) + (REACH_ALONG - 0.5)), SIDE - 1);
	const [left, top, right, bottom] = [first(x0, x1), first(y0, y1), last(x0, x1), last(y0, y1)];
	for (let y = top; y <= bottom; y++) {
		for (let x = left; x <= right; x++) {
			let dx = left + 0.5 - x0 + (x - left);
			let dy = top + 0.5 - y0 + (y - top);
			const t = clamp(dx * unitX + dy * unitY, 1);
			dx -= t * alongX;
			dy -= t * alongY;
			const distance2 = dx * dx + dy * dy;
			if (distance2 >= REACH * REACH) continue;
			const coverage = edgeCoverage(abs(dx), abs(dy), sqrt(distance2));
			const pixel = y * SIDE + x;
			if (coverage > covered[pixel]) covered[pixel] = coverage;
			for (const { map, part } of marks) {
				if (coverage * part > maps[map + pixel]) maps[map + pixel] = coverage * part;
			}
		}
	}
}

/** The part of a pixel inside a pen's edge, the nearest point of the pen's path being (dx, dy) away from its centre. */
function edgeCoverage(dx, dy, distance) {
	const wide = max(dx, dy);
	const narrow = min(dx, dy);
	const inside = RADIUS - distance; // of the pixel's centre, negative outside
	const beyond = max((wide + narrow) * 0.5 - abs(inside) * distance, 0);
	const corner = min(beyond, narrow);
	const area = (corner * corner) / (2 * narrow + TINY) + (beyond - corner);
	const part = abs(0.5 - area / (wide + TINY));
	return inside < 0 ? 0.5 - part : 0.5 + part;
}

const length = (x, y) => sqrt(x * x + y * y);

export function roundHalfToEven(value) {
	const nearest = Math.round(value);
	return nearest - value === 0.5 && nearest % 2 ? nearest - 1 : nearest;
}
