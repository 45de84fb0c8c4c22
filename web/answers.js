// Who answers: this browser as soon as it has the model; the server until then, for pictures, and where it is preferred.

import * as server from "./classify.js";
import { pause } from "./dom.js";
import { hasServer } from "./host.js";
import { createRecognizer } from "./recognizer.js";
import { keep, kept } from "./storage.js";

const LEISURE = 2000; // ms between looks for a server that is gone

/** @type {any} which only some browsers have */
const { connection } = navigator;
const wantsLittle = Boolean(connection?.saveData);
const recognizers = new Map(); // by the model's name: { ready: promise, isReady, progress: 0 to 1 }
let current = null; // the name of the model that the page shows
let isWatching = false;

/** `chosen` is who was asked to answer, `kind` who does so now; `why` is what keeps one from it, or "". `progress` is how
 *  much of the model has come, 0 to 1, or null when none is on its way. */
export const engines = {
	chosen: kept("engine") ?? (hasServer && wantsLittle ? "server" : "browser"),
	server: { why: hasServer ? "" : "There is no server here: your browser does all the work." },
	browser: { why: "" },
	onchange: null,
	onprogress: null,

	get kind() {
		return kindFor(current);
	},
	get progress() {
		const recognizer = recognizers.get(current);
		return recognizer && !recognizer.isReady ? recognizer.progress : null;
	},

	choose(kind) {
		this.chosen = kind;
		keep("engine", kind);
		this.browser.why = ""; // what failed may be tried again
		changed();
	},
};

function kindFor(model) {
	if (!hasServer) return "browser";
	if (recognizers.get(model)?.isReady) return engines.chosen === "browser" || engines.server.why ? "browser" : "server";
	return engines.chosen === "browser" && engines.server.why && !engines.browser.why ? "browser" : "server";
}

function changed() {
	engines.onchange?.();
	prepare(current);
}

function note(kind, why) {
	if (why === engines[kind].why) return;
	engines[kind].why = why;
	changed();
}

/** -> the models as GET /models describes them, with their reports' addresses relative to the page. */
export async function getModels() {
	const { models } = await server.request(hasServer ? "models" : "models.json");
	return models.map((model) => ({ ...model, report: model.report?.replace(/^\//, "") }));
}

/** The page will ask about this model: fetches it, where the browser is to answer. */
export function prepare(model) {
	current = model;
	if (model && engines.chosen === "browser" && !engines.browser.why) load(model).catch(() => {}); // it is noted
}

/** Asks, for `top` labels (5; 0 for all), as server.classify does. Throws what is no Refusal where nobody answers now. */
export async function classify(question) {
	if (question.image) return askServer(question);
	const kind = kindFor(question.model);
	try {
		return await (kind === "server" ? askServer(question) : askBrowser(question));
	} catch (error) {
		if (error instanceof server.Refusal) throw error;
		if (kind === "server") note("server", error.message);
		if (kind === "server" && error.status !== 401) watch(); // it answers those who have a key, which the page has not
		if (kindFor(question.model) === kind) throw error;
		return classify(question);
	}
}

function askServer(question) {
	if (!hasServer) throw new server.Refusal(`Only a server reads pictures. ${engines.server.why}`);
	return server.classify(question);
}

/** Has this browser answer, with features by which drawings can be compared; only it does that. */
export async function askBrowser({ drawing, model, top = 5 }) {
	const recognizer = await load(model);
	return recognizer.classify(drawing, { top, features: true }).catch((error) => {
		recognizers.delete(model); // its worker is gone; the next question starts another
		throw error;
	});
}

function load(model) {
	const existing = recognizers.get(model);
	if (existing) return existing.ready;
	const entry = { isReady: false, progress: 0, ready: null };
	const onProgress = (progress) => {
		entry.progress = progress;
		engines.onprogress?.();
	};
	recognizers.set(model, entry);
	entry.ready = createRecognizer({ model, models: new URL("models/", document.baseURI), onProgress }).then(
		(recognizer) => {
			entry.isReady = true;
			engines.browser.why = "";
			changed();
			return recognizer;
		},
		(error) => {
			recognizers.delete(model); // it may be tried again
			note("browser", `This browser cannot answer: ${error.message}.`);
			throw error;
		},
	);
	engines.onprogress?.();
	return entry.ready;
}

async function watch() {
	if (isWatching) return;
	isWatching = true;
	do await pause(LEISURE);
	while (
		!(await fetch("readyz").then(
			({ ok }) => ok,
			() => false,
		))
	);
	isWatching = false;
	note("server", "");
	note("browser", ""); // what could not be fetched may be tried again
}
