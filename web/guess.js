// The guess: in words, as five bars, as the bitmap it was made from and, once it has settled, for a screen reader.

import { either, element, percent, root, ui } from "./dom.js";

const SETTLED = 700; // ms without a change after which a guess is read out

const word = ui.word.firstChild;
const showTop = bars(ui.bars);

export function show({ label, probability, known, top, model, bitmap }) {
	say(known ? "sure" : "unsure", known ? confidence(probability) : "Not sure. Perhaps", label);
	ui.note = `${model} is ${percent(probability)} sure`;
	showTop(top);
	showBitmap(ui.bitmap, bitmap);
}

/** Nothing is drawn: says so, and names a few labels as `ideas`. */
export function empty(ideas) {
	say("empty", "Nothing drawn yet", "Draw something");
	ui.note = ideas.length ? `Try ${either(ideas)}` : "";
	showTop([]);
	showBitmap(ui.bitmap, []);
}

/** The model that will answer is not here yet: says how far it is. */
export function wait(message) {
	say("empty", "One moment", "Fetching the model");
	ui.note = message;
}

/** The last guess stays, greyed. */
export function trouble(message) {
	root.dataset.guess = "trouble";
	ui.note = message;
	announce(message);
}

function say(state, lead, guess) {
	root.dataset.guess = state;
	ui.lead = lead;
	word.textContent = guess;
	word.style.setProperty("--letters", guess.length);
	announce(`${lead} ${guess}`);
}

const confidence = (probability) => (probability >= 0.95 ? "Clearly" : probability >= 0.7 ? "Looks like" : "Could be");

let timer = 0;

/** Has a screen reader say the newest of what it is told, once nothing newer comes. */
export function announce(words) {
	clearTimeout(timer);
	timer = setTimeout(() => (ui.status = words), SETTLED);
}

/** -> a function that shows the `top` of an answer in five rows of a list. */
export function bars(list) {
	const innerHTML = '<span class="name"></span> <span class="bar"></span> <span class="share"></span>';
	const rows = Array.from({ length: 5 }, () => element("li", { innerHTML }));
	list.append(...rows);
	return (top) => {
		rows.forEach((row, rank) => {
			const { label = "", probability = 0 } = top[rank] ?? {};
			row.children[0].textContent = label;
			row.children[2].textContent = label && percent(probability);
			row.style.setProperty("--share", probability);
		});
	};
}

export function showBitmap(canvas, bytes) {
	const context = canvas.getContext("2d");
	const image = context.createImageData(28, 28);
	bytes.forEach((value, square) => (image.data[4 * square + 3] = value));
	context.putImageData(image, 0, 0);
	context.globalCompositeOperation = "source-in";
	context.fillStyle = getComputedStyle(canvas).color;
	context.fillRect(0, 0, 28, 28);
}
