// A drawing as ink: on a canvas, and as a small picture.

import { element } from "./dom.js";
import { SIDE } from "./sketch.js";

const PEN = SIDE / 56; // half a square of the paper's 28

/** Draws a drawing into the square of `side` pixels at the context's origin. */
export function ink(context, drawing, side, color) {
	context.save();
	context.scale(side / SIDE, side / SIDE);
	Object.assign(context, { strokeStyle: color, lineWidth: PEN, lineCap: "round", lineJoin: "round" });
	context.stroke(new Path2D(drawing.map(curve).join("")));
	context.restore();
}

/** Draws it on paper, for what is taken along. */
export function sheet(context, drawing, side) {
	context.fillStyle = "#fdfdfb";
	context.fillRect(0, 0, side, side);
	ink(context, drawing, side, "#1d2b70");
}

export function thumbnail(drawing, label) {
	const innerHTML = `<svg viewBox="0 0 ${SIDE} ${SIDE}"><path d="${drawing.map(curve).join("")}"/></svg>`;
	return element("div", { className: "thumbnail", role: "img", ariaLabel: label, innerHTML });
}

/** A stroke as an SVG path through the middles between its points, each point a control: smooth, and near the pen. */
function curve([xs, ys]) {
	const middle = (row, i) => (row[i] + row[i + 1]) / 2;
	const bends = xs.slice(1, -1).map((x, i) => `Q${x} ${ys[i + 1]} ${middle(xs, i + 1)} ${middle(ys, i + 1)}`);
	return `M${xs[0]} ${ys[0]}${bends.join("")}L${xs.at(-1)} ${ys.at(-1)}h1`; // a dot needs some length to be seen
}
