// The drawing: a list of strokes, each [[x...], [y...]] in whole units of 1/4096 of the paper's side, so that it fits
// a paper of any size and goes to the server as it stands. Knows undo and redo, and outlives a reload.

import { keep, kept } from "./storage.js";

export const SIDE = 4096;
const STEP = 6; // a point nearer than this to the last one says nothing new: 0.4 of the 256 units that models draw in

/** Fires "change" on each new point and on each undo, redo and clear. */
export class Sketch extends EventTarget {
  #strokes = restored();
  #pen = null; // the stroke under the pen, not yet in #strokes
  #past = this.#strokes.map((_, count) => this.#strokes.slice(0, count)); // what the drawing was before each step
  #future = [];

  get drawing() {
    return this.#pen ? [...this.#strokes, this.#pen] : this.#strokes;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /** Puts the pen down on the point (x, y), 0 to 1 from the paper's left and top. */
  begin(x, y) {
    this.end();
    this.#pen = [[unit(x)], [unit(y)]];
    this.#changed();
  }

  extend(x, y) {
    if (!this.#pen) return; // undone under the pen
    const [xs, ys] = this.#pen;
    const [nextX, nextY] = [unit(x), unit(y)];
    if (Math.hypot(nextX - xs.at(-1), nextY - ys.at(-1)) < STEP) return;
    xs.push(nextX);
    ys.push(nextY);
    this.#changed();
  }

  end() {
    if (this.#pen) this.#become(this.drawing);
  }

  /** Forgets the stroke under the pen: it was a palm. */
  cancel() {
    this.#pen = null;
    this.#changed();
  }

  undo() {
    this.end();
    this.#travel(this.#past, this.#future);
  }

  redo() {
    if (!this.#pen) this.#travel(this.#future, this.#past);
  }

  clear() {
    this.end();
    if (this.#strokes.length) this.#become([]);
  }

  #become(strokes) {
    this.#past.push(this.#strokes);
    this.#future = [];
    this.#settle(strokes);
  }

  #travel(from, to) {
    if (!from.length) return;
    to.push(this.#strokes);
    this.#settle(from.pop());
  }

  #settle(strokes) {
    this.#pen = null;
    this.#strokes = strokes;
    keep("drawing", strokes);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** What lies off the paper is drawn along its edge, so that the model sees nothing that its author does not. */
function unit(fraction) {
  return Math.round(Math.min(Math.max(fraction, 0), 1) * SIDE);
}

function restored() {
  const strokes = kept("drawing");
  return Array.isArray(strokes) && strokes.every(isStroke) ? strokes : [];
}

function isStroke(stroke) {
  const isAxis = (axis) => Array.isArray(axis) && axis.length > 0 && axis.every(Number.isFinite);
  return Array.isArray(stroke) && stroke.length === 2 && stroke.every(isAxis) && stroke[0].length === stroke[1].length;
}
