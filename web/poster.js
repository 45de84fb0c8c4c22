// The picture of a game, to save and to share, and its words.

import { either, percent } from "./dom.js";
import { ink } from "./paper.js";
import { INK, SHEET } from "./take.js";

const [WIDTH, EDGE, SIDE, TOP, ROW] = [1200, 48, 336, 152, 440]; // pixels; a side is 28 squares of 12

/** What the machine thought of a drawing. */
export function thought({ word, answer, seconds }) {
  if (!answer) return "nothing to see";
  if (seconds !== null) return `${percent(answer.probability)} sure, after ${seconds.toFixed(1)} s`;
  const others = answer.top.map(({ label }) => label).filter((label) => label !== word);
  return `it saw ${either(others.slice(0, 3))}`;
}

/** -> a PNG of all rounds of a game, three to a row: a Blob. */
export function poster(rounds) {
  const canvas = new OffscreenCanvas(WIDTH, TOP + Math.ceil(rounds.length / 3) * ROW + 24);
  const context = canvas.getContext("2d");
  const fill = (color, ...box) => {
    context.fillStyle = color;
    context.fillRect(...box);
  };
  const write = (words, color, font, x, y, width) => {
    context.font = `${font} ${getComputedStyle(document.documentElement).fontFamily}`;
    context.fillStyle = color;
    context.fillText(words, x, y, width);
  };
  fill("#e9edf3", 0, 0, canvas.width, canvas.height);
  const hits = rounds.filter(({ seconds }) => seconds !== null).length;
  write(`It guessed ${hits} of my ${rounds.length} doodles`, "#1b2238", "700 56px", EDGE, 100, WIDTH - 2 * EDGE);
  for (const [number, round] of rounds.entries()) {
    context.setTransform(1, 0, 0, 1, EDGE + (number % 3) * (SIDE + EDGE), TOP + Math.floor(number / 3) * ROW);
    fill(SHEET, 0, 0, SIDE, SIDE);
    for (let line = 0; line <= SIDE; line += SIDE / 28) {
      fill("#dbe4f1", line, 0, 1, SIDE);
      fill("#dbe4f1", 0, line, SIDE, 1);
    }
    ink(context, round.drawing, SIDE, INK);
    if (round.seconds !== null) fill("#ffe04a", 0, SIDE + 8, SIDE, 40);
    write(round.word, "#1b2238", "700 30px", 8, SIDE + 38, SIDE);
    write(thought(round), "#535e78", "22px", 8, SIDE + 74, SIDE);
  }
  return canvas.convertToBlob();
}
