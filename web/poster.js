// The picture of a game, to save and to share, and its words.

import { sheet } from "./ink.js";
import { either, percent } from "./words.js";

const [WIDTH, EDGE, SIDE, TOP, ROW] = [1200, 48, 336, 152, 440]; // pixels

export const score = (rounds) => `${rounds.filter(({ seconds }) => seconds).length} of ${rounds.length}`;

export function thought({ word, answer, seconds }) {
	if (!answer) return "nothing to see";
	if (seconds) return `${percent(answer.probability)} sure, after ${seconds.toFixed(1)} s`;
	const others = answer.top.map(({ label }) => label).filter((label) => label !== word);
	return `it saw ${either(others.slice(0, 3))}`;
}

export function poster(rounds) {
	const canvas = new OffscreenCanvas(WIDTH, TOP + Math.ceil(rounds.length / 3) * ROW + 24);
	const context = canvas.getContext("2d");
	const fill = (color, x, y, width, height) => {
		context.fillStyle = color;
		context.fillRect(x, y, width, height);
	};
	const write = (words, font, x, y, most) => {
		context.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
		context.fillStyle = "#1b2238";
		context.fillText(words, x, y, most);
	};
	fill("#e9edf3", 0, 0, canvas.width, canvas.height);
	write(`It guessed ${score(rounds)} doodles of mine`, "700 56px", EDGE, 100, WIDTH - 2 * EDGE);
	rounds.forEach((round, number) => {
		const left = EDGE + (number % 3) * (SIDE + EDGE);
		context.setTransform(1, 0, 0, 1, left, TOP + Math.floor(number / 3) * ROW);
		sheet(context, round.drawing, SIDE);
		if (round.seconds) fill("#ffe04a", 0, SIDE + 8, SIDE, 40);
		write(round.word, "700 30px", 8, SIDE + 38, SIDE - 16);
		write(thought(round), "22px", 8, SIDE + 74, SIDE - 16);
	});
	return canvas.convertToBlob();
}
