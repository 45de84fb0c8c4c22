// The page: what a change of the drawing, an answer, a key, a click and an address lead to.

import "./doodle-pad.js";
import { classify, engines, getModels, prepare } from "./answers.js";
import { latest } from "./classify.js";
import { check, offer, percent, root, sample, ui } from "./dom.js";
import * as explore from "./explore.js";
import * as guess from "./guess.js";
import { hasServer } from "./host.js";
import * as learn from "./learn.js";
import { actOf } from "./pad/keys.js";
import { newSketch } from "./pad/sketch.js";
import * as game from "./play.js";
import * as replay from "./replay.js";
import { keep, kept, keptDrawing } from "./storage.js";
import { line, picture, receive, save } from "./take.js";

const free = newSketch(keptDrawing());
let sketch = free; // what is on the paper: `free`, `game.sketch` or `replay.film`
let image = null; // the picture that lies on it, a File
let model = null; // as GET /models describes it
let ideas = [];
let answer = null;

const trouble = ({ message }) => (sketch === game.sketch ? game.write : guess.trouble)(message);
const guesses = latest(classify, showAnswer, trouble);

function put(next) {
	sketch = next;
	ui.drawing.sketch = next; // which is an input, too
}

ui.drawing.addEventListener("input", () => {
	if (sketch === free && !free.isUnderPen) keep("drawing", free.drawing);
	showDrawing();
});

function showDrawing() {
	const { drawing, canUndo, canRedo } = sketch;
	const count = drawing.length;
	if (count) image = null;
	ui.picture.hidden = !image;
	const any = free.drawing.length;
	const able = {
		undo: canUndo,
		redo: canRedo,
		clear: count || image,
		replay: any,
		"save-picture": any,
		"save-strokes": any,
	};
	for (const id in able) ui[id].ariaDisabled = !able[id]; // not `disabled`, which loses a key's user the focus
	if (!count && !image) {
		guesses.drop();
		answer = null;
		guess.empty(ideas);
	} else if (model && sketch !== replay.film) guesses.ask({ drawing, image, model: model.name });
	showEngine();
}

function showAnswer(newest) {
	answer = newest;
	(sketch === game.sketch ? game.hear : guess.show)(answer);
}

function showModels(models) {
	const use = (name) => {
		model = models.find((each) => each.name === name);
		ideas = sample(model.labels, 3);
		prepare(name);
		ui.synthetic.hidden = !model.data.synthetic;
		game.use(model);
		explore.use(model, () => (location.hash = "draw"));
		learn.use(models, model);
		showView();
	};
	const { name } = models.find(({ name }) => name === kept("model")) ?? models.find((each) => each.default);
	ui.model.hidden = models.length < 2;
	offer(ui.model, Object.fromEntries(models.map(({ name }) => [name, name])), (chosen) => {
		keep("model", chosen);
		guesses.drop();
		use(chosen);
	});
	check(ui.model, name);
	use(name);
}

function showEngine() {
	const isComing = engines.chosen === "browser" && engines.progress !== null;
	check(ui.engine, isComing ? "browser" : engines.kind);
	ui.why = isComing ? `The model is on its way: ${percent(engines.progress)}` : engines[engines.chosen].why;
	if (isComing && engines.kind === "browser" && sketch.drawing.length && !answer) guess.wait(ui.why.textContent);
}

/** The address tells the view: #play, #learn, or else drawing. */
function showView() {
	const view = ["play", "learn"].find((name) => location.hash.split("/")[0] === `#${name}`) ?? "draw";
	if (root.dataset.view !== view) scrollTo(0, 0);
	root.dataset.view = view;
	document.title = `Doodle: ${view}`;
	for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("nav a")))
		link.ariaCurrent = link.hash === `#${view}` ? "page" : null;
	replay.stop();
	game.leave();
	put(view === "play" ? game.sketch : free);
	if (view === "learn" && model) learn.show({ drawing: free.drawing, image });
}

function change(act) {
	replay.stop();
	image = null;
	sketch[act]();
	showDrawing(); // there may have been a picture alone
}

for (const act of ["undo", "redo", "clear"]) ui[act].onclick = () => change(act);
addEventListener(
	"keydown",
	(event) => {
		const act = root.dataset.view === "learn" ? null : actOf(event);
		if (!act) return;
		event.preventDefault();
		change(act);
	},
	true, // before the pad, which knows nothing of pictures and replays
);

ui.replay.onclick = () => {
	if (sketch !== free) return replay.stop();
	if (!free.drawing.length || !model) return;
	put(replay.film);
	ui.replay.ariaPressed = true;
	replay.play(free.drawing, model.name).catch(trouble);
};
replay.film.onanswer = showAnswer;
replay.film.onend = () => {
	ui.replay.ariaPressed = false;
	put(free);
};
for (const type of ["pointerdown", "keydown"]) ui.drawing.addEventListener(type, replay.stop, true); // before the pad

ui["save-picture"].onclick = async () => free.drawing.length && save(await picture(free.drawing), "doodle.png");
ui["save-strokes"].onclick = () => free.drawing.length && save(line(free.drawing, answer), "doodle.ndjson");
receive((file) => {
	if (root.dataset.view !== "draw") location.hash = "draw";
	if (!file.type.startsWith("image/"))
		return trouble({ message: `${file.name} is no picture: open a PNG, JPEG, WebP, GIF or BMP.` });
	free.clear(); // undo brings it back
	image = file;
	URL.revokeObjectURL(ui.picture.src);
	ui.picture.src = URL.createObjectURL(file);
	showDrawing();
});
addEventListener("hashchange", showView);
addEventListener("pagehide", () => free.end());
matchMedia("(prefers-color-scheme: dark)").onchange = showView;

offer(ui.engine, { server: "on the server", browser: "in this browser" }, (kind) => engines.choose(kind));
engines.onprogress = showEngine;
engines.onchange = () => {
	showEngine();
	showDrawing();
	// when the model is here, so that nothing keeps it waiting; files.json lists what is fetched
	if (!hasServer && engines.progress === null) navigator.serviceWorker?.register("offline.js");
};
showEngine();
showView();
latest(getModels, showModels, trouble).ask({});
