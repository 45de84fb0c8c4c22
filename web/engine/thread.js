// A classifier in a thread of its own, so that the pen never waits for it.

const HERE = new URL("worker.js", import.meta.url);

/** Starts a thread -> `load(file)`, which gives what createClassifier does, with a `classify` that answers later. */
export function startThread() {
	const worker = newWorker();
	const waiting = new Map(); // of what was asked: by id, who is told
	let failure = null;
	let count = 0;

	function ask(question) {
		if (failure) return Promise.reject(failure);
		return new Promise((resolve, reject) => {
			waiting.set(count, { resolve, reject });
			worker.postMessage({ ...question, id: count++ });
		});
	}
	function stop(reason) {
		failure = reason;
		worker.terminate();
		for (const { reject } of waiting.values()) reject(reason);
		waiting.clear();
	}
	worker.onmessage = ({ data: { id, value, error } }) => {
		const { resolve, reject } = waiting.get(id);
		waiting.delete(id);
		if (error) reject(error);
		else resolve(value);
	};
	worker.onerror = () => stop(new Error("the worker could not be started"));

	return {
		async load(file) {
			const card = await ask({ file });
			return { ...card, classify: (drawing, options) => ask({ drawing, options }), close: this.close };
		},
		close: () => stop(new Error("the recognizer is closed")),
	};
}

/** Workers must be of the page's own origin; a blob is, and it can import from any that allows it. */
function newWorker() {
	if (HERE.origin === location.origin) return new Worker(HERE, { type: "module" });
	const blob = URL.createObjectURL(new Blob([`import "${HERE}";`], { type: "text/javascript" }));
	const worker = new Worker(blob, { type: "module" });
	setTimeout(() => URL.revokeObjectURL(blob), 60_000); // once it has begun
	return worker;
}
