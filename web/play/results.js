// The end of a game: its score, its doodles, each to be looked at again, and ways to show it to others.

import { frames } from "../draw/replay.js";
import { link } from "../draw/share.js";
import { copy, copyLink, save } from "../draw/take.js";
import { meanOf } from "../learn/explore.js";
import { curve } from "../pad/ink.js";
import { element, ui } from "../page/dom.js";
import { thumbnail } from "../page/ink.js";
import { a } from "../page/words.js";
import { brag, record, score, summary, thought } from "./games.js";
import { poster } from "./poster.js";

let game = null;
let shown = null; // the round in the dialog

/** Shows a game of games.js that is over. */
export function showResults(played) {
	game = played;
	ui.score = `It guessed ${score(game)}`;
	ui.verdict = record(game);
	ui.gallery.replaceChildren(
		...game.rounds.map((round) => {
			const button = element("button", { onclick: () => open(round) }, ...doodle(round));
			return element("li", {}, button);
		}),
	);
	ui.score.focus();
}

/** A doodle, its word, and what the computer made of it. */
export function doodle(round) {
	const picture = thumbnail(round.drawing, `Your ${round.word}`);
	const name = element("b", { className: round.seconds ? "hit" : "" }, round.word);
	return [picture, name, " ", element("span", {}, thought(round))];
}

function open(round) {
	ui["closer-word"] = a(round.word);
	ui["closer-thought"] = thought(round);
	ui["closer-mean"].replaceChildren(meanOf(round.word));
	ui["closer-heard"].replaceChildren(
		...round.guesses.map(({ seconds, text }) =>
			element("li", {}, element("span", {}, `${seconds.toFixed(1)} s`), ` ${text}`),
		),
	);
	history.pushState("closer", ""); // so that "back" closes it
	ui.closer.showModal();
	replay(round);
}

async function replay(round) {
	shown = round;
	const { drawing, guesses } = round;
	const picture = thumbnail(drawing, `Your ${round.word}`);
	ui["closer-yours"].replaceChildren(picture);
	if (!drawing.length) return;
	const path = picture.querySelector("path");
	for await (const part of frames(drawing)) {
		if (!path.isConnected) return;
		path.setAttribute("d", part.map(curve).join(""));
		const points = count(part);
		guesses.forEach((guess, i) => ui["closer-heard"].children[i].toggleAttribute("data-said", guess.points <= points));
	}
}

export const count = (drawing) => drawing.reduce((sum, [xs]) => sum + xs.length, 0);

ui.closer.onclose = () => {
	ui["closer-yours"].replaceChildren(); // ends the replay
	if (history.state === "closer") history.back();
};
addEventListener("popstate", () => ui.closer.close());
ui["closer-again"].onclick = () => replay(shown);
ui["closer-link"].onclick = () => copyLink(link(shown.drawing));
ui["closer-close"].onclick = () => ui.closer.close();

const file = (...parts) => new File(parts, "doodle-game.png", { type: "image/png" });

ui.poster.onclick = async () => save(await poster(game), "doodle-game.png");
ui["copy-image"].hidden = !globalThis.ClipboardItem;
ui["copy-image"].onclick = () =>
	copy((clipboard) => clipboard.write([new ClipboardItem({ "image/png": poster(game) })]), "Picture copied.");
ui["copy-result"].onclick = () =>
	copy((clipboard) => clipboard.writeText(brag(game)), "Result copied. Paste it to a friend!");
ui["share-game"].hidden = !navigator.canShare?.({ files: [file()] });
ui["share-game"].onclick = async () => {
	const share = { files: [file(await poster(game))], title: summary(game), text: brag(game) };
	await navigator.share(share).catch(() => {}); // on second thoughts
};
