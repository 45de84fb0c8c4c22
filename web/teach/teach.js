// "What is it really?": the visitor says what a drawing is, and the page knows it again.

import { save } from "../draw/take.js";
import { askBrowser } from "../page/answers.js";
import * as desk from "../page/desk.js";
import { element, ui } from "../page/dom.js";
import { ENOUGH, join, unit } from "./neighbours.js";
import * as taught from "./taught.js";

const units = {}; // of each model, by its name: what its features make of the drawings
const options = Array.from({ length: 5 }, () =>
	element("button", { type: "button", onclick: ({ target }) => teach(target.textContent) }),
);
let sketch = null; // what is on the paper
let isLooking = false;
let tell = null;

/** `changed` hears that answers may be others now. */
export function listen(changed) {
	tell = changed;
}

/** The model's answer -> the same with what was taught. */
export function adjust(answer) {
	const { model, features } = answer;
	if (!features || !taught.words.size) return answer; // the server has no features
	const known = (units[model] ??= new WeakMap());
	const words = new Map();
	for (const [word, drawings] of taught.words) {
		words.set(
			word,
			drawings.flatMap((drawing) => known.get(drawing) ?? []),
		);
	}
	const missing = [...taught.words.values()].flat().filter((drawing) => !known.has(drawing));
	if (missing.length) look(missing, model);
	return join(answer, words);
}

/** Has a model look at drawings, one by one, so that guesses come in between. */
async function look(drawings, model) {
	if (isLooking) return;
	isLooking = true;
	try {
		for (const drawing of drawings) {
			units[model].set(drawing, unit((await askBrowser({ drawing, model })).features));
		}
		tell?.();
	} catch {
		// the next answer tries again
	} finally {
		isLooking = false;
	}
}

/** Offers to say what is on a sketch, of which there is an answer; without one, offers nothing. */
export function offer(answer, of = null) {
	sketch = of;
	ui.lesson.hidden = !answer?.features;
	options.forEach((option, rank) => {
		const label = answer?.top[rank]?.label;
		option.textContent = label;
		option.hidden = !label;
	});
}

function teach(text) {
	const same = (label) => label.toLowerCase() === text.trim().toLowerCase();
	report(() => {
		const word = taught.add(desk.model.labels.find(same) ?? text, sketch.drawing);
		ui["own-word"].value = "";
		const count = taught.words.get(word).length;
		if (count === ENOUGH) return `Now I know “${word}”!`;
		if (count > ENOUGH) return `Thanks! I've seen ${count} of “${word}”.`;
		return `Thanks! Draw “${word}” ${count < 2 ? "twice" : "once"} more, and I know it.`;
	});
}

/** Shows what an act says of itself, or why it failed. */
async function report(act) {
	try {
		ui["lesson-note"] = await act();
	} catch ({ message }) {
		ui["lesson-note"] = message;
	}
}

function showWords() {
	const rows = [...taught.words].map(([word, { length }]) => {
		const onclick = () => confirm(`Forget “${word}” and its drawings?`) && taught.remove(word);
		const button = element("button", { ariaLabel: `Remove ${word}`, onclick }, "Remove");
		const count = length < ENOUGH ? `${length} of ${ENOUGH}` : length;
		return element("li", {}, element("b", {}, word), element("span", {}, count), button);
	});
	ui["own-words"].replaceChildren(...rows);
	ui["export-words"].ariaDisabled = !rows.length;
}

ui.options.append(...options);
ui.lesson.onsubmit = (event) => {
	event.preventDefault();
	teach(ui["own-word"].value);
};
ui["export-words"].onclick = () => taught.words.size && save(new Blob([taught.toLines()]), "my-words.ndjson");
ui["import-words"].onchange = ({ target }) =>
	report(async () => {
		const [file] = target.files;
		const text = await file.text();
		target.value = ""; // so that the same file can be chosen again
		return `Welcome back! ${taught.addLines(text)} drawings are in.`;
	});
taught.hearers.push(showWords, () => tell?.());
showWords();
