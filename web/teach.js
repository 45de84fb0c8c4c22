// "What is it really?": the visitor says what a drawing is, and the page knows it again.

import { askBrowser } from "./answers.js";
import * as desk from "./desk.js";
import { element, ui } from "./dom.js";
import { ENOUGH, join, unit } from "./neighbours.js";
import { save } from "./take.js";
import * as taught from "./taught.js";

const COUNT = 5; // labels to choose from

const units = new Map(); // of each model, by its name: the features of what was taught, by the drawing
let sketch = null; // what is on the paper
let isMeasuring = false;
let tell = null;

/** `changed` hears that answers may be others now. */
export function listen(changed) {
	tell = changed;
}

/** The model's answer -> the same with what was taught. */
export function adjust(answer) {
	const { model, features } = answer;
	if (!features || !taught.words.size) return answer; // the server looks at no features
	const known = unitsOf(model);
	const drawings = [...taught.words.values()].flat();
	if (drawings.some((each) => !known.has(each))) measure(drawings, model);
	const examples = new Map();
	for (const [word, some] of taught.words) examples.set(word, some.map((each) => known.get(each)).filter(Boolean));
	return join(answer, examples);
}

function unitsOf(model) {
	if (!units.has(model)) units.set(model, new WeakMap());
	return units.get(model);
}

/** Looks at the drawings one by one, so that guesses come in between. */
async function measure(drawings, model) {
	if (isMeasuring) return;
	isMeasuring = true;
	const known = unitsOf(model);
	try {
		for (const each of drawings) {
			if (!known.has(each)) known.set(each, unit((await askBrowser({ drawing: each, model })).features));
		}
		isMeasuring = false;
		tell?.();
	} catch {
		isMeasuring = false; // the next answer tries again
	}
}

/** Offers to say what is on a sketch, of which there is an answer; without one, offers nothing. */
export function offer(answer, of = null) {
	sketch = of;
	ui.lesson.hidden = !answer?.features;
	options.forEach((option, rank) => {
		option.textContent = answer?.top[rank]?.label ?? "";
		option.hidden = !option.textContent;
	});
}

const onclick = ({ currentTarget }) => teach(currentTarget.textContent);
const options = Array.from({ length: COUNT }, () => element("button", { type: "button", onclick }));
ui.options.append(...options);

ui.lesson.onsubmit = (event) => {
	event.preventDefault();
	const word = ui["own-word"].value;
	teach(desk.model.labels.find((label) => label.toLowerCase() === word.trim().toLowerCase()) ?? word);
};

function teach(word) {
	try {
		const count = taught.add(word, sketch.drawing);
		ui["own-word"].value = "";
		ui["lesson-note"] = thanks(word.trim(), count);
	} catch ({ message }) {
		ui["lesson-note"] = message;
	}
}

function thanks(word, count) {
	if (count === ENOUGH) return `Now I know “${word}”!`;
	if (count > ENOUGH) return `Thanks! I've seen ${count} of “${word}”.`;
	const often = count === ENOUGH - 1 ? "once" : "twice";
	return `Thanks! Draw “${word}” ${often} more, and I know it.`;
}

function showWords() {
	const rows = [...taught.words].map(([word, { length }]) => {
		const count = length < ENOUGH ? `${length} of ${ENOUGH}` : String(length);
		const onclick = () => {
			if (confirm(`Forget “${word}” and its drawings?`)) taught.remove(word);
		};
		const remove = element("button", { ariaLabel: `Remove ${word}`, onclick }, "Remove");
		return element("li", {}, element("b", {}, word), element("span", {}, count), remove);
	});
	ui["own-words"].replaceChildren(...rows);
	ui["export-words"].ariaDisabled = !rows.length;
}

ui["export-words"].onclick = () => {
	const type = "application/x-ndjson";
	if (taught.words.size) save(new Blob([taught.toLines()], { type }), "my-words.ndjson");
};
ui["import-words"].onchange = async ({ target }) => {
	const [file] = target.files;
	try {
		const count = taught.addLines(await file.text());
		ui["lesson-note"] = `Welcome back! ${count} drawings are in.`;
	} catch ({ message }) {
		ui["lesson-note"] = message;
	}
	target.value = ""; // so that the same file can be chosen again
};

taught.listen(() => {
	showWords();
	tell?.();
});
showWords();
