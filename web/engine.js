// Who answers: the server, or the same models in this browser. The server does unless the browser is chosen. For one
// that is gone, the browser stands in until it is back: what that takes is fetched while there is time.

import * as browser from "./browser.js";
import * as server from "./classify.js";
import { hasServer } from "./host.js";
import { keep, kept } from "./storage.js";

const LEISURE = 2000; // ms after an answer until what the browser needs to give the next one is fetched
const RETURN = 2000; // ms between looks whether a server that was gone is back
const PATIENCE = { alone: 8000, stoodInFor: 1500 }; // ms until a silent server counts as gone

const NO_SERVER = "This page comes without a server: your browser does all the work.";
const NO_RUNTIME = "The server lacks what browsers need to run the models: `make web` fetches it.";
const NO_PICTURES = "Only the server reads pictures.";

/**
 * The two engines. `kind`, "server" or "browser", is the one that answers now, `chosen` the one that was asked for;
 * `server` and `browser` tell of each whether it is `available`, and if not, `why`. `browser.ready` is true once
 * nothing needs to be fetched for it any more. Fires "change" when any of these does.
 */
class Engines extends EventTarget {
  chosen = kept("engine") === "browser" ? "browser" : "server";
  server = hasServer ? { available: true, why: "" } : { available: false, why: NO_SERVER };
  browser = { available: false, why: "", ready: false };

  get kind() {
    if (!hasServer) return "browser";
    const other = this.chosen === "server" ? "browser" : "server";
    return this[other].available && !this[this.chosen].available ? other : this.chosen;
  }

  choose(kind) {
    this.chosen = kind;
    keep("engine", kind);
    this.browser = { ...this.browser, ...inBrowser }; // what failed may be tried again
    this.#changed();
  }

  /** Notes what is new about an engine. */
  note(kind, news) {
    const known = this[kind];
    if (Object.keys(news).every((key) => known[key] === news[key])) return;
    this[kind] = { ...known, ...news };
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

export const engines = new Engines();

const warm = new Set(); // names of the models for which the browser has, or is fetching, all that it needs
let models = []; // as GET /models describes them
let inBrowser = { available: false, why: "" }; // whether the host has what browsers need
let current = null; // the name of the model that the page shows
let isWatching = false;

engines.addEventListener("change", () => engines.kind === "browser" && warmUp(current));

/** -> the models as GET /models describes them, with their reports' addresses relative to the page. */
export async function getModels() {
  const list = await server.getModels(hasServer ? "models" : "models.json");
  models = list.models.map((model) => ({ ...model, report: model.report?.replace(/^\//, "") }));
  inBrowser = { available: Boolean(list.in_browser), why: list.in_browser ? "" : NO_RUNTIME };
  engines.note("browser", inBrowser);
  return models;
}

/** Tells the name of the model that is going to be asked. */
export function prepare(model) {
  current = model;
  if (engines.kind === "browser") warmUp(model);
}

/**
 * -> the answer of POST /classify?bitmap=1 to a `drawing`, or to an `image` (a Blob), by the model named `model`, with
 * its `top` labels (5; 0 for all), and with `bitmap` as the 784 bytes that the model saw. Throws Refusal for what can't
 * be classified, and another Error where nobody answers now.
 */
export async function classify(question) {
  if (engines.kind === "server") return askServer(question);
  if (question.image) throw new server.Refusal(`${NO_PICTURES} ${engines.server.why || "Choose it for this one."}`);
  return askBrowser(question);
}

async function askServer(question) {
  const patience = engines.browser.ready && !question.image ? PATIENCE.stoodInFor : PATIENCE.alone;
  try {
    const answer = await server.classify(question, patience);
    if (!navigator.connection?.saveData) setTimeout(warmUp, LEISURE, question.model);
    return answer;
  } catch (error) {
    const isLocked = error.status === 401; // for those who have a key, which the page has not
    if (error instanceof server.Refusal && !isLocked) throw error;
    engines.note("server", { available: false, why: error.message });
    if (!isLocked) watch();
    if (engines.kind === "server") throw error;
    return classify(question);
  }
}

async function askBrowser(question) {
  try {
    const answer = await browser.classify({ ...question, model: models.find(({ name }) => name === question.model) });
    noteSuccess();
    return answer;
  } catch (error) {
    if (error instanceof server.Refusal) throw error;
    noteFailure(error);
    if (engines.kind === "browser" || !engines.server.available) throw error;
    return askServer(question);
  }
}

/** Fetches all that the browser needs to run a model. */
async function warmUp(model) {
  if (!model || warm.has(model) || !engines.browser.available) return;
  warm.add(model);
  try {
    await browser.load(model);
    noteSuccess();
  } catch (error) {
    warm.delete(model);
    noteFailure(error);
  }
}

function noteSuccess() {
  engines.note("browser", { available: true, why: "", ready: true });
}

/** A browser that has run one model can run all that can be fetched. */
function noteFailure({ message }) {
  if (!engines.browser.ready) engines.note("browser", { available: false, why: message });
}

/** Looks whether the server is back until it is. What could not be fetched meanwhile may then be tried again. */
async function watch() {
  if (isWatching) return;
  isWatching = true;
  do await new Promise((resolve) => setTimeout(resolve, RETURN));
  while (!(await server.isReady()));
  isWatching = false;
  engines.note("server", { available: true, why: "" });
  engines.note("browser", inBrowser);
}
