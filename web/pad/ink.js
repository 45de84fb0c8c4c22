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

/** -> a function that shows a drawing on `canvas`. What is finished is drawn once, so the pen never waits for it. */
export function newInk(canvas) {
	const sheet = document.createElement("canvas"); // holds the finished strokes
	let finished = [];
	let shade = "";

	return (drawing, color) => {
		const side = Math.round(canvas.clientWidth * devicePixelRatio);
		if (!side) return; // hidden
		if (side !== sheet.width || color !== shade || finished.some((stroke, i) => stroke !== drawing[i])) {
			canvas.width = canvas.height = sheet.width = sheet.height = side; // which clears them
			finished = [];
			shade = color;
		}
		const more = drawing.slice(finished.length, -1); // the last one may still grow
		ink(sheet.getContext("2d"), more, side, color);
		finished.push(...more);
		const context = canvas.getContext("2d");
		context.clearRect(0, 0, side, side);
		context.drawImage(sheet, 0, 0);
		ink(context, drawing.slice(finished.length), side, color);
	};
}

/** A stroke as an SVG path through the middles between its points, each point a control: smooth, and near the pen. */
export function curve([xs, ys]) {
	const middle = (row, i) => (row[i] + row[i + 1]) / 2;
	const bends = xs.slice(1, -1).map((x, i) => `Q${x} ${ys[i + 1]} ${middle(xs, i + 1)} ${middle(ys, i + 1)}`);
	return `M${xs[0]} ${ys[0]}${bends.join("")}L${xs.at(-1)} ${ys.at(-1)}h1`; // a dot needs some length to be seen
}
