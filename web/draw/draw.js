// Draw: the free drawing, or a picture in its place, and the guess about it.

import { newSketch } from "../pad/sketch.js";
import { engines } from "../page/answers.js";
import * as desk from "../page/desk.js";
import { root, sample, toast, ui } from "../page/dom.js";
import * as guess from "../page/guess.js";
import { hush, speak } from "../page/sound.js";
import { keepHistory, keptHistory, pictured } from "../page/storage.js";
import { newVoice } from "../page/voice.js";
import { a, either, percent } from "../page/words.js";
import * as game from "../play/play.js";
import * as teach from "../teach/teach.js";
import { receive } from "./open.js";
import * as replay from "./replay.js";
import { link } from "./share.js";
import { line, picture, save, send } from "./take.js";

const GOOD = 0.9; // share of a category's test drawings that the model gets right, for it to be an idea

const voice = newVoice((speech) => {
	guess.say(speech);
	speak(`${speech.lead} ${speech.word}`, 700); // once the word has settled
});
const sketch = newSketch(keptHistory());
let image; // the picture that is shown in place of strokes, a data URL
let answer = null;
let ideas = [];

export const owner = {
	sketch,
	question() {
		const { picture, length } = sketch.drawing;
		return picture ? { image: picture } : length ? { drawing: sketch.drawing } : null;
	},
	changed() {
		if (!sketch.isUnderPen) keepHistory(sketch.history);
		show();
	},
	hear(newest) {
		answer = teach.adjust(newest);
		guess.show(answer);
		voice.hear(answer, sketch);
		teach.offer(answer, sketch);
	},
	trouble({ message }) {
		voice.rest(); // what it was about to say is about an older answer
		if (image) guess.say({ mood: "lost", lead: "Hmm…", word: "What is that?", note: message });
		else guess.trouble(message);
	},
	act(act) {
		if (act === "clear" && image) sketch.replace([]);
		else sketch[act]();
	},
};

/** What is on the paper: { drawing, image }. */
export const content = () => ({ drawing: sketch.drawing, image });

export function use({ labels, figures }) {
	ui.many = labels.length;
	const easy = labels.filter((label) => label.length < 6 && figures.per_category[label] >= GOOD);
	ideas = sample(easy.length < 2 ? labels : easy, 2).map(a);
	show();
}

/** A fresh sheet, on which to draw `label`. */
export function suggest(label) {
	ideas = [a(label)];
	owner.act("clear");
	show(); // of a blank sheet nothing is cleared
}

/** Shows what doesn't wait for an answer. */
export function show() {
	const any = sketch.drawing.length;
	if (sketch.drawing.picture !== image) showPicture(sketch.drawing.picture);
	desk.enable({ clear: any || image, replay: any, "save-picture": any, "save-strokes": any, share: any });
	if (any || image) {
		if (any && !answer && engines.progress !== null) wait(`My brain is on its way: ${percent(engines.progress)}`);
		return;
	}
	answer = null;
	ui.film.hidden = true;
	voice.rest();
	hush();
	guess.hide();
	teach.offer(null);
	guess.say({
		mood: "rest",
		lead: "Draw anything,",
		word: "I'll guess!",
		note: ideas.length ? `Try ${either(ideas)}.` : "",
	});
}

function showPicture(url) {
	image = url;
	ui.picture.hidden = !image;
	if (image) ui.picture.src = image;
	answer = null;
	voice.rest();
	guess.hide();
	wait("");
}

function wait(note) {
	guess.say({ mood: "wait", lead: "One moment…", word: "I'll look at it", note });
}

teach.listen(() => desk.has(owner) && desk.ask());

ui.replay.onclick = () => {
	if (!desk.has(owner)) return replay.stop();
	if (sketch.drawing.length) replay.play(sketch.drawing, owner);
};
ui["save-picture"].onclick = async () => sketch.drawing.length && save(await picture(sketch.drawing), "doodle.png");
ui["save-strokes"].onclick = () => sketch.drawing.length && save(line(sketch.drawing, answer), "doodle.ndjson");
ui.share.onclick = () => sketch.drawing.length && send("Can you guess my doodle?", link(sketch.drawing));

receive({ onPicture: (url) => replace(pictured(url)), onDrawing: replace, onTrouble: toast });

/** Puts something else on the paper; undo brings back what was there. */
function replace(state) {
	if (game.isOn()) return toast("Finish the round first.");
	replay.stop();
	if (root.dataset.view !== "draw") location.hash = "draw";
	sketch.replace(state);
}

addEventListener("pagehide", () => sketch.end());
