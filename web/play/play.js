// The game: a word to draw, a clock, and a computer that guesses aloud. A card lies on the paper wherever one doesn't draw.

import { newSketch } from "../pad/sketch.js";
import { engines } from "../page/answers.js";
import * as desk from "../page/desk.js";
import { element, root, ui } from "../page/dom.js";
import { announce, say, trouble } from "../page/guess.js";
import { buzz, ding, hush, speak, tick } from "../page/sound.js";
import { newVoice } from "../page/voice.js";
import { a, percent } from "../page/words.js";
import { best, MODES, newGame, ROUNDS, remember } from "./games.js";
import { count, doodle, showResults } from "./results.js";

const BEAT = 850; // ms of each of 3, 2, 1
// A hit waits until the pen has been up for so many ms, by when many have begun their next stroke. Of 306 drawings by
// people, redrawn at a steady speed, 90 % win so, 2 % of these with under half of their ink; 92 % and 8 % without waiting.
const SETTLED = 350;
const LONGEST = 1500; // ms to wait for that; twice as long for a stroke's end
const PENALTY = 3000; // ms that a skip costs in a sprint; it says so

const sketch = newSketch();
const voice = newVoice(hear);

let state = ""; // "menu", "ready" and counting down, "paused", "on", "done", "over"; "" before there is a model
let game = null; // of games.js
let answer = null;
let guesses = []; // what the computer said of this drawing
let left = 0; // ms on the clock
let timer = 0;
// times on performance.now()'s clock
let deadline = 0;
let began = 0; // this round
let lifted = 0; // the pen; Infinity while it is down
let sure = 0; // since when the computer says the word; 0 when it doesn't

export const owner = {
	sketch,
	hear(newest) {
		if (!isOn()) return;
		answer = newest;
		voice.hear(answer, sketch);
	},
	trouble: ({ message }) => trouble(message),
	changed() {
		if (!isOn()) return lock();
		desk.enable({ skip: true });
		lifted = sketch.isUnderPen ? Number.POSITIVE_INFINITY : performance.now();
		if (sketch.drawing.length) return;
		voice.rest();
		sure = 0;
	},
	act: (act) => isOn() && sketch[act](),
	leave() {
		interrupt();
		ui.drawing.inert = false;
	},
};

/** Whether somebody draws against the clock. */
export const isOn = () => state === "on";

/** Another model plays. */
export function use() {
	stop();
	set("menu");
}

/** The game takes the paper. */
export function open() {
	desk.put(owner);
	if (state === "menu" || (state === "over" && named() !== game.mode)) showMenu();
	set(state);
	if (state) focus();
}

function set(next) {
	state = next;
	root.dataset.game = state;
	ui.card.hidden = ["", "on", "over"].includes(state);
	if (!desk.has(owner)) return;
	ui.drawing.inert = !isOn();
	if (!isOn()) lock();
}

const lock = () => desk.enable({ undo: false, redo: false, clear: false, skip: false });

/** The address may name one of the games. */
const named = () => location.hash.split("/")[1];

function showMenu() {
	stop();
	const first = named() in MODES ? named() : "quick";
	const offers = Object.entries(MODES).map(([mode, { title, line }]) => {
		const className = mode === first ? "main" : "";
		const [name, note] = [element("b", {}, title), element("span", {}, best(mode) || line)];
		return element("li", {}, element("button", { className, onclick: () => begin(mode) }, name, note));
	});
	ui.modes.replaceChildren(...offers);
	cover("menu");
	say({ mood: "rest", lead: "You draw,", word: "I guess!", note: "Which game?" });
}

function begin(mode) {
	game = newGame(mode, desk.model);
	history.replaceState(null, "", `#play/${mode}`);
	left = full();
	ui.task.style.setProperty("--count", MODES[mode].seconds);
	ui.skip = mode === "sprint" ? "Skip −3 s" : "Skip";
	sketch.reset();
	showRounds();
	say({ mood: "rest", lead: "You draw,", word: "I guess!" });
	ready("First, draw");
}

const full = () => 1000 * MODES[game.mode].seconds;

/** Lays a card on the paper. */
function cover(next, { lead = "", word = "", go = "", pause = "" } = {}) {
	set(next);
	Object.assign(ui, { "card-lead": lead, go, pause, count: "" });
	const [line] = ui["card-word"].children;
	line.textContent = word;
	line.style.setProperty("--letters", word.length);
	if (game) ui.target = MODES[game.mode].title;
	focus();
}

/** Where a key is useful: a space that was meant to lift the pen must press nothing while the countdown runs. */
function focus() {
	if (!desk.has(owner)) return;
	const useful = { menu: ui.modes.querySelector(".main"), paused: ui.go, done: ui.go, ready: ui.card }[state];
	useful?.focus({ preventScroll: true });
}

function ready(lead) {
	cover("ready", { lead, word: a(game.words[0]), go: "Go now", pause: "Pause" });
	tell(`${lead} ${a(game.words[0])}`);
	let beats = 3;
	ui.count = beats;
	timer = setInterval(() => {
		const isComing = engines.kind === "browser" && engines.progress !== null;
		if (isComing) ui["card-lead"] = `My brain is on its way: ${percent(engines.progress)}`;
		else if (--beats) ui.count = beats;
		else start();
	}, BEAT);
}

