// What this device was taught: the drawings of each word, as strokes, so that every model can look at them itself.

import { simplify } from "./engine/simplify.js";
import { checkStrokes } from "./engine/strokes.js";
import { keep, kept } from "./storage.js";

const MOST = 200; // drawings in all
export const LONGEST = 30; // characters of a word
const EXTENT = 255; // units that the longer side of a drawing spans, as in Quick, Draw!
const FINE = 28 / 304; // pixels of the bitmap to a unit: simplify() measures in these

/** The drawings of each word, the oldest first. */
export const words = new Map();

const listeners = new Set();
export const listen = (listener) => listeners.add(listener);

function read() {
	words.clear();
	try {
		for (const [word, drawings] of kept("taught")) words.set(check(word), drawings.map(checkStrokes));
	} catch {} // nothing, or nothing of ours
}

function changed() {
	for (const listener of listeners) listener();
}

function write() {
	keep("taught", [...words]);
	changed();
}

/** Makes a drawing the newest of a word, of which it is then the only one. */
function put(word, drawing) {
	const text = JSON.stringify(drawing);
	for (const [other, drawings] of words) {
		const rest = drawings.filter((each) => JSON.stringify(each) !== text);
		if (rest.length) words.set(other, rest);
		else words.delete(other);
	}
	words.set(word, [...(words.get(word) ?? []), drawing]);
}

/** Where there are too many, the oldest of the word that has most leaves. */
function trim() {
	let total = [...words.values()].flat().length;
	for (; total > MOST; total--) [...words.values()].reduce((a, b) => (b.length > a.length ? b : a)).shift();
}

/** Teaches that `drawing` is `word` -> how many drawings of it there are now. */
export function add(word, drawing) {
	const name = check(word);
	put(name, shrink(drawing));
	trim();
	write();
	return words.get(name).length;
}

export function remove(word) {
	words.delete(word);
	write();
}

/** All as .ndjson in Quick, Draw!'s layout. */
export function toLines() {
	const lines = [...words].flatMap(([word, drawings]) => drawings.map((drawing) => ({ word, drawing })));
	return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** Adds what such a file holds -> how many drawings. Throws, and adds nothing, where a line is wrong. */
export function addLines(text) {
	const examples = text.split("\n").flatMap((line, i) => {
		if (!line.trim()) return [];
		try {
			const { word, drawing } = JSON.parse(line);
			return [{ word: check(word), drawing: shrink(drawing) }];
		} catch (error) {
			const reason = error instanceof TypeError ? error.message : "it isn't JSON";
			throw new Error(`Line ${i + 1}: ${reason}. Nothing was imported.`);
		}
	});
	const latest = examples.slice(-MOST);
	for (const { word, drawing } of latest) put(word, drawing);
	trim();
	write();
	return latest.length;
}

/** A word as it is kept: as somebody wrote it, or as it was written before. */
function check(text) {
	const word = typeof text === "string" ? text.trim().replace(/\s+/g, " ") : "";
	if (!word || word.length > LONGEST) throw new TypeError(`a word has 1 to ${LONGEST} characters`);
	return [...words.keys()].find((other) => other.toLowerCase() === word.toLowerCase()) ?? word;
}

/** A drawing as Quick, Draw! simplifies it: whole numbers of 0 to 255, and no more points than its shape needs. */
function shrink(drawing) {
	const strokes = checkStrokes(drawing).filter(([xs]) => xs.length);
	if (!strokes.length) throw new TypeError("the drawing is empty");
	const [left, right, top, bottom] = [0, 1].flatMap((row) => {
		const values = strokes.flatMap((stroke) => Array.from(stroke[row]));
		return [Math.min(...values), Math.max(...values)];
	});
	if (!left && !top && Math.max(right, bottom) === EXTENT) return strokes.map(([xs, ys]) => [xs, ys]); // it is one
	const scale = (EXTENT * FINE) / (Math.max(right - left, bottom - top) || 1);
	return strokes.map(([xs, ys]) => {
		const along = (values, low) => Array.from(values, (value) => (value - low) * scale);
		return simplify([along(xs, left), along(ys, top)]).map((row) => row.map((value) => Math.round(value / FINE)));
	});
}

addEventListener("storage", ({ key }) => {
	if (key !== "doodle.taught") return; // another window teaches
	read();
	changed();
});
read();
