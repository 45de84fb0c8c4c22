// A drawing on paper, and as a small picture.

import { curve, ink } from "../pad/ink.js";
import { SIDE } from "../pad/sketch.js";
import { element } from "./dom.js";

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
