// What is a drawing: the checks of doodle/strokes.py, in its words.

const MAX_STROKES = 2_000;
const MAX_POINTS = 20_000;

/**
 * Strokes [[x...], [y...], ...] as they came -> the same, checked. Throws a TypeError that names the stroke at fault.
 * @param {any} drawing
 */
export function checkStrokes(drawing) {
	if (!Array.isArray(drawing)) fail("a drawing is a list of strokes [[x, ...], [y, ...]]");
	if (drawing.length > MAX_STROKES) {
		fail(`the drawing has ${drawing.length} strokes; at most ${MAX_STROKES.toLocaleString("en")} are taken`);
	}
	let points = 0;
	drawing.forEach((stroke, i) => {
		const [xs, ys] = Array.isArray(stroke) ? stroke : [];
		const number = i + 1;
		if (!isList(xs) || !isList(ys) || xs.length !== ys.length) {
			fail(`stroke ${number} needs as many x as y coordinates, each in a list`);
		}
		for (const value of [...xs, ...ys]) {
			if (typeof value !== "number") fail(`stroke ${number} has a coordinate that is not a number`);
			if (!Number.isFinite(value)) fail(`stroke ${number} has a coordinate that is too large, or not finite`);
		}
		points += xs.length;
	});
	if (points > MAX_POINTS)
		fail(`the drawing has ${points} points; at most ${MAX_POINTS.toLocaleString("en")} are taken`);
	return drawing;
}

/** @returns {value is ArrayLike<number>} */
const isList = (value) => Array.isArray(value) || ArrayBuffer.isView(value);

function fail(message) {
	throw new TypeError(message);
}
