// The replay: a drawing appears as it was drawn, and after each stroke there is a guess, kept in a strip of pictures.

import { byId, element, percent, thumbnail } from "./dom.js";

const LONGEST = 9000; // ms that the pen moves in all, at most
const READING = 450; // ms for a look at the guess after each stroke

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** What the paper shows meanwhile. Fires "change" on each new point, and "end". */
export class Replay extends EventTarget {
  drawing = [];
  #strip = byId("steps");
  #run = null;

  /** Replays `drawing`; `guess(drawing)` shows and returns the answer to what is drawn so far. Rejects as it does. */
  async play(drawing, guess) {
    const run = (this.#run = {});
    this.#strip.replaceChildren();
    byId("film").hidden = false;
    const pace = Math.max(drawing.at(-1)[2].at(-1) / LONGEST, 1);
    try {
      for (let count = 1; count <= drawing.length && this.#run === run; count++) {
        await this.#draw(drawing.slice(0, count), pace, run);
        if (this.#run !== run) return;
        const { label, probability, known } = await guess(this.drawing);
        if (this.#run !== run) return;
        this.#strip.append(step(this.drawing, label, probability, known));
        await pause(READING);
      }
    } finally {
      if (this.#run === run) this.stop();
    }
  }

  stop() {
    if (!this.#run) return;
    this.#run = null;
    this.dispatchEvent(new Event("end"));
  }

  /** Draws the last of the strokes, point by point, at the pace of the hand or faster. */
  async #draw(strokes, pace, run) {
    const [xs, ys, ts] = strokes.at(-1);
    const start = performance.now();
    for (let drawn = 0; drawn < ts.length && !still.matches; ) {
      const time = ts[0] + (performance.now() - start) * pace;
      while (drawn < ts.length && ts[drawn] <= time) drawn++;
      this.#show([...strokes.slice(0, -1), [xs, ys, ts].map((row) => row.slice(0, drawn))]);
      await new Promise(requestAnimationFrame);
      if (this.#run !== run) return;
    }
    this.#show(strokes);
  }

  #show(drawing) {
    this.drawing = drawing;
    this.dispatchEvent(new Event("change"));
  }
}

function step(drawing, label, probability, known) {
  const guess = element("b", {}, known ? label : `${label}?`);
  return element("li", {}, thumbnail(drawing, `After ${drawing.length}`), guess, " ", element("span", {}, percent(probability)));
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
