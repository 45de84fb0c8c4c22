// The drawing: strokes, each [[x...], [y...], [t...]], x and y in 1/4096 of the pad's side, t in ms, with all pauses
// between strokes cut to one length. Knows undo and redo.

export const SIDE = 4096;
const STEP = 6; // a point nearer than this to the last one says nothing new
export const PAUSE = 300; // ms

/** -> the history of strokes that were drawn one by one. */
export function historyOf(strokes) {
	return { states: [[], ...strokes.map((_, last) => strokes.slice(0, last + 1))], now: strokes.length };
}

/** A sketch that goes on from a history: drawings as they were, are and were before undo, and the index of what is. */
export function newSketch(history = historyOf([])) {
	let { states, now } = history;
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
		sketch.onchange?.();
	}

	const sketch = {
		onchange: null,

		get drawing() {
			return pen ? [...states[now], pen] : states[now];
		},
		get history() {
			return { states, now };
		},
		get isUnderPen() {
			return pen !== null;
		},
		get canUndo() {
			return now > 0;
		},
		get canRedo() {
			return now < states.length - 1;
		},

		/** Puts the pen down on (x, y), 0 to 1 from the pad's left and top. */
		begin(x, y, time) {
			sketch.end();
			const start = (states[now].at(-1)?.[2]?.at(-1) ?? -PAUSE) + PAUSE;
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

		/** Other strokes in place of these. */
		replace(drawing) {
			sketch.end();
			add(drawing);
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

/** What lies off the pad is drawn along its edge: the model sees nothing that its author does not. */
const unit = (fraction) => Math.round(Math.min(Math.max(fraction, 0), 1) * SIDE);
