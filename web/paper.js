// The paper: shows a sketch on a canvas, crisp at any size and density, and lets one pointer at a time draw on it.

import { SIDE } from "./sketch.js";

const PEN = SIDE / 56; // half a square of the paper's 28

export class Paper {
  #canvas;
  #sketch;
  #frame = 0;
  #pointer = null; // the pointerdown event of the pointer that is drawing

  constructor(canvas, sketch) {
    this.#canvas = canvas;
    this.#sketch = sketch;
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#up(event));
    canvas.addEventListener("pointercancel", (event) => this.#cancel(event));
    canvas.addEventListener("contextmenu", (event) => this.#pointer && event.preventDefault());
    sketch.addEventListener("change", () => this.redraw());
    this.#watchSize();
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
    this.#pointer = event;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#sketch.begin(...this.#place(event));
  }

  #move(event) {
    if (!this.#isDrawing(event)) return;
    const points = event.getCoalescedEvents?.() ?? [];
    for (const point of points.length ? points : [event]) this.#sketch.extend(...this.#place(point));
  }

  #up(event) {
    if (!this.#isDrawing(event)) return;
    this.#pointer = null;
    this.#sketch.end();
  }

  #cancel(event) {
    if (!this.#isDrawing(event)) return;
    this.#pointer = null;
    this.#sketch.cancel();
  }

  #isDrawing(event) {
    return event.pointerId === this.#pointer?.pointerId;
  }

  #place(event) {
    const box = this.#canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  #watchSize() {
    const observer = new ResizeObserver(([{ contentRect }]) => {
      const side = Math.round(contentRect.width * devicePixelRatio);
      if (side === this.#canvas.width) return;
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
    const scale = this.#canvas.width / SIDE;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.strokeStyle = getComputedStyle(this.#canvas).color;
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    for (const stroke of this.#sketch.drawing) trace(context, stroke);
    context.stroke();
  }
}

/** A curve through the middles between points, each point its control: smooth, and never far from the pen. */
function trace(context, [xs, ys]) {
  context.moveTo(xs[0], ys[0]);
  for (let i = 1; i < xs.length - 1; i++) {
    context.quadraticCurveTo(xs[i], ys[i], (xs[i] + xs[i + 1]) / 2, (ys[i] + ys[i + 1]) / 2);
  }
  context.lineTo(xs.at(-1) + (xs.length === 1), ys.at(-1)); // a dot needs some length to be drawn
}
