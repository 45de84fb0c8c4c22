// The guess: in words, as five bars, and, once it has settled, for a screen reader.

const SETTLED = 700; // ms without a change after which a guess is read out

/** Shows guesses in #guess and #bars and announces them in #status. */
export class Guess {
  #lead = document.getElementById("lead");
  #word = document.querySelector("#word span");
  #note = document.getElementById("note");
  #status = document.getElementById("status");
  #bars = new Bars(document.getElementById("bars"));
  #timer = 0;

  /** An answer of POST /classify. */
  show({ label, probability, known, top, model }) {
    const lead = known ? confidence(probability) : "Not sure. Perhaps";
    this.#say(known ? "sure" : "unsure", lead, label, `${model} is ${percent(probability)} sure`);
    this.#bars.show(top);
  }

  /** Nothing is drawn: says so, and names a few labels as `ideas`. */
  empty(ideas) {
    const note = ideas.length ? `Try ${new Intl.ListFormat("en-GB", { type: "disjunction" }).format(ideas)}` : "";
    this.#say("empty", "Nothing drawn yet", "Draw something", note);
    this.#bars.show([]);
  }

  /** The last guess stays, greyed, beside what went wrong. */
  trouble(message) {
    this.#set("trouble", this.#lead.textContent, this.#word.textContent, message);
    this.#announce(message);
  }

  #say(state, lead, word, note) {
    this.#set(state, lead, word, note);
    this.#announce(`${lead}${state === "empty" ? "." : ` ${word}`}`);
  }

  #set(state, lead, word, note) {
    document.documentElement.dataset.guess = state;
    this.#lead.textContent = lead;
    this.#word.textContent = word;
    this.#word.style.setProperty("--letters", word.length);
    this.#note.textContent = note;
  }

  #announce(words) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.#status.textContent = words), SETTLED);
  }
}

function confidence(probability) {
  if (probability >= 0.95) return "Clearly";
  if (probability >= 0.7) return "Looks like";
  return "Could be";
}

/** Five rows that stay in place: names change, bars grow and shrink, nothing jumps. */
class Bars {
  #rows;

  constructor(list) {
    this.#rows = Array.from({ length: 5 }, newRow);
    list.append(...this.#rows);
  }

  show(top) {
    this.#rows.forEach((row, place) => {
      const { label = "", probability = 0 } = top[place] ?? {};
      const [name, , share] = row.children;
      name.textContent = label;
      share.textContent = label && percent(probability);
      row.style.setProperty("--probability", probability);
    });
  }
}

function newRow() {
  const row = document.createElement("li");
  for (const part of ["name", "bar", "share"]) {
    row.append(Object.assign(document.createElement("span"), { className: part }), " ");
  }
  return row;
}

function percent(probability) {
  const whole = Math.round(100 * probability);
  if (whole === 0) return "<1 %";
  if (whole === 100) return ">99 %";
  return `${whole} %`;
}
