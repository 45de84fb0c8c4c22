// Asking the server. The newest question alone is worth an answer: one request is in flight at a time, what was asked
// meanwhile waits in a place for one, and a server that is gone is asked again at a calm pace.

import { pause } from "./dom.js";

const PATIENCE = 4000; // ms until a silent server counts as gone

/** The server's own refusal, in its words: asking again would not help. */
export class Refusal extends Error {}

/** -> the JSON that answers a GET or, with a body, a POST. */
export async function request(path, body) {
	const options = { method: body ? "POST" : "GET", body, signal: AbortSignal.timeout(PATIENCE) };
	const response = await fetch(path, options).catch(() => {
		throw new Error("The server does not answer.");
	});
	const { ok, status } = response;
	if (ok) return response.json();
	const content = await response.json().catch(() => null);
	const Kind = status >= 500 || [401, 429].includes(status) ? Error : Refusal;
	const { code, message = `The server answered ${status}.` } = content?.error ?? {};
	throw Object.assign(new Kind(message), { status, code });
}

/** -> the answer of POST /classify, with `bitmap` as 784 bytes. An `image` is a data URL. */
export async function classify({ drawing, image, model, top = 5 }) {
	const query = new URLSearchParams({ model, top: String(top), bitmap: "1" });
	const answer = await request(`classify?${query}`, image ?? json(drawing));
	return { ...answer, bitmap: Uint8Array.from(atob(answer.bitmap), (byte) => byte.charCodeAt(0)) };
}

const json = (drawing) => JSON.stringify({ drawing: drawing.map(([xs, ys]) => [xs, ys]) });

/** Puts the newest question to `put`; tells `onAnswer(answer)` or `onTrouble(error)` what came. */
export function latest(put, onAnswer, onTrouble) {
	let [waiting, isRunning, isWanted] = [null, false, false];

	async function run() {
		isRunning = true;
		for (let failures = 0; waiting; ) {
			const question = waiting;
			[waiting, isWanted] = [null, true];
			try {
				const answer = await put(question);
				failures = 0;
				if (isWanted) onAnswer(answer);
			} catch (error) {
				const isFinal = error instanceof Refusal;
				if (!isFinal) error.message += " Your drawing is safe, trying again…";
				if (isWanted) onTrouble(error);
				if (isFinal) continue;
				if (isWanted) waiting ??= question;
				await pause(Math.min(500 * 2 ** failures++, 4000));
			}
		}
		isRunning = false;
	}

	return {
		ask(question) {
			waiting = question;
			if (!isRunning) run();
		},
		/** Wants no answer any more. */
		drop() {
			[waiting, isWanted] = [null, false];
		},
	};
}
