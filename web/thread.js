// The thread in which onnxruntime-web runs the model of its name: a drawing comes in, bitmap and probabilities
// go out. A drawing of no strokes only waits until all is ready.

import { rasterize } from "./rasterize.js";

const loading = load();

addEventListener("message", async ({ data: drawing, ports: [port] }) => {
	try {
		const { session, Tensor } = await loading;
		if (!drawing.length) return port.postMessage({});
		const bitmap = rasterize(drawing);
		const { probabilities } = await session.run({ bitmap: new Tensor("uint8", bitmap, [1, 28, 28]) });
		port.postMessage({ bitmap, probabilities: probabilities.data });
	} catch ({ message }) {
		port.postMessage({ error: message });
	}
});

async function load() {
	const file = `models/${encodeURIComponent(name)}.onnx`;
	const needs = [import("./vendor/ort.mjs"), fetchBytes("vendor/ort.wasm.gz"), fetchBytes(file)];
	const [{ env, InferenceSession, Tensor }, wasmBinary, model] = await Promise.all(needs);
	Object.assign(env.wasm, { wasmBinary, numThreads: 1 }); // more would need a page that is cross-origin isolated
	return { Tensor, session: await InferenceSession.create(model) };
}

async function fetchBytes(url) {
	const response = await fetch(url, { cache: "no-cache" }).catch(() => null);
	if (!response?.ok) throw new Error(`${url} could not be fetched.`);
	const bytes = await response.arrayBuffer();
	const [first, second] = new Uint8Array(bytes);
	if (first !== 0x1f || second !== 0x8b) return bytes; // some hosts unpack .gz on the way
	return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}
