// What the page keeps between visits. Where a browser forbids that, the page works on and forgets.

export function keep(key, value) {
	try {
		localStorage.setItem(`doodle.${key}`, JSON.stringify(value));
	} catch {} // full or forbidden
}

/** -> what was kept, or null: for nothing, and for what is no JSON. */
export function kept(key) {
	try {
		return JSON.parse(localStorage.getItem(`doodle.${key}`));
	} catch {
		return null;
	}
}

/** -> the strokes of the drawing that was kept; none for what is no drawing. */
export function keptDrawing() {
	const isRow = (row, _, [xs]) => row.length > 0 && row.length === xs.length && row.every(Number.isFinite);
	const isStroke = (rows) => rows.length === 3 && rows.every(isRow);
	try {
		const strokes = kept("drawing");
		return strokes.every(isStroke) ? strokes : [];
	} catch {
		return []; // nothing, or nothing of ours
	}
}
