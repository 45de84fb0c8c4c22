// The page: its address tells the view, and its models what can be guessed.

import * as draw from "./draw/draw.js";
import * as look from "./draw/look.js";
import { linked, PREFIX } from "./draw/share.js";
import { hasServer } from "./host.js";
import * as explore from "./learn/explore.js";
import * as learn from "./learn/learn.js";
import { engines, getModels, prepare } from "./page/answers.js";
import { latest } from "./page/classify.js";
import * as desk from "./page/desk.js";
import { check, offer, root, toast, ui } from "./page/dom.js";
import * as face from "./page/face.js";
import * as guess from "./page/guess.js";
import { keep, kept } from "./page/storage.js";
import * as game from "./play/play.js";

/** #play, #learn and what stands behind a slash there, #look=..., or else drawing. */
function showView() {
	const sent = linked(location.hash);
	const view = sent ? "look" : (["play", "learn"].find((name) => location.hash.startsWith(`#${name}`)) ?? "draw");
	if (root.dataset.view !== view) scrollTo(0, 0);
	root.dataset.view = view;
	document.title = `Doodle: ${view}`;
	for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("nav a")))
		link.ariaCurrent = link.hash === `#${view}` ? "page" : null;
	if (location.hash.startsWith(PREFIX) && !sent) toast("This link is damaged: there is no drawing in it.");
	if (sent) look.open(sent);
	else if (view === "play") game.open();
	else desk.put(draw.owner);
	if (view === "learn" && desk.model) learn.show(draw.content());
}

function showModels(models) {
	const use = (name) => {
		const model = models.find((each) => each.name === name);
		prepare(name);
		ui.synthetic.hidden = !model.data.synthetic;
		desk.use(model);
		draw.use(model);
		game.use();
		explore.use(model, tryIt);
		learn.use(models, model);
		showView();
	};
	const { name } = models.find(({ name }) => name === kept("model")) ?? models.find((each) => each.default);
	ui.model.hidden = models.length < 2;
	offer(ui.model, Object.fromEntries(models.map(({ name }) => [name, name])), (chosen) => {
		keep("model", chosen);
		use(chosen);
	});
	check(ui.model, name);
	use(name);
}

/** Somebody wants to draw what a card of explore.js shows. */
function tryIt(label) {
	draw.suggest(label);
	location.hash = "draw";
	showView(); // now, so that the paper can take the focus
	ui.drawing.focus({ preventScroll: true });
}

function showEngine() {
	const isComing = engines.chosen === "browser" && engines.progress !== null;
	check(ui.engine, isComing ? "browser" : engines.kind);
	ui.why = engines.state;
	ui.where = engines.state;
	if (desk.has(draw.owner)) draw.show();
}

addEventListener("hashchange", showView);
matchMedia("(prefers-color-scheme: dark)").onchange = desk.ask; // the bitmap has the ink's colour

explore.mountSearch(ui.find, { view: "draw", label: "What can I guess?", most: 12 });
offer(ui.engine, { server: "on the server", browser: "in this browser" }, (kind) => engines.choose(kind));
engines.onprogress = showEngine;
engines.onchange = () => {
	showEngine();
	desk.ask();
	// when the model is here, so that nothing keeps it waiting; files.json lists what is fetched
	if (!hasServer && engines.progress === null) navigator.serviceWorker?.register("offline.js");
};
ui.engine.hidden = !hasServer;
face.live();
showView();
showEngine();
latest(getModels, showModels, ({ message }) => guess.trouble(message)).ask({});
