// The drawing: strokes, each [[x...], [y...], [t...]], x and y in 1/4096 of the paper's side, t in ms, with all pauses
// between strokes cut to one length. Knows undo and redo and, given a key, outlives a reload.

import { keep, kept } from "./storage.js";

export const SIDE = 4096;
const STEP = 6; // a point nearer than this to the last one says nothing new
const PAUSE = 300; // ms

export function newSketch(key) {
	const restored = key ? restore(key) : [];
	let states = [[], ...restored.map((_, last) => restored.slice(0, last + 1))]; // as it was, is, and was before undo
	let now = restored.length; // the index of what it is
	let pen = null; // the stroke under the pen
	let zero = 0; // when its time 0 was

	function add(drawing) {
		states = [...states.slice(0, now + 1), drawing];
		go(now + 1);
	}

	function go(index) {
		if (!states[index]) return;
		pen = null;
		now = index;
		if (key) keep(key, states[now]);
		sketch.onchange?.();
	}

	const sketch = {
		onchange: null,

		get drawing() {
			return pen ? [...states[now], pen] : states[now];
		},
		get canUndo() {
			return now > 0;
		},
		get canRedo() {
			return now < states.length - 1;
		},

		/** Puts the pen down on (x, y), 0 to 1 from the paper's left and top. */
		begin(x, y, time) {
			sketch.end();
			const start = (states[now].at(-1)?.[2].at(-1) ?? -PAUSE) + PAUSE;
			zero = time - start;
			pen = [[unit(x)], [unit(y)], [start]];
			sketch.onchange?.();
		},
		extend(x, y, time) {
			if (!pen) return; // undone under the pen
			const [xs, ys, ts] = pen;
			if (Math.hypot(unit(x) - xs.at(-1), unit(y) - ys.at(-1)) < STEP) return;
			xs.push(unit(x));
			ys.push(unit(y));
			ts.push(Math.max(Math.round(time - zero), ts.at(-1)));
			sketch.onchange?.();
		},
		end() {
			if (pen) add(sketch.drawing);
		},
		cancel() {
			go(now);
		},

		undo() {
			sketch.end();
			go(now - 1);
		},
		redo() {
			if (!pen) go(now + 1);
		},
		clear() {
			sketch.end();
			if (states[now].length) add([]);
		},
		/** A fresh sheet, with nothing to undo. */
		reset() {
			states = [[]];
			go(0);
		},
	};
	return sketch;
}

/** What lies off the paper is drawn along its edge: the model sees nothing that its author does not. */
const unit = (fraction) => Math.round(Math.min(Math.max(fraction, 0), 1) * SIDE);

function restore(key) {
	const isRow = (row, _, [xs]) => row.length > 0 && row.length === xs.length && row.every(Number.isFinite);
	const isStroke = (rows) => rows.length === 3 && rows.every(isRow);
	try {
		const strokes = kept(key);
		return strokes.every(isStroke) ? strokes : [];
	} catch {
		return []; // nothing, or nothing of ours
	}
}
