// The games one can play, and the words they ask for: what the model knows well, and what one hasn't drawn of late.

import { sample } from "./dom.js";
import { keep, kept } from "./storage.js";

export const ROUNDS = 6;
const GOOD = 0.8; // share of a category's test drawings that the model gets right, for it to be asked for
const MEMORY = 60; // words that were asked for last, which come again only when there are no others

export const MODES = {
	quick: { title: "Quick game", line: "Six doodles, 20 s each", seconds: 20 },
	sprint: { title: "Sprint", line: "How many in 60 s?", seconds: 60 },
	daily: { title: "Daily six", line: "The same for everyone", seconds: 20 },
};

/**
 * -> a game to play: the `words` to come, the present one first, and the `rounds` that were, each
 * { word, drawing, answer, seconds, guesses }: no seconds where it was not guessed; guesses are { seconds, points, text }.
 */
export function newGame(mode, model) {
	const day = new Date().toISOString().slice(0, 10); // the same everywhere: of UTC
	return { mode, day, words: choose(mode, day, model), rounds: [] };
}

function choose(mode, day, { labels, figures }) {
	const right = (label) => figures.per_category[label] ?? 0;
	const good = labels.filter((label) => right(label) >= GOOD);
	const known = good.length < ROUNDS ? labels : good;
	const easyFirst = (words) => words.toSorted((one, other) => right(other) - right(one));
	if (mode === "daily") return easyFirst(by((label) => hash(`${day} ${label}`), known).slice(0, ROUNDS));
	const recent = remembered();
	const age = (label) => (recent.includes(label) ? recent.indexOf(label) : MEMORY);
	const words = by((label) => -age(label), sample(known, known.length));
	return mode === "sprint" ? words : easyFirst(words.slice(0, ROUNDS));
}

const by = (key, labels) => labels.toSorted((one, other) => key(one) - key(other));

/** FNV-1a, in 32 bits. */
function hash(text) {
	let value = 0x811c9dc5;
	for (const letter of text) value = Math.imul(value ^ letter.charCodeAt(0), 0x01000193);
	return value >>> 0;
}

export function remember(word) {
	keep("recent", [word, ...remembered().filter((each) => each !== word)].slice(0, MEMORY));
}

const remembered = () => kept("recent") ?? []; // the newest first
