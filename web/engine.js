// Who answers: the server unless the browser is chosen. For one that is gone, the browser stands in until it is back;
// what that takes is fetched while there is time.

import * as browser from "./browser.js";
import * as server from "./classify.js";
import { pause } from "./dom.js";
import { hasServer } from "./host.js";
import { keep, kept } from "./storage.js";

const LEISURE = 2000; // ms until the browser fetches what it needs, and between looks for a server that is gone

/** `kind` is who answers now, `chosen` who was asked to. `why` is what keeps one from it, or "". Once `browser.ready`, it
 *  needs to fetch nothing more. */
export const engines = {
	chosen: kept("engine") === "browser" ? "browser" : "server",
	server: { why: hasServer ? "" : "There is no server here: your browser does all the work." },
	browser: { why: "", ready: false },
	onchange: null,

	get kind() {
		if (!hasServer) return "browser";
		const other = this.chosen === "server" ? "browser" : "server";
		return this[this.chosen].why && !this[other].why ? other : this.chosen;
	},

	choose(kind) {
		this.chosen = kind;
		keep("engine", kind);
		this.browser.why = lack; // what failed may be tried again
		changed();
	},
};

let models = [];
let lack = ""; // why no browser can run the models of this host
let current = null; // the name of the model that the page shows
let isWatching = false;

function changed() {
	engines.onchange?.();
	prepare(current);
}

function note(kind, why) {
	if (why === engines[kind].why) return;
	engines[kind].why = why;
	changed();
}

function noteSuccess() {
	engines.browser.ready = true;
	note("browser", "");
}

function noteFailure(kind, { message }) {
	if (kind === "browser" && engines.browser.ready) return; // what has run one model can run all that can be fetched
	note(kind, message);
}

/** -> the models as GET /models describes them, with their reports' addresses relative to the page. */
export async function getModels() {
	const list = await server.request(hasServer ? "models" : "models.json");
	models = list.models.map((model) => ({ ...model, report: model.report?.replace(/^\//, "") }));
	lack = list.in_browser ? "" : "The server lacks what browsers need to run the models: `make web` fetches it.";
	note("browser", lack);
	return models;
}

export function prepare(model) {
	current = model;
	if (engines.kind === "browser") warmUp(model);
}

/** Asks, for `top` labels (5; 0 for all), as server.classify does. Throws what is no Refusal where nobody answers now. */
export async function classify(question) {
	const { kind } = engines;
	try {
		return await (kind === "server" ? askServer(question) : askBrowser(question));
	} catch (error) {
		if (error instanceof server.Refusal) throw error;
		noteFailure(kind, error);
		if (kind === "server" && error.status !== 401) watch(); // it answers those who have a key, which the page has not
		if (engines.kind === kind) throw error;
		return classify(question);
	}
}

async function askServer(question) {
	const answer = await server.classify(question);
	if (!navigator.connection?.saveData) setTimeout(warmUp, LEISURE, question.model);
	return answer;
}

async function askBrowser({ drawing, image, model, top }) {
	if (image) throw new server.Refusal(`Only the server reads pictures. ${engines.server.why || "Choose it for this one."}`);
	const answer = await browser.classify(drawing, models.find(({ name }) => name === model), top);
	noteSuccess();
	return answer;
}

function warmUp(model) {
	if (model && !engines.browser.why) browser.load(model).then(noteSuccess, (error) => noteFailure("browser", error));
}

async function watch() {
	if (isWatching) return;
	isWatching = true;
	do await pause(LEISURE);
	while (!(await fetch("readyz").then(({ ok }) => ok, () => false)));
	isWatching = false;
	note("server", "");
	note("browser", lack); // what could not be fetched may be tried again
}
