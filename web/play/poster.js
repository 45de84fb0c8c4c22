// The picture of a game, to save and to share.

import { sheet } from "../page/ink.js";
import { summary, thought } from "./games.js";

const [WIDTH, EDGE, SIDE, TOP, ROW] = [1200, 48, 336, 152, 440]; // pixels

/** -> a PNG. */
export function poster(game) {
	const canvas = new OffscreenCanvas(WIDTH, TOP + Math.ceil(game.rounds.length / 3) * ROW + 64);
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
	write(summary(game), "700 52px", EDGE, 100, WIDTH - 2 * EDGE);
	write(`${location.host}${location.pathname}`, "28px", EDGE, canvas.height - 36, WIDTH - 2 * EDGE);
	game.rounds.forEach((round, number) => {
		const left = EDGE + (number % 3) * (SIDE + EDGE);
		context.setTransform(1, 0, 0, 1, left, TOP + Math.floor(number / 3) * ROW);
		sheet(context, round.drawing, SIDE);
		if (round.seconds) fill("#ffe04a", 0, SIDE + 8, SIDE, 40);
		write(round.word, "700 30px", 8, SIDE + 38, SIDE - 16);
		write(thought(round), "22px", 8, SIDE + 74, SIDE - 16);
	});
	return canvas.convertToBlob();
}
