// The thread that a recognizer runs in: a model comes in first, then drawings; what goes out bears the same id.

import { createClassifier } from "./classifier.js";

let classifier;

addEventListener("message", async ({ data: { id, file, drawing, options } }) => {
	try {
		if (file) {
			classifier = createClassifier(file);
			const { labels, threshold, version } = await classifier;
			postMessage({ id, value: { labels, threshold, version } });
		} else postMessage({ id, value: (await classifier).classify(drawing, options) });
	} catch (error) {
		postMessage({ id, error }); // errors can be cloned
	}
});
