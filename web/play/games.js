// The games one can play: the words they ask for, which the model knows well and one hasn't drawn of late, what came of
// them, and the best so far.

import { sample } from "../page/dom.js";
import { keep, kept } from "../page/storage.js";
import { a, either } from "../page/words.js";

export const ROUNDS = 6;
const GOOD = 0.8; // share of a category's test drawings that the model gets right, for it to be asked for
const DAY = 86_400_000; // ms
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

const won = ({ rounds }) => rounds.filter(({ seconds }) => seconds);

/** "5 of 6"; a sprint has no number of rounds to be measured by. */
export function score(game) {
	const hits = won(game).length;
	return game.mode === "sprint" ? `${hits} in ${MODES.sprint.seconds} seconds` : `${hits} of ${game.rounds.length}`;
}

export function summary(game) {
	const hits = won(game).length;
	if (game.mode === "sprint") return `The computer guessed ${hits} of my doodles in ${MODES.sprint.seconds} seconds`;
	return `The computer guessed ${hits} of my ${game.rounds.length} doodles`;
}

/** A line to paste where friends are, with an address. */
export function brag(game) {
	const { mode, day, rounds } = game;
	const date = new Date(day).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
	const title = mode === "daily" ? `Doodle daily ${date} ${won(game).length}/${rounds.length}` : summary(game);
	const squares = rounds.map(({ seconds }) => (seconds ? "🟨" : "⬜")).join("");
	return `${title}\n${squares}\n${new URL("#play/", location.href)}${mode}`;
}

/** What the computer made of a doodle. */
export function thought({ word, answer, seconds }) {
	if (seconds) return `got it in ${seconds.toFixed(1)} s`;
	if (!answer) return "nothing to see";
	const others = answer.top.map(({ label }) => label).filter((label) => label !== word);
	return `it saw ${either(others.slice(0, 2).map(a))}`;
}

/** Keeps a game that is the best, or today's -> what there is to say about that. */
export function record(game) {
	const { mode, day } = game;
	const [bests, hits] = [kept("bests") ?? {}, won(game)];
	const before = bests[mode];
	const seconds = hits.reduce((sum, round) => sum + round.seconds, 0);
	if (mode === "daily") {
		if (before?.day === day) return `Your first try today counts: ${before.hits} of ${before.of}.`;
		const streak = before && Date.parse(day) - Date.parse(before.day) === DAY ? before.streak + 1 : 1;
		keep("bests", { ...bests, daily: { day, hits: hits.length, of: game.rounds.length, streak } });
		return `Come back tomorrow for six others.${inARow(streak)}`;
	}
	const gain = hits.length - (before?.hits ?? 0);
	const isFaster = mode === "quick" && seconds < before?.seconds;
	if (!hits.length || gain < 0 || (gain === 0 && !isFaster)) return best(mode);
	keep("bests", { ...bests, [mode]: { hits: hits.length, of: game.rounds.length, seconds } });
	return before ? "Your best yet!" : "";
}

/** What was reached in a mode so far, or "". */
export function best(mode) {
	const before = kept("bests")?.[mode];
	if (!before) return "";
	const { hits, of, seconds, day, streak } = before;
	if (mode === "sprint") return `Best: ${hits}`;
	if (mode === "quick") return `Best: ${hits} of ${of} in ${seconds.toFixed(0)} s`;
	const days = Math.floor(Date.now() / DAY) - Date.parse(day) / DAY;
	if (days === 0) return `Today: ${hits} of ${of}. Come back tomorrow!`;
	return days === 1 ? inARow(streak) : "";
}

const inARow = (days) => (days > 1 ? ` ${days} days in a row!` : "");
