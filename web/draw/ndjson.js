// Reading strokes from a line of Quick, Draw! .ndjson: ours, and those of the data set, raw or simplified.

import { checkStrokes } from "../engine/strokes.js";
import { PAUSE, SIDE } from "../pad/sketch.js";

const MARGIN = SIDE / 16;
const PACE = 4; // 1/4096 of the pad's side in a ms, where strokes have no times

/** The text of a file -> the strokes of its first line, for the pad. Throws where there are none. */
export function readLine(text) {
	try {
		const [line] = text.trimStart().split("\n", 1);
		const { drawing, countrycode } = JSON.parse(line);
		const strokes = checkStrokes(drawing).filter(([xs]) => xs.length);
		if (!strokes.length) throw new Error("there is no ink");
		return timed(countrycode === "" && strokes.every(isOnPad) ? strokes : fitted(strokes)); // ours have no country
	} catch {
		throw new Error("I can't find strokes in this file. It should begin with a line of Quick, Draw! .ndjson.");
	}
}

const isOnPad = ([xs, ys]) => [...xs, ...ys].every((value) => value >= 0 && value <= SIDE);

/** Strokes of any size -> as large as the pad, in its middle. */
function fitted(strokes) {
	const spans = [0, 1].map((row) => {
		const values = strokes.flatMap((stroke) => stroke[row]);
		return { low: Math.min(...values), high: Math.max(...values) };
	});
	const scale = (SIDE - 2 * MARGIN) / Math.max(...spans.map(({ low, high }) => high - low), 1);
	const fit = (value, { low, high }) => Math.round(SIDE / 2 + (value - (low + high) / 2) * scale);
	return strokes.map(([xs, ys, times]) => [xs.map((x) => fit(x, spans[0])), ys.map((y) => fit(y, spans[1])), times]);
}

/** Strokes with times or without -> with times as the pad has them. */
function timed(strokes) {
	let now = -PAUSE;
	return strokes.map(([xs, ys, given]) => {
		const isTimed = given?.length === xs.length && given.every(Number.isFinite);
		const took = (i) =>
			isTimed ? Math.max(given[i] - given[i - 1], 0) : Math.hypot(xs[i] - xs[i - 1], ys[i] - ys[i - 1]) / PACE;
		now += PAUSE;
		const times = xs.map((_, i) => {
			if (i) now += took(i);
			return Math.round(now);
		});
		return [xs, ys, times];
	});
}
