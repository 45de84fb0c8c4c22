// A drawing as ink.

import { SIDE } from "./sketch.js";

const PEN = SIDE / 56; // half a square of the pad's 28

/** Draws a drawing into the square of `side` pixels at the context's origin. */
export function ink(context, drawing, side, color) {
	context.save();
	context.scale(side / SIDE, side / SIDE);
	Object.assign(context, { strokeStyle: color, lineWidth: PEN, lineCap: "round", lineJoin: "round" });
	context.stroke(new Path2D(drawing.map(curve).join("")));
	context.restore();
}

/** A stroke as an SVG path through the middles between its points, each point a control: smooth, and near the pen. */
export function curve([xs, ys]) {
	const middle = (row, i) => (row[i] + row[i + 1]) / 2;
	const bends = xs.slice(1, -1).map((x, i) => `Q${x} ${ys[i + 1]} ${middle(xs, i + 1)} ${middle(ys, i + 1)}`);
	return `M${xs[0]} ${ys[0]}${bends.join("")}L${xs.at(-1)} ${ys.at(-1)}h1`; // a dot needs some length to be seen
}
