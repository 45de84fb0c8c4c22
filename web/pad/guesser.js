// Guesses what is on a pad: the newest drawing alone is worth an answer, and pads with the same model share it.

import { createRecognizer } from "../recognizer.js";

const recognizers = new Map(); // promises, by the model's name and where it lies

/** -> a function that asks about a drawing. `tell(event, detail)` hears "progress", "guess" and "error". */
export function newGuesser(tell) {
	let waiting = null; // what was asked meanwhile
	let isBusy = false;

	return async function ask(question) {
		waiting = question;
		if (isBusy) return;
		isBusy = true;
		while (waiting) {
			const { drawing, model, models, options } = waiting;
			waiting = null;
			try {
				const recognizer = await share(model, models, (progress) => tell("progress", progress));
				const guess = drawing.length ? await recognizer.classify(drawing, options) : null;
				if (!waiting && guess) tell("guess", guess);
			} catch (error) {
				tell("error", error);
			}
		}
		isBusy = false;
	};
}

function share(model, models, onProgress) {
	const key = `${models ?? ""} ${model}`;
	if (!recognizers.has(key)) {
		const recognizer = createRecognizer({ model, onProgress, ...(models && { models }) });
		recognizers.set(key, recognizer);
		recognizer.catch(() => recognizers.delete(key)); // it may be tried again
	}
	return recognizers.get(key);
}
