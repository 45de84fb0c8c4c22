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
