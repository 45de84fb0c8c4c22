// The thread in which onnxruntime-web runs the models: it is told a model's name and a drawing, and tells the bitmap
// and the probabilities. Without a drawing it only makes ready.

import { DrawingError, rasterize } from "./rasterize.js";

let runtime = null; // a promise of onnxruntime-web; one that failed stays so, and the thread is started anew
const sessions = new Map(); // promises of the models' sessions, by name

addEventListener("message", async ({ data: { number, name, drawing } }) => {
  try {
    postMessage({ number, result: await answer(name, drawing) });
  } catch (error) {
    postMessage({ number, error: error.message, refusal: error instanceof DrawingError });
  }
});

async function answer(name, drawing) {
  const bitmap = drawing && rasterize(drawing);
  runtime ??= loadRuntime();
  if (!sessions.has(name)) sessions.set(name, loadModel(name));
  const session = await sessions.get(name).catch((error) => {
    sessions.delete(name);
    throw error;
  });
  if (!drawing) return {};
  const { Tensor } = await runtime;
  const { probabilities } = await session.run({ bitmap: new Tensor("uint8", bitmap, [1, 28, 28]) });
  return { bitmap, probabilities: probabilities.data };
}

async function loadRuntime() {
  const [ort, wasmBinary] = await Promise.all([import("./vendor/ort.mjs"), fetchBytes("vendor/ort.wasm.gz")]);
  Object.assign(ort.env.wasm, { wasmBinary, numThreads: 1 }); // more would need a page that is cross-origin isolated
  return ort;
}

async function loadModel(name) {
  const [{ InferenceSession }, model] = await Promise.all([runtime, fetchBytes(`models/${encodeURIComponent(name)}.onnx`)]);
  return InferenceSession.create(model);
}

async function fetchBytes(url) {
  const response = await fetch(url, { cache: "no-cache" }).catch(() => ({ ok: false }));
  if (!response.ok) throw new Error(`${url} could not be fetched.`);
  const bytes = await response.arrayBuffer();
  const [first, second] = new Uint8Array(bytes);
  if (first !== 0x1f || second !== 0x8b) return bytes; // some hosts unpack .gz on the way
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}
