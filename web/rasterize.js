// Strokes become the bitmap that every model sees: the rule of doodle/raster.py, which explains it, in float64.

const SIDE = 28;
const EXTENT = 255; // units that the longer side of a drawing spans
const PEN = 16; // units
const UNIT = SIDE / (256 + 2 * 16 + PEN); // pixels
const RADIUS = (PEN / 2) * UNIT; // pixels
const REACH = RADIUS + 0.5 ** 0.5; // pixels: a pixel whose centre is farther than this from a stroke has no ink
const LARGEST = 1e300; // half the extent of a drawing that does not overflow
const TINY = 1e-300; // instead of 0, to divide 0 by

const { abs, ceil, floor, max, min, sqrt } = Math;
const clamp = (value, highest) => min(max(value, 0), highest);

/** Strokes [[x...], [y...]], in any coordinate range, y downwards -> Uint8Array(784), row by row, ink 255 on 0. */
export function rasterize(drawing) {
	const paper = new Float64Array(SIDE * SIDE).fill(1);
	for (const [xs, ys] of place(drawing.filter(([xs]) => xs.length))) {
		const covered = new Float64Array(SIDE * SIDE);
		const last = max(1, xs.length - 1); // a single point is a segment of no length
		for (let i = 0; i < last; i++) cover(covered, xs[i], ys[i], xs[i + 1] ?? xs[i], ys[i + 1] ?? ys[i]);
		covered.forEach((part, pixel) => (paper[pixel] *= 1 - part));
	}
	return Uint8Array.from(paper, (white) => roundHalfToEven(255 * (1 - white)));
}

/** Scales and centres strokes on the bitmap, in pixels; pixel (0, 0) covers 0 to 1. */
function place(strokes) {
	if (!strokes.length) throw new Error("the drawing is empty: it has no stroke with a point");
	const axes = [0, 1].map((axis) => {
		const values = strokes.flatMap((stroke) => stroke[axis]);
		const [low, high] = [min, max].map((pick) => values.reduce((a, b) => pick(a, b)));
		return { middle: low / 2 + high / 2, half: high / 2 - low / 2 }; // halves don't overflow
	});
	const half = max(axes[0].half, axes[1].half);
	const scale = half > 0 ? ((EXTENT / 2) * UNIT) / half : 0;
	if (!Number.isFinite(scale) || !(half <= LARGEST)) {
		throw new Error("the drawing's coordinates are too far apart, or too close together, to draw");
	}
	const along = (values, axis) => Float64Array.from(values, (value) => (value - axes[axis].middle) * scale + SIDE / 2);
	return strokes.map(([xs, ys]) => [along(xs, 0), along(ys, 1)]);
}

/** Raises `covered`, how much of each pixel a stroke covers, by the segment from (x0, y0) to (x1, y1). */
function cover(covered, x0, y0, x1, y1) {
	const [alongX, alongY] = [x1 - x0, y1 - y0];
	const length2 = alongX * alongX + alongY * alongY || 1;
	const [unitX, unitY] = [alongX / length2, alongY / length2];
	const first = (a, b) => clamp(ceil(min(a, b) - REACH - 0.5), SIDE - 1);
	const last = (a, b) => clamp(floor(max(a, b) + REACH - 0.5), SIDE - 1);
	for (let y = first(y0, y1); y <= last(y0, y1); y++) {
		for (let x = first(x0, x1); x <= last(x0, x1); x++) {
			const dx = x + 0.5 - x0;
			const dy = y + 0.5 - y0;
			const t = clamp(dx * unitX + dy * unitY, 1);
			const pixel = y * SIDE + x;
			covered[pixel] = max(covered[pixel], edgeCoverage(abs(dx - t * alongX), abs(dy - t * alongY)));
		}
	}
}

/** The part of a pixel inside a pen's edge, the nearest point of the pen's path being (dx, dy) away from its centre. */
function edgeCoverage(dx, dy) {
	const distance = sqrt(dx * dx + dy * dy);
	const wide = max(dx, dy);
	const narrow = min(dx, dy);
	const inside = RADIUS - distance; // of the pixel's centre, negative outside
	const beyond = max((wide + narrow) / 2 - abs(inside) * distance, 0);
	const corner = min(beyond, narrow);
	const part = 0.5 - ((corner * corner) / max(2 * narrow, TINY) + (beyond - corner)) / max(wide, TINY);
	return inside < 0 ? 0.5 - part : 0.5 + part;
}

function roundHalfToEven(value) {
	const nearest = Math.round(value);
	return nearest - value === 0.5 && nearest % 2 ? nearest - 1 : nearest;
}
