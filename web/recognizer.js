// Recognises doodles on this device: in a browser, in a thread of its own; in Node.js, in the thread that calls it.

import { startThread } from "./engine/thread.js";

const MODELS = new URL("models/", import.meta.url);

/** Fetches a model and makes it ready; recognizer.d.ts describes all of it. */
export async function createRecognizer({ model = "cnn", models = MODELS, worker = true, onProgress, signal } = {}) {
	const thread = worker && globalThis.Worker ? startThread() : null; // it starts while the model comes
	try {
		const isFile = ArrayBuffer.isView(model) || model instanceof ArrayBuffer;
		const url = isFile ? null : model instanceof URL ? model : addressOf(model, models);
		const file = url ? await read(url, onProgress, signal) : new Uint8Array(model).buffer;
		const name = url
			? decodeURIComponent(
					url.pathname
						.split("/")
						.pop()
						.replace(/\.bin$/, ""),
				)
			: "";
		const classifier = (await thread?.load(file).catch(() => null)) ?? (await loadHere(file));
		return newRecognizer(name, classifier);
	} catch (error) {
		thread?.close();
		throw error;
	}
}

function newRecognizer(model, { labels, threshold, version, classify, close }) {
	return {
		model,
		labels,
		threshold,
		version,

		async classify(drawing, options = {}) {
			return { ...(await classify(drawing, options)), model };
		},

		close() {
			close?.();
		},
	};
}

/** Where no worker can run. */
async function loadHere(file) {
	const { createClassifier } = await import("./engine/classifier.js");
	return createClassifier(file);
}

function addressOf(name, models) {
	const page = globalThis.document?.baseURI ?? import.meta.url;
	const folder = String(models).replace(/\/?$/, "/");
	return new URL(`${encodeURIComponent(name)}.bin`, new URL(folder, page));
}

async function read(url, onProgress, signal) {
	if (url.protocol === "file:") {
		const { readFile } = await import("node:fs/promises"); // fetch of Node.js takes no files
		return new Uint8Array(await readFile(url)).buffer;
	}
	const response = await fetch(url, { signal }).catch((error) => {
		throw signal?.aborted ? error : new Error(`${url} could not be fetched`, { cause: error });
	});
	const { ok, status, headers, body } = response;
	if (!ok) throw new Error(`${url} could not be fetched: ${status}`);
	const total = headers.has("content-encoding") ? 0 : Number(headers.get("content-length"));
	if (!onProgress || !total) return response.arrayBuffer();
	let received = 0;
	const count = new TransformStream({
		transform(chunk, controller) {
			received += chunk.length;
			onProgress(Math.min(received / total, 1));
			controller.enqueue(chunk);
		},
	});
	return new Response(body.pipeThrough(count)).arrayBuffer();
}
