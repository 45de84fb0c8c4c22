// The game: a category to draw, twenty seconds, and a machine that guesses aloud; six rounds, and what came of them.

import { byId, element, sample, thumbnail } from "./dom.js";
import { announce } from "./guess.js";
import { poster, thought } from "./poster.js";
import { Sketch } from "./sketch.js";
import { keep, kept } from "./storage.js";
import { save } from "./take.js";

const ROUNDS = 6;
const SECONDS = 20;
const GOOD = 0.75; // share of a category's test drawings that the model gets right, for it to be asked for
const BREATH = 1100; // ms between two of the machine's sentences
const HUNCH = 0.15; // what is less probable is not worth saying
const PHRASES = ["I see", "Or", "Perhaps", "Or is it", "Maybe"];
const FILE = "doodle-game.png";

const root = document.documentElement;

/** Lives in #task, #card and #results. Fires "round" whenever `sketch`, which is to be on the paper, is a new one. */
export class Game extends EventTarget {
  sketch = new Sketch();
  #model;
  #words = []; // those of the rounds to come, the present one first
  #rounds = []; // { word, drawing, answer, seconds }; `seconds` is null where it was not guessed
  #answer = null;
  #ticker = 0; // not 0 while a round is on
  #began = 0;
  #said = { label: "", at: 0, count: 0 };
  #go; // what the card's button does

  constructor() {
    super();
    const acts = {
      go: (event) => this.#go(event.detail === 0),
      skip: () => this.#ticker && this.#finish(null),
      again: () => this.#intro(),
      poster: async () => save(await poster(this.#rounds), FILE),
      share: () => this.#share(),
    };
    for (const id in acts) byId(id).addEventListener("click", acts[id]);
    for (const option of ["aloud", "calm"]) {
      byId(option).checked = kept(option);
      byId(option).addEventListener("change", ({ target }) => keep(option, target.checked));
    }
    byId("aloud").parentElement.hidden = !window.speechSynthesis;
    byId("squares").append(...Array.from({ length: SECONDS }, () => element("i")));
  }

  /** Plays with another model, from the start. */
  use(model) {
    this.#model = model;
    this.#intro();
  }

  /** The player goes elsewhere: a round that is on will start anew. */
  leave() {
    window.speechSynthesis?.cancel();
    if (!this.#ticker) return;
    this.#stop();
    this.#brief("Once more, draw");
  }

  /** What the model thinks of the drawing now. */
  hear(answer) {
    if (!this.#ticker) return;
    this.#answer = answer;
    const { label, probability, known } = answer;
    if (label === this.#words[0] && known) this.#finish((performance.now() - this.#began) / 1000);
    else if (probability >= HUNCH) this.#guess(label);
  }

  trouble({ message }) {
    this.#write(message);
  }

  #intro() {
    this.#stop();
    this.#rounds = [];
    this.#words = sample(askable(this.#model), ROUNDS);
    this.#showRounds();
    this.#write("I guess while you draw.");
    const go = () => this.#brief("First, draw");
    this.#cover("Can it guess what you draw?", `${this.#words.length} doodles`, "twenty seconds for each", "Play", go);
    root.dataset.game = "new";
  }

  #brief(lead) {
    const hurry = byId("calm").checked ? "in your own time" : `in ${SECONDS} seconds`;
    this.#cover(lead, this.#words[0], hurry, "Go", (byKey) => this.#start(byKey));
  }

  /** Lays a card on the paper; its button does `go`. */
  #cover(lead, word, note, button, go) {
    root.dataset.game = "brief";
    const texts = { "card-lead": lead, "card-word": word, "card-note": note, go: button };
    for (const id in texts) byId(id).textContent = texts[id];
    const total = this.#rounds.length + this.#words.length;
    byId("target").textContent = `${Math.min(this.#rounds.length + 1, total)} of ${total}`;
    byId("card").hidden = false;
    this.#go = go;
    if (root.dataset.view === "play") byId("go").focus({ preventScroll: true });
  }

  #start(byKey) {
    root.dataset.game = "on";
    byId("card").hidden = true;
    byId("target").textContent = this.#words[0];
    this.#answer = null;
    this.#began = performance.now();
    this.#said = { label: "", at: this.#began, count: 0 };
    this.#write("…");
    this.#freshPaper();
    this.#ticker = setInterval(() => this.#tick(), 100);
    this.#tick();
    announce(`Draw ${this.#words[0]}`);
    if (byKey) byId("drawing").focus({ preventScroll: true });
  }

  #tick() {
    const isCalm = byId("calm").checked;
    const left = isCalm ? SECONDS : SECONDS - Math.floor((performance.now() - this.#began) / 1000);
    byId("clock").textContent = isCalm ? "" : `${String(left).padStart(2, "\u2007")} s`; // a space as wide as a figure
    [...byId("squares").children].forEach((square, second) => square.classList.toggle("gone", second >= left));
    if (left <= 0) this.#finish(null);
  }

  #finish(seconds) {
    this.#stop();
    this.sketch.end();
    const word = this.#words.shift();
    const isHit = seconds !== null;
    this.#rounds.push({ word, drawing: this.sketch.drawing, answer: this.#answer, seconds });
    this.#showRounds();
    this.#say(isHit ? `I know: ${word}!` : `Ah, that was ${word}.`, isHit);
    const lead = isHit ? `Guessed in ${seconds.toFixed(1)} s.` : "Not guessed.";
    if (this.#words.length) this.#brief(`${lead} Now draw`);
    else this.#cover(lead, "That was it", "", "See what it thought", () => this.#results());
  }

  #stop() {
    clearInterval(this.#ticker);
    this.#ticker = 0;
  }

  #freshPaper() {
    this.sketch = new Sketch();
    this.dispatchEvent(new Event("round"));
  }

  #guess(label) {
    const now = performance.now();
    if (label === this.#said.label || now - this.#said.at < BREATH) return;
    const phrase = PHRASES[this.#said.count % PHRASES.length];
    this.#said = { label, at: now, count: this.#said.count + 1 };
    this.#say(label === this.#words[0] ? "Wait, I nearly have it…" : `${phrase} ${label}…`);
  }

  #say(words, isHit = false) {
    this.#write(words, isHit);
    announce(words);
    if (!byId("aloud").checked) return;
    speechSynthesis.cancel();
    speechSynthesis.speak(Object.assign(new SpeechSynthesisUtterance(words), { lang: "en" }));
  }

  #write(words, isHit = false) {
    byId("said").replaceChildren(element("span", { className: isHit ? "hit" : "" }, words));
  }

