// The replay: a drawing appears as it was drawn, the guess with it, and after each stroke both are kept in a strip.

import { classify } from "../page/answers.js";
import * as desk from "../page/desk.js";
import { card, pause, ui } from "../page/dom.js";
import * as guess from "../page/guess.js";
import { thumbnail } from "../page/ink.js";
import { newVoice } from "../page/voice.js";
import { chance } from "../page/words.js";
import * as teach from "../teach/teach.js";

const LONGEST = 9000; // ms that the pen moves in all, at most
const READING = 450; // ms for a look at the guess after each stroke

const still = matchMedia("(prefers-reduced-motion: reduce)");
const voice = newVoice(guess.say);
const sketch = { drawing: [], onchange: null };
let run = null; // { back }: the replay that plays, and who gets the paper back

const owner = {
	sketch,
	hear(newest) {
		const answer = teach.adjust(newest);
		guess.show(answer);
		voice.hear(answer, sketch);
	},
	trouble: ({ message }) => guess.trouble(message),
	leave() {
		run = null;
		sketch.drawing = [];
		ui.replay.ariaPressed = false;
	},
	act(act) {
		const { back } = run;
		stop();
		back.act(act);
	},
};

/** Plays a drawing on the paper, which then goes back to its owner. */
export async function play(drawing, back) {
	stop();
	voice.rest();
	ui.steps.replaceChildren();
	ui.film.hidden = false;
	desk.put(owner);
	ui.replay.ariaPressed = true;
	run = { back };
	const mine = run;
	try {
		for await (const part of frames(drawing)) {
			if (run !== mine) return;
			sketch.drawing = part;
			sketch.onchange();
			if (part.at(-1)[0].length < drawing[part.length - 1][0].length) continue;
			await keepStep(part);
			await pause(READING);
		}
	} catch (error) {
		if (run === mine) guess.trouble(error.message);
	}
	if (run === mine) stop();
}

async function keepStep(drawing) {
	const { label, known, probability } = teach.adjust(await classify({ drawing, model: desk.model.name }));
	const picture = thumbnail(drawing, `After ${drawing.length}`);
	ui.steps.append(card(picture, known ? label : `${label}?`, chance(probability)));
}

export function stop() {
	if (run) desk.put(run.back);
}

for (const type of ["pointerdown", "keydown"]) ui.drawing.addEventListener(type, stop, true); // before the pad

/** More and more of a drawing, at the pace of the hand or faster: each stroke whole once. */
export async function* frames(drawing) {
	const pace = Math.max(drawing.at(-1)[2].at(-1) / LONGEST, 1);
	for (const [last, stroke] of drawing.entries()) {
		const done = drawing.slice(0, last);
		const times = stroke[2];
		const start = performance.now();
		for (let drawn = 1; drawn < times.length && !still.matches; ) {
			yield [...done, stroke.map((row) => row.slice(0, drawn))];
			await new Promise(requestAnimationFrame);
			while (times[drawn] <= times[0] + (performance.now() - start) * pace) drawn++;
		}
		yield [...done, stroke];
	}
}