/** Leaving pauses: a round that is on begins anew. */
function interrupt() {
	hush();
	if (isOn()) pause("Once more, draw");
	else if (state === "ready") pause("Paused. Next, draw");
}

function pause(lead) {
	stop();
	if (game.mode !== "sprint") left = full();
	cover("paused", { lead, word: a(game.words[0]), go: "Go on", pause: "End game" });
}

function start() {
	stop();
	const isFocused = ui.card.contains(document.activeElement);
	set("on");
	if (isFocused) ui.drawing.focus({ preventScroll: true });
	deadline = performance.now() + left;
	say({ mood: "rest", lead: "Go on, draw.", word: "I'm looking!" });
	next();
	timer = setInterval(watch, 50);
	watch();
}

/** The next word on a fresh sheet. */
function next() {
	ui.target.replaceChildren("Draw ", element("b", { className: "hit" }, a(game.words[0])));
	[answer, guesses, sure] = [null, [], 0];
	began = performance.now();
	voice.rest();
	sketch.reset();
	tell(ui.target.textContent);
}

function stop() {
	clearInterval(timer);
	voice.rest();
}

/** A stroke that is being drawn is finished before a round ends, won or lost. */
function watch() {
	const now = performance.now();
	left = deadline - now;
	showClock();
	const isSettled = now - lifted >= SETTLED;
	const wait = sketch.isUnderPen ? 2 * LONGEST : LONGEST;
	const isHit = sure && answer.known && answer.label === game.words[0]; // still
	if (isHit && (isSettled || now - sure >= wait)) finish("won");
	else if (left <= 0 && (isSettled || -left >= LONGEST)) finish(isHit ? "won" : "late");
}

function showClock() {
	const seconds = Math.max(Math.ceil(left / 1000), 0);
	const text = `${seconds} s`;
	if (ui.clock.textContent === text) return;
	ui.clock = text;
	ui.task.style.setProperty("--share", String((1000 * seconds) / full()));
	if (seconds && seconds <= 5) tick();
}

/** Hears the voice, which is calm: what it says it means. */
function hear(speech) {
	const { label, mood } = speech;
	const isHit = label === game.words[0] && mood === "sure";
	sure = isHit ? sure || performance.now() : 0;
	if (isHit) return say({ mood: "wait", lead: "Wait…", word: "I think I know!" });
	const said = mood === "sure" ? { ...speech, mood: "unsure", lead: "I see…", word: `${a(label)}?` } : speech;
	say(said);
	if (!label || guesses.at(-1)?.label === label) return;
	keepGuess(label, said.word, (performance.now() - began) / 1000);
	speak(`${said.lead} ${said.word}`, 700);
}

function keepGuess(label, text, seconds) {
	guesses.push({ label, text, seconds, points: count(sketch.drawing) });
}

/** Ends a round: "won", "late" or "skipped". */
function finish(how) {
	sketch.end();
	const { mode, rounds, words } = game;
	const isSprint = mode === "sprint";
	const word = words.shift();
	const seconds = how === "won" ? (lifted - began) / 1000 : undefined;
	react(how, word, seconds);
	if (seconds) keepGuess(word, `${a(word)}!`, seconds);
	// the last word of a sprint may not have been begun
	if (!isSprint || how !== "late" || sketch.drawing.length)
		rounds.push({ word, drawing: sketch.drawing, answer, seconds, guesses });
	remember(word);
	showRounds();
	if (isSprint && how !== "late" && words.length) {
		deadline += how === "won" ? performance.now() - lifted : -PENALTY;
		return next();
	}
	stop();
	left = full();
	if (words.length && !isSprint) ready("Next, draw");
	else cover("done", { word: "All done!", go: "See results" });
}

function react(how, word, seconds) {
	const isFirst = guesses.every(({ label }) => label === word);
	const lead = !seconds ? "So that was" : isFirst ? "That's" : "Oh, it's";
	const cost = game.mode === "sprint" ? "−3 s" : "";
	const note = { won: `got it in ${seconds?.toFixed(1)} s`, late: "Time's up!", skipped: cost }[how];
	say({ mood: seconds ? "cheer" : "sulk", lead, word: `${a(word)}!`, note });
	speak(how === "late" ? `${note} ${lead} ${a(word)}!` : `${lead} ${a(word)}!`);
	if (seconds) ding();
	else buzz();
}

function showRounds() {
	const rounds = game.rounds.slice(-ROUNDS).map((round) => element("li", {}, ...doodle(round)));
	const blank = Array.from({ length: ROUNDS - rounds.length }, () => element("li"));
	ui.rounds.replaceChildren(...rounds, ...blank);
}

/** Has a screen reader say what the bubble says, and this. */
const tell = (text) => announce(`${ui.lead.textContent} ${ui.word.textContent} ${text}`);

const GO = {
	ready: start,
	paused: () => ready("Now draw"),
	done() {
		set("over");
		showResults(game);
	},
};
ui.go.onclick = () => GO[state]();
ui.pause.onclick = () => (state === "ready" ? pause("Paused. Next, draw") : showMenu());
ui.skip.onclick = () => isOn() && finish("skipped");
ui.again.onclick = () => begin(game.mode);
ui.others.onclick = showMenu;
document.addEventListener("visibilitychange", () => document.hidden && interrupt());
