// One pointer at a time draws: a mouse, a finger, or a pen, whose hand is told from a finger.

const PALM = 2000; // ms after a pen was last seen in which what touches the pad is the hand that holds it

/** Has pointers on `canvas` draw on the sketch that `current()` gives. -> a function that lets go of the pointer. */
export function drawByPointer(canvas, current) {
	let pointer = null; // the pointerdown event of the pointer that is drawing
	let penSeen = -PALM;

	function press(event) {
		const { pointerType, timeStamp, button } = event;
		const isTouch = pointerType === "touch";
		if (button || (isTouch && timeStamp - penSeen < PALM)) return;
		if (pointer) {
			const wasPalm = pointerType === "pen" && pointer.pointerType === "touch";
			const isPinch = isTouch && current().drawing.at(-1)?.[0].length === 1; // the first finger has not moved yet
			if (wasPalm || isPinch) lift("cancel");
			if (!wasPalm) return;
		}
		canvas.blur();
		pointer = event;
		canvas.setPointerCapture(event.pointerId);
		current().begin(...place(event), timeStamp);
	}

	function move(event) {
		const points = event.getCoalescedEvents?.() ?? [];
		for (const point of points.length ? points : [event]) current().extend(...place(point), point.timeStamp);
	}

	function lift(act) {
		pointer = null;
		current()[act]();
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
		canvas.addEventListener(type, (event) => {
			if (event.pointerType === "pen") penSeen = event.timeStamp;
			if (type === "pointerdown" || event.pointerId === pointer?.pointerId) acts[type](event);
		});
	}
	canvas.addEventListener("contextmenu", (event) => pointer && event.preventDefault());

	return () => (pointer = null);
}
