// Who answers: this browser as soon as it has the model; the server until then, for pictures, and where it is preferred.

import { hasServer } from "../host.js";
import { createRecognizer } from "../recognizer.js";
import * as server from "./classify.js";
import { pause } from "./dom.js";
import { keep, kept } from "./storage.js";
import { percent } from "./words.js";

const LEISURE = 2000; // ms between looks for a server that is gone
const AWAY = "This model isn't on this device yet. It comes as soon as there is a network.";
const NO_DRAWING = "I can't find a drawing in this picture.";

/** @type {any} which only some browsers have */
const { connection } = navigator;
const preferred = kept("engine") ?? (connection?.saveData ? "server" : "browser");
const brains = new Map(); // by the model's name: { recognizer: promise, isReady, progress: 0 to 1, fault: why it failed }
let current = null; // the name of the model that the page shows
let serverFault = "";
let isWatching = false;

/** `chosen` is who was asked to answer, `kind` who does so now. */
export const engines = {
	chosen: hasServer ? preferred : "browser",
	onchange: null,
	onprogress: null,

	get kind() {
		return kindFor(current);
	},
	/** How much of the model has come, 0 to 1, or null when none is on its way. */
	get progress() {
		const brain = brains.get(current);
		return brain && !brain.isReady && !brain.fault ? brain.progress : null;
	},
	/** A sentence: what one waits for, what keeps the chosen one from answering, or where the answers come from. */
	get state() {
		const isBrowser = engines.chosen === "browser";
		if (isBrowser && engines.progress !== null) return `The model is on its way: ${percent(engines.progress)}`;
		const fault = isBrowser ? brains.get(current)?.fault : serverFault;
		if (fault || engines.kind === "server") return fault ?? "";
		return navigator.onLine
			? "Runs entirely in your browser. Nothing is uploaded."
			: "Offline: guessing on this device.";
	},

	choose(kind) {
		engines.chosen = kind;
		keep("engine", kind);
		retry();
	},
};

function kindFor(model) {
	if (!hasServer) return "browser";
	const brain = brains.get(model);
	const isWanted = engines.chosen === "browser";
	if (brain?.isReady) return isWanted || serverFault ? "browser" : "server";
	return isWanted && serverFault && !brain?.fault ? "browser" : "server";
}

/** What failed may be tried again. */
function retry() {
	for (const [name, { fault }] of brains) if (fault) brains.delete(name);
	changed();
}

function changed() {
	engines.onchange?.();
	fetchModel();
}

addEventListener("online", retry);
addEventListener("offline", changed);

/** -> the models as GET /models describes them, with their reports' addresses relative to the page. */
export async function getModels() {
	const { models } = await server.request(hasServer ? "models" : "models.json");
	return models.map((model) => ({ ...model, report: model.report?.replace(/^\//, "") }));
}

/** The page will ask about this model: fetches it, where the browser is to answer. */
export function prepare(model) {
	current = model;
	if (brains.get(model)?.fault) brains.delete(model);
	fetchModel();
}

function fetchModel() {
	if (current && engines.chosen === "browser") load(current).catch(() => {}); // its fault is noted
}

/**
 * Asks about a `drawing` or an `image`, for `top` labels (5; 0 for all), as server.classify does. Throws a Refusal where
 * asking again would not help, until engines.onchange.
 */
export async function classify(question) {
	if (question.image) return askAboutPicture(question);
	const { model } = question;
	const kind = kindFor(model);
	try {
		return await (kind === "server" ? server.classify(question) : askBrowser(question));
	} catch (error) {
		if (error instanceof server.Refusal) throw error;
		if (kind === "server") missServer(error);
		if (kindFor(model) !== kind) return classify(question);
		const fault = brains.get(model)?.fault;
		if (fault && (kind === "browser" || fault === AWAY)) throw new server.Refusal(fault);
		throw error;
	}
}

async function askAboutPicture(question) {
	return server.classify(question).catch((error) => {
		if (error.code === "no_drawing") error.message = NO_DRAWING;
		throw error;
	});
}

/** Has this browser answer, with features by which drawings can be compared; only it does that. */
export async function askBrowser({ drawing, model, top = 5 }) {
	const recognizer = await load(model);
	return recognizer.classify(drawing, { top, features: true }).catch((error) => {
		if (error instanceof TypeError) throw new server.Refusal(error.message); // about the drawing
		brains.delete(model); // its worker is gone; the next question starts another
		throw error;
	});
}

function load(model) {
	const known = brains.get(model);
	if (known) return known.recognizer;
	const brain = { recognizer: null, isReady: false, progress: 0, fault: "" };
	const onProgress = (progress) => {
		brain.progress = progress;
		engines.onprogress?.();
	};
	brains.set(model, brain);
	brain.recognizer = createRecognizer({ model, models: new URL("models/", document.baseURI), onProgress }).then(
		(recognizer) => {
			brain.isReady = true;
			changed();
			return recognizer;
		},
		(error) => {
			brain.fault = error.cause ? AWAY : `This browser cannot answer: ${error.message}.`;
			changed();
			throw error;
		},
	);
	engines.onprogress?.();
	return brain.recognizer;
}

function missServer({ message, status }) {
	if (serverFault !== message) {
		serverFault = message;
		changed();
	}
	if (status !== 401) watch(); // it answers those who have a key, which the page has not
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
	serverFault = "";
	retry();
}
