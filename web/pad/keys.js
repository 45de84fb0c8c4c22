// Keys draw: arrows move the nib by a square, with Shift by a quarter of one; the space bar puts it down and lifts it.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SQUARES = 28; // along the pad's side

/** Has keys on `canvas` draw on the sketch that `current()` gives; `nib` shows where. -> a function that lifts it. */
export function drawByKeys(canvas, nib, current) {
	let place = [0.5, 0.5];
	let isDown = false;

	function set(down) {
		if (isDown && !down) current().end();
		isDown = down;
		nib.part.toggle("nib-down", isDown);
		const [left, top] = place.map((at) => `${100 * at}%`);
		Object.assign(nib.style, { left, top });
	}

	canvas.addEventListener("blur", () => set(false));
	canvas.addEventListener("keydown", (event) => {
		const arrow = ARROWS[event.key];
		if (event.ctrlKey || event.metaKey || event.altKey || !(arrow || event.key === " ")) return;
		event.preventDefault();
		if (arrow) {
			const step = (event.shiftKey ? 0.25 : 1) / SQUARES;
			place = place.map((at, axis) => Math.min(Math.max(at + arrow[axis] * step, 0), 1));
			if (isDown) current().extend(...place, event.timeStamp);
		} else if (!isDown) current().begin(...place, event.timeStamp);
		set(arrow ? isDown : !isDown);
	});
	set(false);
	return () => set(false);
}

const ACTS = { z: "undo", y: "redo", delete: "clear", backspace: "clear" };

/** What a key press does to a drawing: "undo", "redo", "clear" or, most often, nothing. */
export function actOf(event) {
	const act = ACTS[event.key.toLowerCase()];
	const wantsControl = act !== "clear";
	if (!act || event.altKey || wantsControl !== (event.ctrlKey || event.metaKey)) return null;
	return act === "undo" && event.shiftKey ? "redo" : act;
}
