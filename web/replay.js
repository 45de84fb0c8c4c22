// The replay: a drawing appears as it was drawn, and after each stroke there is a guess, kept in a strip of pictures.

import { classify } from "./answers.js";
import { card, pause, percent, ui } from "./dom.js";
import { thumbnail } from "./ink.js";

const LONGEST = 9000; // ms that the pen moves in all, at most
const READING = 450; // ms for a look at the guess after each stroke

const still = matchMedia("(prefers-reduced-motion: reduce)");
let run = null;

/** What the paper shows meanwhile; who shows it gives it `onchange`, `onanswer` and `onend`. */
export const film = { drawing: [] };

/** Rejects as classify does. */
export async function play(drawing, model) {
	const mine = (run = {});
	ui.steps.replaceChildren();
	ui.film.hidden = false;
	try {
		for (const last of drawing.keys()) {
			for await (const part of growing(drawing, last)) {
				if (run !== mine) return;
				film.drawing = part;
				film.onchange();
			}
			const answer = await classify({ drawing: film.drawing, model });
			if (run !== mine) return;
			film.onanswer(answer);
			const { label, known, probability } = answer;
			const picture = thumbnail(film.drawing, `After ${last + 1}`);
			ui.steps.append(card(picture, known ? label : `${label}?`, percent(probability)));
			await pause(READING);
		}
	} finally {
		if (run === mine) stop();
	}
}

export function stop() {
	if (!run) return;
	run = null;
	film.drawing = [];
	film.onend();
}

/** The strokes before the `last`, with more and more of that, at the pace of the hand or faster. */
async function* growing(drawing, last) {
	const done = drawing.slice(0, last);
	const times = drawing[last][2];
	const pace = Math.max(drawing.at(-1)[2].at(-1) / LONGEST, 1);
	const start = performance.now();
	for (let drawn = 1; drawn < times.length && !still.matches; ) {
		yield [...done, drawing[last].map((row) => row.slice(0, drawn))];
		await new Promise(requestAnimationFrame);
		while (times[drawn] <= times[0] + (performance.now() - start) * pace) drawn++;
	}
	yield [...done, drawing[last]];
}
