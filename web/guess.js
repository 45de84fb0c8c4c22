// The guess: in words, as five bars, and, once it has settled, for a screen reader.

import { byId, either, element, percent } from "./dom.js";

const SETTLED = 700; // ms without a change after which a guess is read out

// where a browser knows it, a row that is moved among its siblings goes on sliding
const MOVE = "moveBefore" in Element.prototype ? "moveBefore" : "insertBefore";

/** Shows guesses in #guess and #bars. */
export class Guess {
  #lead = byId("lead");
  #word = document.querySelector("#word span");
  #note = byId("note");
  #bars = new Bars(byId("bars"));

  /** An answer of POST /classify. */
  show({ label, probability, known, top, model }) {
    const lead = known ? confidence(probability) : "Not sure. Perhaps";
    this.#say(known ? "sure" : "unsure", lead, label, `${model} is ${percent(probability)} sure`);
    this.#bars.show(top);
  }

  /** Nothing is drawn: says so, and names a few labels as `ideas`. */
  empty(ideas) {
    this.#say("empty", "Nothing drawn yet", "Draw something", ideas.length ? `Try ${either(ideas)}` : "");
    this.#bars.show([]);
  }

  /** The last guess stays, greyed, beside what went wrong. */
  trouble({ message }) {
    this.#set("trouble", this.#lead.textContent, this.#word.textContent, message);
    announce(message);
  }

  #say(state, lead, word, note) {
    this.#set(state, lead, word, note);
    announce(`${lead}${state === "empty" ? "." : ` ${word}`}`);
  }

  #set(state, lead, word, note) {
    document.documentElement.dataset.guess = state;
    this.#lead.textContent = lead;
    this.#word.textContent = word;
    this.#word.style.setProperty("--letters", word.length);
    this.#note.textContent = note;
  }
}

let timer = 0;

/** Has a screen reader say the newest of what it is told, once nothing newer comes. */
export function announce(words) {
  clearTimeout(timer);
  timer = setTimeout(() => (byId("status").textContent = words), SETTLED);
}

function confidence(probability) {
  if (probability >= 0.95) return "Clearly";
  if (probability >= 0.7) return "Looks like";
  return "Could be";
}

/** Five rows. A label keeps its row while it is among the five, and the row slides to its rank: see .bars in the style. */
export class Bars {
  #list;
  #rows;

  constructor(list) {
    this.#list = list;
    this.#rows = Array.from({ length: 5 }, newRow);
    this.#arrange();
  }

  show(top) {
    const kept = top.map(({ label }) => this.#rows.find((row) => row.dataset.label === label));
    const spare = this.#rows.filter((row) => !kept.includes(row));
    const rows = this.#rows.map((_, rank) => kept[rank] ?? spare.shift());
    const isSame = rows.every((row, rank) => row === this.#rows[rank]);
    this.#rows = rows;
    if (!isSame) this.#arrange();
    rows.forEach((row, rank) => fill(row, top[rank]));
  }

  /** Their order is for who hears them; what one sees is moved by the style alone, so that nothing is laid out anew. */
  #arrange() {
    for (const [rank, row] of this.#rows.entries()) {
      this.#list[row.isConnected ? MOVE : "insertBefore"](row, null);
      row.style.setProperty("--rank", rank);
    }
  }
}

function fill(row, { label = "", probability = 0 } = {}) {
  const [name, , share] = row.children;
  row.dataset.label = name.textContent = label;
  share.textContent = label && percent(probability);
  row.style.setProperty("--probability", probability);
}

function newRow() {
  const part = (className) => element("span", { className });
  return element("li", {}, part("name"), " ", part("bar"), " ", part("share"));
}