  #showRounds() {
    const done = this.#rounds.map(({ word, drawing, seconds }) => {
      const isHit = seconds !== null;
      const label = `${word}, ${isHit ? "guessed" : "not guessed"}`;
      return element("li", { className: isHit ? "hit" : "" }, thumbnail(drawing, label));
    });
    byId("rounds").replaceChildren(...done, ...this.#words.map(() => element("li")));
  }

  #results() {
    this.#freshPaper();
    root.dataset.game = "over";
    const hits = this.#rounds.filter(({ seconds }) => seconds !== null).length;
    byId("score").textContent = `It guessed ${hits} of ${this.#rounds.length}`;
    byId("gallery").replaceChildren(...this.#rounds.map(result));
    byId("share").hidden = !navigator.canShare?.({ files: [new File([], FILE, { type: "image/png" })] });
    byId("score").focus();
  }

  async #share() {
    const file = new File([await poster(this.#rounds)], FILE, { type: "image/png" });
    await navigator.share({ files: [file], title: byId("score").textContent }).catch(() => {}); // on second thoughts
  }
}

function askable({ labels, figures }) {
  const good = labels.filter((label) => figures.per_category[label] >= GOOD);
  return good.length < ROUNDS ? labels : good;
}

function result(round) {
  const name = element("b", { className: round.seconds === null ? "" : "hit" }, round.word);
  return element("li", {}, thumbnail(round.drawing, `Your ${round.word}`), name, " ", element("span", {}, thought(round)));
}
