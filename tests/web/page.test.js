// `node --test tests/web/page.test.js`: those modules of the page that need no page.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { link, linked } from "../../web/draw/share.js";
import { newVoice } from "../../web/page/voice.js";
import { a, percent, sureness } from "../../web/page/words.js";

const labels = (await readFile(new URL("../../train/categories.txt", import.meta.url), "utf8")).trim().split("\n");

test("labels get the articles that a person gives them", () => {
	const wanted = {
		cat: "a cat",
		hourglass: "an hourglass",
		umbrella: "an umbrella",
		pants: "pants",
		"flip flops": "flip flops",
		"The Mona Lisa": "the Mona Lisa",
	};
	for (const [label, words] of Object.entries(wanted)) assert.equal(a(label), words);
	const singular = ["bus", "cactus", "octopus", "rhinoceros", "school bus"];
	const withArticle = labels.filter((label) => /[^s]s$/.test(label) && a(label) !== label);
	assert.deepEqual(withArticle, singular); // the others that end with an s are several
});

test("nothing is ever certain", () => {
	assert.deepEqual([percent(0), percent(0.004), percent(0.5), percent(1)], ["<1%", "<1%", "50%", "100%"]);
	assert.equal(sureness({ probability: 1 }), "99% sure");
});

test("a link holds a drawing", () => {
	globalThis.location = /** @type {any} */ ({ href: "https://example.org/doodle/?x#draw" });
	const drawing = [
		[
			[0, 1024, 2048, 4096],
			[0, 1024, 2048, 0],
			[0, 160, 320, 640],
		],
		[[2048], [4096], [960]],
	];
	const url = new URL(link(drawing));
	assert.equal(url.origin + url.pathname, "https://example.org/doodle/");
	const corners = [
		[
			[0, 2048, 4096], // the point between lies on a line
			[0, 2048, 0],
			[0, 320, 640],
		],
		[[2048], [4096], [960]],
	];
	assert.deepEqual(linked(url.hash), corners);
	assert.deepEqual(linked(new URL(link(corners)).hash), corners);
});

test("a damaged link holds nothing", () => {
	const hash = new URL(
		link([
			[
				[0, 4096],
				[0, 4096],
				[0, 500],
			],
		]),
	).hash;
	for (const damaged of ["", "#draw", "#look=", "#look=%", "#look=____", hash.slice(0, -2), `${hash}A`]) {
		assert.equal(linked(damaged), null, damaged);
	}
});

const sketch = {
	drawing: [
		[
			[0, 4096],
			[0, 0],
			[0, 0],
		],
	],
	isUnderPen: true,
};
const guess = (label, probability, known = true, rest = 0) => ({
	label,
	probability,
	known,
	top: [
		{ label, probability },
		{ label: "moon", probability: rest },
	],
});

/** A voice in a time of its own; what it has said, one sentence after the other. */
function listen(context) {
	let now = 1;
	context.mock.timers.enable({ apis: ["setTimeout"] });
	context.mock.method(performance, "now", () => now);
	const said = [];
	const voice = newVoice(({ lead, word }) => {
		if (said.at(-1) !== `${lead} ${word}`) said.push(`${lead} ${word}`);
	});
	const wait = (milliseconds) => {
		for (let passed = 0; passed < milliseconds; passed += 10) {
			now += 10;
			context.mock.timers.tick(10);
		}
	};
	return { voice, said, wait };
}

test("it looks before it speaks", (context) => {
	const { voice, said, wait } = listen(context);
	voice.hear(guess("traffic light", 0.4, false), sketch);
	wait(300);
	assert.deepEqual(said, []);
	voice.hear(guess("moon", 0.98), sketch);
	wait(200);
	assert.deepEqual(said, ["That's a moon!"]);
});

test("it says no word of a pen that has hardly moved, and one of a dot", (context) => {
	const { voice, said, wait } = listen(context);
	const dot = [[[100], [100], [0]]];
	voice.hear(guess("moon", 0.9), { drawing: dot, isUnderPen: true });
	wait(2000);
	assert.deepEqual(said, []);
	voice.hear(guess("moon", 0.9), { drawing: dot, isUnderPen: false });
	assert.deepEqual(said, ["I see… a moon!"]);
});

test("it keeps its word where another one flickers", (context) => {
	const { voice, said, wait } = listen(context);
	voice.hear(guess("moon", 0.5, false), sketch);
	wait(500);
	for (let i = 0; i < 20; i++) {
		voice.hear(guess(i % 2 ? "moon" : "face", 0.4, false, 0.3), sketch);
		wait(100);
	}
	assert.deepEqual(said, ["Hmm… a moon?"]);
	voice.hear(guess("face", 0.6, true, 0.3), sketch);
	wait(300);
	assert.deepEqual(said, ["Hmm… a moon?", "Oh, it's a face!"]);
});

test("it changes its mind at once for what leads clearly", (context) => {
	const { voice, said, wait } = listen(context);
	voice.hear(guess("moon", 0.5, false), sketch);
	wait(500);
	voice.hear(guess("cat", 0.9, true, 0.05), sketch);
	assert.deepEqual(said, ["Hmm… a moon?", "Oh, it's a cat!"]);
});

test("it says so where it has no idea, and begins anew on an empty paper", (context) => {
	const { voice, said, wait } = listen(context);
	voice.hear(guess("moon", 0.1, false), sketch);
	wait(500);
	assert.deepEqual(said, ["I can't tell yet. Draw some more"]);
	voice.rest();
	voice.hear(guess("cat", 0.99), sketch);
	wait(500);
	assert.equal(said.at(-1), "That's a cat!");
});
