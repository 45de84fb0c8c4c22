// A drawing that came with the address: it draws itself, and its visitor may guess before the computer does.

import { classify } from "../page/answers.js";
import * as desk from "../page/desk.js";
import { ui } from "../page/dom.js";
import * as guess from "../page/guess.js";
import { a, sureness } from "../page/words.js";
import { frames } from "./replay.js";

const sketch = { drawing: [], onchange: null };
let whole = []; // the drawing that came
let run = null; // the showing that is on

const owner = {
	label: "A drawing",
	sketch,
	question: () => null, // the computer keeps its guess to itself
	hear() {},
	trouble() {},
	leave() {
		run = null;
	},
	act() {}, // it isn't the visitor's to change
};

export function open(drawing) {
	whole = drawing;
	desk.put(owner);
	show();
}

async function show() {
	run = {};
	const mine = run;
	guess.hide();
	guess.say({ mood: "rest", lead: "Somebody drew this.", word: "Can you guess it?" });
	for await (const part of frames(whole)) {
		if (run !== mine) return;
		sketch.drawing = part;
		sketch.onchange();
	}
}

ui["look-again"].onclick = show;
ui["look-tell"].onclick = async () => {
	try {
		const answer = await classify({ drawing: whole, model: desk.model.name });
		guess.show(answer);
		const { label, known } = answer;
		const word = known ? `${a(label)}!` : `${a(label)}?`;
		guess.say({ mood: known ? "sure" : "unsure", lead: "I'd say it's", word, note: sureness(answer) });
	} catch (error) {
		guess.trouble(error.message);
	}
};
