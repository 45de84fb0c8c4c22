// What came of a game, in words, and the best of those before.

import { MODES } from "./modes.js";
import { keep, kept } from "./storage.js";
import { a, either } from "./words.js";

const DAY = 86_400_000; // ms

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
