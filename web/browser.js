// The models in this browser, each in a thread of its own, so that the pen never waits for it.

const threads = { __proto__: null }; // by the model's name

/** Makes ready to run the model of this name. */
export const load = (name) => ask(name, []);

/** -> the answer that the server gives to the same drawing. */
export async function classify(drawing, { name, labels, threshold }, top = 5) {
	const { bitmap, probabilities } = await ask(name, drawing);
	const ranking = [...labels.keys()].sort((a, b) => probabilities[b] - probabilities[a]); // stable, as on the server
	const likeliest = ranking.slice(0, top || labels.length).map((i) => ({ label: labels[i], probability: probabilities[i] }));
	return { ...likeliest[0], known: likeliest[0].probability >= threshold, top: likeliest, model: name, bitmap };
}

async function ask(name, drawing) {
	const thread = (threads[name] ??= start(name));
	const { port1, port2 } = new MessageChannel();
	const answer = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
	thread.worker.postMessage(drawing, [port2]);
	const { error, ...result } = await Promise.race([answer, thread.end]);
	if (!error) return result;
	thread.stop({ error }); // one that failed stays so; the next question starts another
	if (threads[name] === thread) delete threads[name];
	throw new Error(error);
}

function start(name) {
	const worker = new Worker(new URL("thread.js", import.meta.url), { type: "module", name });
	const { promise: end, resolve: stop } = Promise.withResolvers();
	end.then(() => worker.terminate());
	worker.onerror = () => stop({ error: "The models could not be started in this browser." });
	return { worker, end, stop };
}
