// The paper, its tools, and the questions about it. What lies on it belongs to one at a time: the free drawing, a replay
// or the game.

import "../doodle-pad.js";
import { actOf } from "../pad/keys.js";
import { classify } from "./answers.js";
import { latest } from "./classify.js";
import { root, ui } from "./dom.js";

/**
 * @typedef {object} Owner
 * @property {string} [label] what screen readers call it: "Your drawing", unless told
 * @property {any} sketch what is on the paper: a sketch of pad/sketch.js, or at least { drawing }
 * @property {(answer: any) => void} hear hears what the model says of it
 * @property {(error: Error) => void} trouble hears why it can't say
 * @property {() => void} [changed] hears of each change of the sketch
 * @property {() => any} [question] what to ask: { drawing } or { image }; null for nothing. The sketch, unless told
 * @property {(act: string) => void} [act] does "undo", "redo" or "clear" in place of the sketch
 * @property {() => void} [leave] hears that another owner takes the paper
 */

/** @type {Owner} */
let owner = null;
export let model = null; // as GET /models describes it

const guesses = latest(
	classify,
	(answer) => owner.hear(answer),
	(error) => owner.trouble(error),
);

/** @param {Owner} next */
export function put(next) {
	if (owner === next) return;
	const before = owner;
	owner = next;
	guesses.drop();
	before?.leave?.();
	ui.drawing.setAttribute("label", owner.label ?? "Your drawing");
	ui.drawing.sketch = owner.sketch; // which is an input, too
}

export const has = (one) => owner === one;

export function use(next) {
	model = next;
	guesses.drop();
	ask();
}

/** Asks about what is on the paper; what was asked before and is not answered yet is forgotten. */
export function ask() {
	const { drawing } = owner.sketch;
	const question = owner.question ? owner.question() : drawing.length ? { drawing } : null;
	if (!question) guesses.drop();
	else if (model) guesses.ask({ ...question, model: model.name });
}

/** Greys the buttons that would do nothing; not by `disabled`, which loses a key's user the focus. */
export function enable(able) {
	for (const id in able) ui[id].ariaDisabled = !able[id];
}

ui.drawing.addEventListener("input", () => {
	const { drawing, canUndo, canRedo } = owner.sketch;
	enable({ undo: canUndo, redo: canRedo, clear: drawing.length });
	owner.changed?.();
	ask();
});

function change(act) {
	if (owner.act) owner.act(act);
	else owner.sketch[act]?.();
}

for (const act of ["undo", "redo", "clear"]) ui[act].onclick = () => change(act);
addEventListener(
	"keydown",
	(event) => {
		const target = /** @type {Element} */ (event.target);
		const isElsewhere = root.dataset.view === "learn" || target.closest?.("input, dialog");
		const act = isElsewhere ? null : actOf(event);
		if (!act) return;
		event.preventDefault();
		change(act);
	},
	true, // before the pad, which knows nothing of owners
);
