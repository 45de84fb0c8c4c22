// The game: a category to draw, twenty seconds, and a machine that guesses aloud; six rounds, and what came of them.

import { card, element, root, sample, ui } from "./dom.js";
import { announce } from "./guess.js";
import { thumbnail } from "./ink.js";
import { newSketch } from "./pad/sketch.js";
import { poster, score, thought } from "./poster.js";
import { hush } from "./sound.js";
import { save } from "./take.js";

const ROUNDS = 6;
const SECONDS = 20;
const GOOD = 0.75; // share of a category's test drawings that the model gets right, for it to be asked for
const BREATH = 1100; // ms between two of the machine's sentences
const HUNCH = 0.15; // what is less probable is not worth saying
const PHRASES = ["I see", "Or", "Perhaps", "Or is it", "Maybe"];

const sketch = newSketch();

export const owner = { sketch, hear, trouble: ({ message }) => write(message), leave };

let model = null;
let words = []; // those of the rounds to come, the present one first
let rounds = []; // { word, drawing, answer, seconds }; no seconds where it was not guessed
let answer = null;
let ticker = 0; // not 0 while a round is on
let began = 0;
let said = null; // a label, and when
let go = null; // what the card's button does

const file = (...parts) => new File(parts, "doodle-game.png", { type: "image/png" });

ui.go.onclick = ({ detail }) => go(detail === 0);
ui.skip.onclick = () => ticker && finish();
ui.again.onclick = begin;
ui.poster.onclick = async () => save(await poster(rounds), "doodle-game.png");
ui["share-game"].onclick = async () => {
	const share = { files: [file(await poster(rounds))], title: ui.score.textContent };
	await navigator.share(share).catch(() => {}); // on second thoughts
};
ui["share-game"].hidden = !navigator.canShare?.({ files: [file()] });

export function use(chosen) {
	model = chosen;
	begin();
}

/** The player goes elsewhere: a round that is on will start anew. */
function leave() {
	hush();
	if (!ticker) return;
	stop();
	brief("Once more, draw");
}

function hear(newest) {
	if (!ticker) return;
	answer = newest;
	const { label, probability, known } = answer;
	const now = performance.now();
	if (label === words[0] && known) return finish((now - began) / 1000);
	if (probability < HUNCH || label === said.label || now - said.at < BREATH) return;
	say(label === words[0] ? "Wait, I nearly have it…" : `${sample(PHRASES, 1)} ${label}…`);
	said = { label, at: now };
}

function write(text, className = "") {
	ui.lead.replaceChildren(element("span", { className }, text));
	ui.word.firstChild.textContent = "";
}

function say(text, className) {
	write(text, className);
	announce(text);
}

function begin() {
	stop();
	const { labels, figures } = model;
	const good = labels.filter((label) => figures.per_category[label] >= GOOD);
	words = sample(good.length < ROUNDS ? labels : good, ROUNDS);
	rounds = [];
	showRounds();
	write("I guess while you draw.");
	const all = `${words.length} doodles`;
	cover("Can it guess what you draw?", all, `${SECONDS} seconds for each`, "Play", () => brief("First, draw"));
	root.dataset.game = "new";
}

const brief = (lead) => cover(lead, words[0], `in ${SECONDS} seconds`, "Go", start);

/** Lays a card on the paper; its button does `act`. */
function cover(lead, word, note, button, act) {
	root.dataset.game = "brief";
	const total = rounds.length + words.length;
	const target = `${Math.min(rounds.length + 1, total)} of ${total}`;
	Object.assign(ui, { target, "card-lead": lead, "card-word": word, "card-note": note, go: button });
	ui.card.hidden = false;
	go = act;
	if (root.dataset.view === "play") ui.go.focus({ preventScroll: true });
}

function start(byKey) {
	root.dataset.game = "on";
	ui.card.hidden = true;
	ui.target = words[0];
	answer = null;
	began = performance.now();
	said = { label: "", at: began };
	write("…");
	announce(`Draw ${words[0]}`);
	sketch.reset();
	ticker = setInterval(tick, 100);
	tick();
	if (byKey) ui.drawing.focus({ preventScroll: true });
}

function tick() {
	const left = SECONDS - Math.floor((performance.now() - began) / 1000);
	ui.clock = `${left} s`;
	ui.task.style.setProperty("--share", left / SECONDS);
	if (left <= 0) finish();
}

/** Ends a round: guessed after so many `seconds`, or not. */
function finish(seconds) {
	stop();
	sketch.end();
	const word = words.shift();
	rounds.push({ word, drawing: sketch.drawing, answer, seconds });
	showRounds();
	say(seconds ? `I know: ${word}!` : `Ah, that was ${word}.`, seconds && "hit");
	const lead = seconds ? `Guessed in ${seconds.toFixed(1)} s.` : "Not guessed.";
	if (words.length) brief(`${lead} Now draw`);
	else cover(lead, "That was it", "", "See what it thought", showResults);
}

function stop() {
	clearInterval(ticker);
	ticker = 0;
}

function showRounds() {
	ui.rounds.replaceChildren(...rounds.map(result), ...words.map(() => element("li")));
}

function showResults() {
	sketch.reset();
	root.dataset.game = "over";
	ui.score = `It guessed ${score(rounds)}`;
	ui.gallery.replaceChildren(...rounds.map(result));
	ui.score.focus();
}

function result(round) {
	const { word, drawing, seconds } = round;
	return card(thumbnail(drawing, `Your ${word}`), word, thought(round), seconds && "hit");
}
