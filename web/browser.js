// The models in this browser. They run in a thread of their own, so that the pen never waits for them; it is started,
// and what it needs is fetched, when first asked for.

import { Refusal } from "./classify.js";

let thread = null;
let isReady = false; // whether the thread has answered
let asked = 0;
const waiting = new Map(); // what is asked of the thread: number -> { resolve, reject }

/** Fetches what is needed to run the model of this name. */
export function load(name) {
  return ask({ name });
}

/** -> the answer that POST /classify?bitmap=1 gives to the same drawing, with `bitmap` as 784 bytes. */
export async function classify({ drawing, model, top = 5 }) {
  const { bitmap, probabilities } = await ask({ name: model.name, drawing });
  return { ...putIntoWords(model, probabilities, top), bitmap };
}

/** Labels of equal probability keep the model's order: sorting is stable here as it is on the server. */
function putIntoWords({ name, labels, threshold }, probabilities, top) {
  const ranking = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
  const likeliest = ranking.slice(0, top || ranking.length).map((i) => ({ label: labels[i], probability: probabilities[i] }));
  return { ...likeliest[0], known: likeliest[0].probability >= threshold, top: likeliest, model: name };
}

function ask(question) {
  thread ??= start();
  return new Promise((resolve, reject) => {
    waiting.set(++asked, { resolve, reject });
    thread.postMessage({ number: asked, ...question });
  });
}

function start() {
  const worker = new Worker(new URL("thread.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data: { number, result, error, refusal } }) => {
    isReady ||= !error;
    if (error && !refusal && !isReady) return stop(error);
    if (error) waiting.get(number).reject(refusal ? new Refusal(error) : new Error(error));
    else waiting.get(number).resolve(result);
    waiting.delete(number);
  });
  worker.addEventListener("error", () => stop("The models could not be started in this browser."));
  return worker;
}

/** Gives up a thread that never got ready; the next question starts another. */
function stop(why) {
  thread.terminate();
  thread = null;
  isReady = false;
  for (const { reject } of waiting.values()) reject(new Error(why));
  waiting.clear();
}
