// The bitmap: 28 x 28 squares, each filled as far as the model sees ink in it. Enlarging and ruling are the style sheet's.

const SQUARES = 28;

export class Bitmap {
  #canvas;
  #ink = new Uint8Array(SQUARES * SQUARES);

  constructor(canvas) {
    this.#canvas = canvas;
  }

  /** Shows 784 bytes, row by row, 255 for full ink. */
  show(ink) {
    this.#ink = ink;
    const inked = ink.reduce((count, value) => count + (value > 0), 0);
    const words = inked ? `${inked} of ${ink.length} squares have ink` : "nothing yet";
    this.#canvas.setAttribute("aria-label", `What the model sees: ${words}`);
    this.redraw();
  }

  clear() {
    this.show(new Uint8Array(SQUARES * SQUARES));
  }

  /** Draws anew, in the ink that the colour scheme now has. */
  redraw() {
    const context = this.#canvas.getContext("2d");
    const image = context.createImageData(SQUARES, SQUARES);
    this.#ink.forEach((value, square) => (image.data[4 * square + 3] = value));
    context.putImageData(image, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = getComputedStyle(this.#canvas).color;
    context.fillRect(0, 0, SQUARES, SQUARES);
    context.globalCompositeOperation = "source-over";
  }
}
