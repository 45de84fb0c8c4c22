// The face that guesses: its eyes follow the pen; style.css gives it its moods.

import { ui } from "./dom.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");

export function live() {
	ui.drawing.addEventListener("pointermove", ({ clientX, clientY }) => {
		if (still.matches) return;
		const { left, top, width, height } = ui.face.getBoundingClientRect();
		const [x, y] = [clientX - left - width / 2, clientY - top - height / 2];
		const far = Math.hypot(x, y, width);
		ui.face.style.setProperty("--look", `${(1.6 * x) / far}px, ${(1.6 * y) / far}px`);
	});
}
