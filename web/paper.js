// The paper: shows a sketch on a canvas, crisp at any size and density, and lets one pointer at a time draw on it, or
// the arrow keys.

import { byId } from "./dom.js";
import { SIDE } from "./sketch.js";

const PEN = SIDE / 56; // half a square of the paper's 28
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Paper {
  #canvas;
  #sketch;
  #frame = 0;
  #pointer = null; // the pointerdown event of the pointer that is drawing
  #nib = { x: 0.5, y: 0.5, isDown: false }; // the pen that keys move

  constructor(canvas, sketch) {
    this.#canvas = canvas;
    this.#sketch = sketch;
    const acts = {
      pointerdown: (event) => this.#down(event),
      pointermove: (event) => this.#isDrawing(event) && this.#move(event),
      pointerup: (event) => this.#isDrawing(event) && this.#lift("end"),
      pointercancel: (event) => this.#isDrawing(event) && this.#lift("cancel"),
      contextmenu: (event) => this.#pointer && event.preventDefault(),
      keydown: (event) => this.#press(event),
      blur: () => this.#setNib(false),
    };
    for (const type in acts) canvas.addEventListener(type, acts[type]);
    this.#watchSize();
  }

  /** From now on shows and changes another sketch; where nobody draws, anything that has a `drawing`. */
  show(sketch) {
    if (this.#nib.isDown) this.#setNib(false);
    this.#pointer = null;
    this.#sketch = sketch;
    this.redraw();
  }

  /** Draws on the next frame, once for however many changes come before it. */
  redraw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #down(event) {
    if (!event.isPrimary || event.button !== 0) return;
    const wasPalm = event.pointerType === "pen" && this.#pointer?.pointerType === "touch";
    if (this.#pointer && !wasPalm) return;
    if (wasPalm) this.#sketch.cancel();
    this.#canvas.blur(); // the keys' pen is out of use
    this.#pointer = event;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#sketch.begin(...this.#place(event), event.timeStamp);
  }

  #move(event) {
    const points = event.getCoalescedEvents?.() ?? [];
    for (const point of points.length ? points : [event]) this.#sketch.extend(...this.#place(point), point.timeStamp);
  }

  #lift(act) {
    this.#pointer = null;
    this.#sketch[act]();
  }

  #isDrawing(event) {
    return event.pointerId === this.#pointer?.pointerId;
  }

  #place(event) {
    const box = this.#canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  /** Arrow keys move the pen by a square, with Shift by a quarter of one; the space bar puts it down and lifts it. */
  #press(event) {
    const arrow = ARROWS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || !(arrow || event.key === " ")) return;
    event.preventDefault();
    const nib = this.#nib;
    if (arrow) {
      const step = (event.shiftKey ? 0.25 : 1) / 28;
      [nib.x, nib.y] = [nib.x, nib.y].map((at, axis) => Math.min(Math.max(at + arrow[axis] * step, 0), 1));
      if (nib.isDown) this.#sketch.extend(nib.x, nib.y, event.timeStamp);
    } else if (!nib.isDown) this.#sketch.begin(nib.x, nib.y, event.timeStamp);
    this.#setNib(arrow ? nib.isDown : !nib.isDown);
  }

  #setNib(isDown) {
    const { classList, style } = byId("nib");
    if (this.#nib.isDown && !isDown) this.#sketch.end();
    this.#nib.isDown = isDown;
    classList.toggle("down", isDown);
    style.left = `${100 * this.#nib.x}%`;
    style.top = `${100 * this.#nib.y}%`;
  }

  #watchSize() {
    const observer = new ResizeObserver(([{ contentRect }]) => {
      const side = Math.round(contentRect.width * devicePixelRatio);
      if (!side || side === this.#canvas.width) return; // none while it is hidden
      this.#canvas.width = this.#canvas.height = side;
      this.#draw(); // now, not on the next frame: a resized canvas is blank
    });
    try {
      observer.observe(this.#canvas, { box: "device-pixel-content-box" }); // notices a zoom, too
    } catch {
      observer.observe(this.#canvas);
    }
  }

  #draw() {
    const context = this.#canvas.getContext("2d");
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    ink(context, this.#sketch.drawing, this.#canvas.width, getComputedStyle(this.#canvas).color);
  }
}

/** Draws a drawing into the square of `side` pixels at the context's origin. */
export function ink(context, drawing, side, color) {
  context.save();
  context.scale(side / SIDE, side / SIDE);
  Object.assign(context, { strokeStyle: color, lineWidth: PEN, lineCap: "round", lineJoin: "round" });
  context.beginPath();
  for (const stroke of drawing) trace(context, stroke);
  context.stroke();
  context.restore();
}

/** A curve through the middles between points, each point its control: smooth, and never far from the pen. */
function trace(context, [xs, ys]) {
  context.moveTo(xs[0], ys[0]);
  for (let i = 1; i < xs.length - 1; i++) {
    context.quadraticCurveTo(xs[i], ys[i], (xs[i] + xs[i + 1]) / 2, (ys[i] + ys[i + 1]) / 2);
  }
  context.lineTo(xs.at(-1) + (xs.length === 1), ys.at(-1)); // a dot needs some length to be drawn
}
