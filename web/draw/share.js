// A drawing as a link: its strokes, simplified, stand in the address behind #look=, so that no server keeps them.

import { simplify } from "../engine/simplify.js";
import { SIDE } from "../pad/sketch.js";

export const PREFIX = "#look=";
const GRID = 512; // places along the paper's side
const UNIT = SIDE / GRID;
const TICK = 16; // ms
const FINE = 28 / SIDE; // simplify() measures in pixels of the bitmap

/** Strokes [[x...], [y...], [t...]] -> an address that shows them. */
export function link(drawing) {
	const bytes = [];
	const put = (value) => {
		for (let rest = value; ; rest >>>= 7) {
			bytes.push((rest & 127) | (rest > 127 ? 128 : 0));
			if (rest <= 127) return;
		}
	};
	let last = [0, 0, 0];
	for (const stroke of drawing) {
		const points = thin(stroke);
		put(points.length);
		for (const point of points) {
			point.forEach((value, i) => put(zigzag(value - last[i])));
			last = point;
		}
	}
	const text = btoa(String.fromCharCode(...bytes));
	const code = text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
	return new URL(PREFIX + code, location.href).href;
}

/** The strokes in an address's hash, or null: for none, and for what is damaged. */
export function linked(hash) {
	if (!hash.startsWith(PREFIX)) return null;
	try {
		return read(hash.slice(PREFIX.length));
	} catch {
		return null;
	}
}

function read(code) {
	const text = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
	let at = 0;
	const take = () => {
		let value = 0;
		for (let shift = 0; ; shift += 7) {
			const byte = text.charCodeAt(at++); // NaN behind the end
			if (!(byte >= 0) || shift > 28) throw new RangeError("the link is damaged");
			value |= (byte & 127) << shift;
			if (byte < 128) return value;
		}
	};
	const drawing = [];
	const last = [0, 0, 0];
	while (at < text.length) {
		const stroke = [[], [], []];
		for (let left = take(); left > 0; left--) {
			last.forEach((value, i) => (last[i] = value + unzigzag(take())));
			const [x, y, time] = last;
			if (x < 0 || y < 0 || x > GRID || y > GRID) throw new RangeError("the link is damaged");
			[x * UNIT, y * UNIT, time * TICK].forEach((value, i) => stroke[i].push(value));
		}
		if (stroke[0].length) drawing.push(stroke);
	}
	return drawing.length ? drawing : null;
}

/** The points [x, y, t] of a stroke that its shape needs, in whole steps. */
function thin([xs, ys, times]) {
	const fine = (row) => row.map((value) => value * FINE);
	const kept = simplify([fine(xs), fine(ys), times]);
	const steps = [FINE * UNIT, FINE * UNIT, TICK];
	return kept[0].map((_, i) => steps.map((step, row) => Math.round(kept[row][i] / step)));
}

const zigzag = (value) => (value << 1) ^ (value >> 31);
const unzigzag = (value) => (value >>> 1) ^ -(value & 1);
