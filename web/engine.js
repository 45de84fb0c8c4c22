// Who answers: the server, or the same models in this browser. The server does unless the browser is chosen; a server
// that is gone is stood in for, and is asked again as soon as it is back.

import { getModels as getServersModels, classify as askServer } from "./classify.js";
import { hasServer } from "./host.js";
import { keep, kept } from "./storage.js";

const NO_SERVER = "This page comes without a server: your browser does all the work.";

/**
 * The two engines. `kind`, "server" or "browser", tells which one answers now, `chosen` which one was asked for;
 * `server` and `browser` tell of each whether it is `available`, and if not, `why`. Fires "change" when any of it changes.
 */
class Engines extends EventTarget {
  chosen = kept("engine") === "browser" ? "browser" : "server";
  server = hasServer ? { available: true, why: "" } : { available: false, why: NO_SERVER };
  browser = { available: false, why: "" };

  get kind() {
    const other = this.chosen === "server" ? "browser" : "server";
    return !this[this.chosen].available && this[other].available ? other : this.chosen;
  }

  choose(kind) {
    this.chosen = kind;
    keep("engine", kind);
    this.dispatchEvent(new Event("change"));
  }

  /** Notes that an engine works, or, with a reason, that it does not. */
  note(kind, why = "") {
    if (this[kind].available === !why && this[kind].why === why) return;
    this[kind] = { available: !why, why };
    this.dispatchEvent(new Event("change"));
  }
}

export const engines = new Engines();

/** -> the models as GET /models describes them. */
export async function getModels() {
  return getServersModels();
}

/**
 * -> the answer of POST /classify to a `drawing`, or to an `image` (a Blob), with `bitmap` as the 784 bytes that the
 * model saw; from whichever engine `engines.kind` names. Throws Refusal for what can't be classified.
 */
export async function classify(question) {
  return askServer(question);
}
