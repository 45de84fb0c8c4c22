// Ramer-Douglas-Peucker, as Google simplified its drawings, so that a screen's dense points look like the data's.

const TOLERANCE = (2 * 28) / 304; // pixels: 2 units
const MAX_LEVELS = 32; // of runs that are split; below, all points stay, so that the work is bounded

/** A stroke [xs, ys, ...] in pixels -> all its rows without the points that lie within TOLERANCE of the line through the
 *  others. */
export function simplify(stroke) {
	const [xs, ys] = stroke;
	const last = xs.length - 1;
	const keep = new Set([0, last]);
	let runs = [[0, last]]; // between two points that are kept
	for (let level = 0; level < MAX_LEVELS; level++) {
		runs = runs.flatMap(([first, last]) => {
			if (last - first < 2) return [];
			const [farthest, distance2] = findFarthest(xs, ys, first, last);
			if (!(distance2 > TOLERANCE * TOLERANCE)) return [];
			keep.add(farthest);
			return [
				[first, farthest],
				[farthest, last],
			];
		});
	}
	for (const [first, last] of runs) for (let i = first; i < last; i++) keep.add(i);
	return stroke.map((row) => row.filter((_, i) => keep.has(i)));
}

/** Between `first` and `last`: the point farthest from the segment that joins them, and its distance squared. */
function findFarthest(xs, ys, first, last) {
	const [x0, y0] = [xs[first], ys[first]];
	const [alongX, alongY] = [xs[last] - x0, ys[last] - y0];
	const length2 = alongX * alongX + alongY * alongY || 1;
	const [unitX, unitY] = [alongX / length2, alongY / length2];
	let [farthest, largest] = [0, -1];
	for (let i = first + 1; i < last; i++) {
		let dx = xs[i] - x0;
		let dy = ys[i] - y0;
		const t = Math.min(Math.max(dx * unitX + dy * unitY, 0), 1);
		dx -= t * alongX;
		dy -= t * alongY;
		const distance2 = dx * dx + dy * dy;
		if (distance2 > largest) [farthest, largest] = [i, distance2];
	}
	return [farthest, largest];
}
