// The drawing: a list of strokes, each [[x...], [y...], [t...]]; x and y in whole units of 1/4096 of the paper's side,
// so that it fits a paper of any size; t in milliseconds, the pauses between strokes cut to one length. Knows undo and
// redo, and, given a key, outlives a reload.

import { keep, kept } from "./storage.js";

export const SIDE = 4096;
const STEP = 6; // a point nearer than this to the last one says nothing new: 0.4 of the 256 units that models draw in
const PAUSE = 300; // ms that every pause between strokes counts as

/** Fires "change" on each new point and on each undo, redo and clear. */
export class Sketch extends EventTarget {
  #key;
  #strokes;
  #pen = null; // the stroke under the pen, not yet in #strokes
  #down = 0; // when its time began
  #past; // what the drawing was before each step
  #future = [];

  constructor(key = null) {
    super();
    this.#key = key;
    this.#strokes = key ? restored(key) : [];
    this.#past = this.#strokes.map((_, count) => this.#strokes.slice(0, count));
  }

  get drawing() {
    return this.#pen ? [...this.#strokes, this.#pen] : this.#strokes;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /** Puts the pen down on the point (x, y), 0 to 1 from the paper's left and top, at `now` milliseconds. */
  begin(x, y, now) {
    this.end();
    const last = this.#strokes.at(-1)?.[2].at(-1) ?? -PAUSE;
    this.#down = now - last - PAUSE;
    this.#pen = [[unit(x)], [unit(y)], [last + PAUSE]];
    this.#changed();
  }

  extend(x, y, now) {
    if (!this.#pen) return; // undone under the pen
    const [xs, ys, ts] = this.#pen;
    const [nextX, nextY] = [unit(x), unit(y)];
    if (Math.hypot(nextX - xs.at(-1), nextY - ys.at(-1)) < STEP) return;
    xs.push(nextX);
    ys.push(nextY);
    ts.push(Math.max(Math.round(now - this.#down), ts.at(-1)));
    this.#changed();
  }

  end() {
    if (this.#pen) this.replace(this.drawing);
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
    if (this.#strokes.length) this.replace([]);
  }

  /** Becomes another drawing, as a step that undo takes back. */
  replace(strokes) {
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
    if (this.#key) keep(this.#key, strokes);
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

function restored(key) {
  const strokes = kept(key);
  return Array.isArray(strokes) && strokes.every(isStroke) ? strokes : [];
}

function isStroke(stroke) {
  const isRow = (row) => Array.isArray(row) && row.length > 0 && row.every(Number.isFinite);
  return Array.isArray(stroke) && stroke.length === 3 && stroke.every(isRow) && new Set(stroke.map((row) => row.length)).size === 1;
}
