// The paper: shows a sketch on a canvas, crisp at any size and density, and lets one pointer at a time draw on it, or
// the arrow keys.

import { ui } from "./dom.js";
import { ink } from "./ink.js";

const PALM = 2000; // ms after a pen was last seen in which what touches the paper is the hand that holds it
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const canvas = ui.drawing;
let nib = [0.5, 0.5]; // the place of the pen that keys move
let isNibDown = false;
let sketch = { drawing: [] };
let frame = 0;
let pointer = null; // the pointerdown event of the pointer that is drawing
let penSeen = -PALM;

/** From now on shows another sketch, or where nobody draws anything that has a `drawing`, and changes it. */
export function show(next) {
	setNib(false);
	pointer = null;
	sketch = next;
}

/** Draws on the next frame, once for however many changes come before it. */
export function redraw() {
	frame ||= requestAnimationFrame(draw);
}

function draw() {
	frame = 0;
	const side = Math.round(canvas.clientWidth * devicePixelRatio);
	if (!side) return; // hidden
	if (side !== canvas.width) canvas.width = canvas.height = side;
	const context = canvas.getContext("2d");
	context.clearRect(0, 0, side, side);
	ink(context, sketch.drawing, side, getComputedStyle(canvas).color);
}

function press(event) {
	const { pointerType, timeStamp, button } = event;
	const isTouch = pointerType === "touch";
	if (button || (isTouch && timeStamp - penSeen < PALM)) return;
	if (pointer) {
		const wasPalm = pointerType === "pen" && pointer.pointerType === "touch";
		const isPinch = isTouch && sketch.drawing.at(-1)?.[0].length === 1; // the first finger has not moved yet
		if (wasPalm || isPinch) lift("cancel");
		if (!wasPalm) return;
	}
	canvas.blur();
	pointer = event;
	canvas.setPointerCapture(event.pointerId);
	sketch.begin(...place(event), timeStamp);
}

function move(event) {
	const points = event.getCoalescedEvents?.() ?? [];
	for (const point of points.length ? points : [event]) sketch.extend(...place(point), point.timeStamp);
}

function lift(act) {
	pointer = null;
	sketch[act]();
}

function place({ clientX, clientY }) {
	const { left, top, width } = canvas.getBoundingClientRect();
	return [(clientX - left) / width, (clientY - top) / width];
}

const acts = {
	pointerdown: press,
	pointermove: move,
	pointerup: () => lift("end"),
	// the browser takes a touch away when it finds that it was a palm
	pointercancel: ({ pointerType }) => lift(pointerType === "touch" ? "cancel" : "end"),
};
for (const type in acts) {
	canvas[`on${type}`] = (event) => {
		if (event.pointerType === "pen") penSeen = event.timeStamp;
		if (type === "pointerdown" || event.pointerId === pointer?.pointerId) acts[type](event);
	};
}
canvas.oncontextmenu = () => !pointer;
canvas.onblur = () => setNib(false);

/** Arrow keys move the pen by a square, with Shift by a quarter of one; the space bar puts it down and lifts it. */
canvas.onkeydown = (event) => {
	const arrow = ARROWS[event.key];
	if (event.ctrlKey || event.metaKey || event.altKey || !(arrow || event.key === " ")) return;
	event.preventDefault();
	if (arrow) {
		const step = (event.shiftKey ? 0.25 : 1) / 28;
		nib = nib.map((at, axis) => Math.min(Math.max(at + arrow[axis] * step, 0), 1));
		if (isNibDown) sketch.extend(...nib, event.timeStamp);
	} else if (!isNibDown) sketch.begin(...nib, event.timeStamp);
	setNib(arrow ? isNibDown : !isNibDown);
};

function setNib(isDown) {
	if (isNibDown && !isDown) sketch.end();
	isNibDown = isDown;
	ui.nib.classList.toggle("down", isDown);
	const [left, top] = nib.map((at) => `${100 * at}%`);
	Object.assign(ui.nib.style, { left, top });
}

new ResizeObserver(draw).observe(canvas); // now, not on the next frame: a resized canvas is blank
