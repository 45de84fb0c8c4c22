// What the page keeps: settings and the newest drawing between visits, and in each tab its own drawing with all of undo.
// Where a browser forbids that, the page works on and forgets.

import { historyOf } from "../pad/sketch.js";

const TAB = "sessionStorage"; // which a reload leaves as it is

let current = null; // the drawing that was kept last

/** -> whether there was room, and leave, for it. */
export function keep(key, value, storage = "localStorage") {
	try {
		window[storage].setItem(`doodle.${key}`, JSON.stringify(value));
		return true;
	} catch {
		return false;
	}
}

/** -> what was kept, or null: for nothing, and for what is no JSON. */
export function kept(key, storage = "localStorage") {
	try {
		return JSON.parse(window[storage].getItem(`doodle.${key}`));
	} catch {
		return null;
	}
}

/** Keeps the history of a sketch for this tab, and what it is now for the next one. */
export function keepHistory({ states, now }) {
	if (states[now] === current) return;
	current = states[now];
	keep("drawing", current);
	let first = 0;
	while (!keep("history", pack(states.slice(first), now - first), TAB)) {
		if (first === now) return keep("history", null, TAB); // not even this one has room
		first = Math.ceil((first + now) / 2); // what is longest ago is forgotten
	}
}

/** -> the history of this tab's sketch, else of the newest drawing, for newSketch. */
export function keptHistory() {
	const read = [() => unpack(kept("history", TAB)), () => historyOf(kept("drawing").map(checked))];
	for (const attempt of read) {
		try {
			const history = attempt();
			current = history.states[history.now];
			return history;
		} catch {} // nothing, or nothing of ours
	}
	return historyOf([]);
}

/** A picture, as a data URL, on a sheet without strokes: a state of a sketch. */
export const pictured = (url) => Object.assign([], { picture: url });

/**
 * Each stroke once. A state is how many strokes it has in common with the one before, and the numbers of its others; or
 * a picture.
 */
function pack(states, now) {
	const numbers = new Map(); // by stroke
	const numberOf = (stroke) => numbers.get(stroke) ?? numbers.set(stroke, numbers.size).get(stroke);
	let before = [];
	const packed = states.map((state) => {
		let shared = 0;
		while (shared < state.length && state[shared] === before[shared]) shared++;
		before = state;
		return state.picture ?? [shared, ...state.slice(shared).map(numberOf)];
	});
	return { strokes: [...numbers.keys()], states: packed, now };
}

/** Throws where this is none. */
function unpack({ strokes, states: packed, now }) {
	let state = [];
	const next = ([shared, ...numbers]) => [
		...state.slice(0, shared),
		...numbers.map((number) => checked(strokes[number])),
	];
	const states = packed.map((entry) => {
		state = typeof entry === "string" ? pictured(entry) : next(entry);
		return state;
	});
	if (!Number.isInteger(now) || !states[now]) throw new Error("there is no such state");
	return { states, now };
}

function checked(stroke) {
	const isRow = (row) => row.length > 0 && row.length === stroke[0].length && row.every(Number.isFinite);
	if (stroke.length !== 3 || !stroke.every(isRow)) throw new Error("this is no stroke");
	return stroke;
}
