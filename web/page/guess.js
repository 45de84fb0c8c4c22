// The guess on the page: as speech with a face, as five bars, as the bitmap it was made from and, once it has settled,
// for a screen reader.

import { element, root, ui } from "./dom.js";
import { chance } from "./words.js";

const SETTLED = 700; // ms without a change after which a sentence is read out

const word = ui.word.firstChild;
const showTop = bars(ui.bars);

/** Has the face say something; its mood is "rest", "wait", "lost", "unsure", "sure", "cheer", "sulk" or "trouble". */
export function say({ mood, lead, word: said, note = "" }) {
	root.dataset.mood = mood;
	ui.lead = lead;
	word.textContent = said;
	word.style.setProperty("--letters", said.length);
	ui.note = note;
	announce(`${lead} ${said}`);
}

/** The last guess stays as it was, greyed. */
export function trouble(message) {
	root.dataset.mood = "trouble";
	ui.note = message;
	announce(message);
}

export function show({ top, bitmap }) {
	root.toggleAttribute("data-guessed", top.length > 0);
	showTop(top);
	showBitmap(ui.bitmap, bitmap);
}

export const hide = () => show({ top: [], bitmap: [] });

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
			row.children[2].textContent = label && chance(probability);
			row.style.setProperty("--share", probability);
			row.style.setProperty("--letters", label.length);
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
