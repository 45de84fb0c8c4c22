// What this device was taught: the drawings of each word, as strokes, so that every model can look at them itself.

import { rasterize } from "../engine/rasterize.js";
import { simplify } from "../engine/simplify.js";
import { checkStrokes } from "../engine/strokes.js";
import { SIDE } from "../pad/sketch.js";
import { keep, kept } from "../page/storage.js";

const KEY = "taught";
const MOST = 200; // drawings in all
const LONGEST = 30; // characters of a word
const FINE = 28 / SIDE; // pixels of the bitmap: simplify() measures in these

/** The drawings [[[x...], [y...]]...] of each word, the oldest first. */
export const words = new Map();

/** Hears of changes. */
export const hearers = [];

function read() {
	words.clear();
	for (const [word, drawings] of kept(KEY) ?? []) words.set(word, drawings);
}

const changed = () => hearers.forEach((hear) => hear());

/** Teaches examples { word, drawing } together, or none of them. A drawing is of one word alone, which was told last. */
function put(examples) {
	for (const { word, drawing } of examples) {
		const text = JSON.stringify(drawing);
		for (const [other, drawings] of words) {
			words.set(
				other,
				drawings.filter((each) => JSON.stringify(each) !== text),
			);
		}
		words.set(word, [...(words.get(word) ?? []), drawing]);
	}
	while ([...words.values()].flat().length > MOST) {
		[...words.values()].reduce((a, b) => (b.length > a.length ? b : a)).shift(); // the oldest of what it knows best
	}
	for (const [word, { length }] of words) if (!length) words.delete(word);
	keep(KEY, [...words]);
	changed();
}

/** Teaches that a pad's drawing is a word -> the word as it is kept. Throws where it is none. */
export function add(text, drawing) {
	const word = check(text);
	const fine = (row) => row.map((value) => value * FINE);
	const coarse = (row) => row.map((value) => Math.round(value / FINE));
	put([{ word, drawing: drawing.map(([xs, ys]) => simplify([fine(xs), fine(ys)]).map(coarse)) }]);
	return word;
}

export function remove(word) {
	words.delete(word);
	put([]);
}

/** All as .ndjson in Quick, Draw!'s layout. */
export const toLines = () =>
	[...words]
		.flatMap(([word, drawings]) => drawings.map((drawing) => `${JSON.stringify({ word, drawing })}\n`))
		.join("");

/** Teaches the newest of what such a file holds -> how many drawings. Throws, and adds none, where a line is wrong. */
export function addLines(text) {
	const examples = text.split("\n").flatMap((line, i) => {
		if (!line.trim()) return [];
		try {
			const { word, drawing } = JSON.parse(line) ?? {};
			rasterize(checkStrokes(drawing)); // which refuses what no model can look at
			return [{ word: check(word), drawing: drawing.map(([xs, ys]) => [xs, ys]) }];
		} catch (error) {
			const reason = error instanceof SyntaxError ? "it isn't JSON" : error.message;
			throw new Error(`Line ${i + 1}: ${reason}. Nothing was imported.`);
		}
	});
	const newest = examples.slice(-MOST);
	put(newest);
	return newest.length;
}

/** A word as it is kept: without spaces that nobody sees, and as it was written before. */
function check(text) {
	const word = String(text ?? "")
		.trim()
		.replace(/\s+/g, " ");
	if (!word || word.length > LONGEST) throw new Error(`a word has 1 to ${LONGEST} characters`);
	return [...words.keys()].find((other) => other.toLowerCase() === word.toLowerCase()) ?? word;
}

addEventListener("storage", ({ key }) => {
	if (!key?.endsWith(KEY)) return;
	read(); // another window was taught
	changed();
});
read();
