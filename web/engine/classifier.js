// A model and all between a drawing and an answer, in the thread that calls it.

import { answer } from "./answer.js";
import { readModel } from "./model.js";
import { createNetwork } from "./network.js";
import { PIXELS, rasterize, rasterizeMaps } from "./rasterize.js";
import { checkStrokes } from "./strokes.js";

/** The bytes of models/NAME.bin, an ArrayBuffer -> what it says of itself, and `classify`. */
export async function createClassifier(file, simd) {
	const model = await readModel(file);
	const { logitsOf, readFeatures } = createNetwork(model, simd);
	const { labels, maps, threshold, version } = model;

	/** A drawing, strokes or a bitmap -> { label, probability, known, top }, `bitmap`, the ink that the model saw, and
	 *  `features` where the options ask for them. */
	function classify(drawing, options) {
		const values = isBitmap(drawing) ? blot(drawing) : draw(checkStrokes(drawing));
		const found = { ...answer(logitsOf(values), model, options), bitmap: values.slice(0, PIXELS) };
		return options?.features ? { ...found, features: readFeatures() } : found;
	}

	const draw = maps.length > 1 ? rasterizeMaps : rasterize;

	/** A bitmap as maps: it has no motion. */
	function blot(bitmap) {
		const values = new Uint8Array(maps.length * PIXELS);
		values.set(bitmap.flat?.() ?? bitmap);
		return values;
	}

	return { labels, threshold, version, classify };
}

/**
 * 784 bytes, or 28 rows of 28 numbers; ink is 255 on 0.
 * @param {any} drawing
 */
function isBitmap(drawing) {
	if (ArrayBuffer.isView(drawing)) {
		const { length } = /** @type {Uint8Array} */ (drawing);
		if (length !== PIXELS) throw new TypeError(`a bitmap has ${PIXELS} bytes, and this has ${length}`);
		return true;
	}
	return (
		Array.isArray(drawing) &&
		drawing.length === 28 &&
		drawing.every((row) => row?.length === 28 && row.every?.(Number.isInteger))
	);
}
