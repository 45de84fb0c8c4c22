// Asking the server. The newest question is the only one worth an answer: one request is in flight at a time, what was
// asked meanwhile waits in a place for one, and a server that is gone is asked again at a calm pace.

const PATIENCE = 8000; // ms until a silent server counts as gone
const PAUSES = [500, 1000, 2000, 4000]; // ms before each further try; the last one stays

/** The server's own refusal of a question, in its words: asking again would not help. */
export class Refusal extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** -> the list of GET /models, which a host of files keeps under another `path`. */
export function getModels(path) {
  return request(path);
}

/** Whether the server is there and would answer. */
export async function isReady() {
  return fetch("readyz").then(({ ok }) => ok, () => false);
}

/**
 * -> the answer of POST /classify to a `drawing` or an `image` (a Blob), with `bitmap` as the 784 bytes that the model
 * saw; `patience` is how many ms the server may be silent.
 */
export async function classify({ drawing, image, model, top = 5 }, patience) {
  const query = new URLSearchParams({ model, top, bitmap: 1 });
  const answer = await request(`classify?${query}`, { method: "POST", body: image ?? json(drawing) }, patience);
  return { ...answer, bitmap: Uint8Array.from(atob(answer.bitmap), (byte) => byte.charCodeAt(0)) };
}

/** The command that asks the same from a terminal. */
export function curl({ drawing, model }) {
  const url = new URL(`classify?${new URLSearchParams({ model })}`, document.baseURI);
  return `curl '${url}' -d '${json(drawing)}'`;
}

/** What the server needs of a drawing: where the pen was, not when. */
function json(drawing) {
  return JSON.stringify({ drawing: drawing.map(([xs, ys]) => [xs, ys]) });
}

/** Puts the newest question to `ask`, and tells `onAnswer(answer)`, `onRefusal(error)` or `onGone(error)` what came. */
export class Latest {
  #ask;
  #handlers;
  #waiting = null;
  #asked = null;
  #running = false;

  constructor(ask, handlers) {
    this.#ask = ask;
    this.#handlers = handlers;
  }

  ask(question) {
    this.#waiting = question;
    if (!this.#running) this.#run();
  }

  /** Wants no answer any more: neither to what waits nor to what is on its way. */
  drop() {
    this.#waiting = this.#asked = null;
  }

  async #run() {
    this.#running = true;
    let failures = 0;
    while (this.#waiting) {
      const question = this.#take();
      const { answer, error } = await this.#ask(question).then((answer) => ({ answer }), (error) => ({ error }));
      const wanted = this.#asked === question;
      if (!error) {
        failures = 0;
        if (wanted) this.#handlers.onAnswer(answer);
      } else if (error instanceof Refusal) {
        if (wanted) this.#handlers.onRefusal(error);
      } else {
        if (wanted) {
          this.#waiting ??= question;
          this.#handlers.onGone(error);
        }
        await pause(PAUSES[Math.min(failures++, PAUSES.length - 1)]);
      }
    }
    this.#running = false;
  }

  #take() {
    this.#asked = this.#waiting;
    this.#waiting = null;
    return this.#asked;
  }
}

async function request(path, options = {}, patience = PATIENCE) {
  const response = await fetch(path, { ...options, signal: AbortSignal.timeout(patience) }).catch(() => {
    throw new Error("The server does not answer.");
  });
  if (response.ok) return response.json();
  const body = await response.json().catch(() => null);
  const message = body?.error?.message ?? `The server answered ${response.status}.`;
  throw response.status < 500 && response.status !== 429 ? new Refusal(message, response.status) : new Error(message);
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
