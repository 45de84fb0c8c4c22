// `node --test tests/web/modules.test.js`, with CASES naming a folder that test_engine.py wrote.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { createRecognizer } from "../../web/doodle-pad.js";
import { actOf } from "../../web/pad/keys.js";
import { drawByPointer } from "../../web/pad/pointer.js";
import { newSketch } from "../../web/pad/sketch.js";
import { join, unit } from "../../web/teach/neighbours.js";
import { compareDrawings, compareModel } from "./compare.js";

const BASE = new URL("../../web/", import.meta.url);
const CASES = new URL(`file://${process.env.CASES}/`);
const read = async (name) => new Uint8Array(await readFile(new URL(name, CASES))).buffer;
const models = (await readdir(CASES)).filter((name) => name.endsWith(".bin")).map((name) => name.slice(0, -4));

test("drawings become the library's bits", async () => {
	assert.deepEqual(await compareDrawings(BASE, read), { ink: 0, maps: 0 });
});

const same = { logits: 0, features: 0, probabilities: 0, among: 0 };
for (const name of models) {
	test(`${name} gives the library's bits by SIMD`, async () => {
		assert.deepEqual(await compareModel(BASE, read, name, true), same);
	});
	test(`${name} gives the library's bits in plain JavaScript`, async () => {
		const most = 100; // it is slow
		assert.deepEqual(await compareModel(BASE, read, name, false, most), same);
	});
}

test("a recognizer answers strokes and bitmaps", async () => {
	const { drawing, answer, bitmap, among } = JSON.parse(new TextDecoder().decode(await read("answers.json")));
	const recognizer = await createRecognizer({ model: "mlp", models: CASES });
	assert.deepEqual(recognizer.labels.toSorted(), answer.top.map(({ label }) => label).toSorted());
	const { bitmap: seen, ...found } = await recognizer.classify(drawing, { top: 0 });
	assert.deepEqual(found, answer);
	assert.deepEqual([...seen], bitmap.flat());
	for (const form of [bitmap, Uint8Array.from(bitmap.flat())]) {
		const { label, top } = await recognizer.classify(form);
		assert.equal(label, answer.label);
		assert.equal(top.length, 5);
	}
	const few = await recognizer.classify(drawing, { among: among.map(({ label }) => label) });
	assert.deepEqual(few.top, among);
	recognizer.close();
});

test("a recognizer refuses what is no drawing, no label and no model", async () => {
	const recognizer = await createRecognizer({ model: new Uint8Array(await read("mlp.bin")) });
	await assert.rejects(recognizer.classify([]), /the drawing is empty/);
	await assert.rejects(recognizer.classify([[[1, 2], [3]]]), /stroke 1 needs as many x as y/);
	await assert.rejects(recognizer.classify([[[1], ["2"]]]), /stroke 1 has a coordinate that is not a number/);
	await assert.rejects(recognizer.classify([[[1], [Number.NaN]]]), /not finite/);
	await assert.rejects(recognizer.classify(new Uint8Array(7)), /784/);
	await assert.rejects(recognizer.classify([[[1], [2]]], { among: ["unicorn tears"] }), /"unicorn tears" is no label/);
	await assert.rejects(recognizer.classify([[[1], [2]]], { among: [] }), /names no label/);
	await assert.rejects(createRecognizer({ model: new Uint8Array(100) }), /no model for the browser/);
	await assert.rejects(createRecognizer({ model: "nothing", models: CASES }), /ENOENT/);
});

test("a sketch knows undo, redo and what is under the pen", () => {
	const sketch = newSketch();
	let changes = 0;
	sketch.onchange = () => changes++;
	sketch.begin(0.5, 0.5, 1000);
	sketch.extend(2, 0.5, 1010); // off the pad
	sketch.extend(2, 0.5001, 1020); // nothing new
	assert.deepEqual(sketch.drawing, [
		[
			[2048, 4096],
			[2048, 2048],
			[0, 10],
		],
	]);
	sketch.end();
	sketch.begin(0, 0, 9000);
	sketch.end();
	assert.deepEqual(sketch.drawing[1], [[0], [0], [310]]);
	sketch.undo();
	assert.equal(sketch.drawing.length, 1);
	sketch.redo();
	assert.equal(sketch.drawing.length, 2);
	sketch.clear();
	assert.deepEqual([sketch.drawing.length, sketch.canUndo, sketch.canRedo], [0, true, false]);
	sketch.undo();
	assert.equal(sketch.drawing.length, 2);
	assert.ok(changes >= 8);
});

test("keys mean what they say", () => {
	const press = (key, modifiers = {}) => actOf({ key, ctrlKey: false, metaKey: false, ...modifiers });
	assert.equal(press("z", { ctrlKey: true }), "undo");
	assert.equal(press("Z", { metaKey: true, shiftKey: true }), "redo");
	assert.equal(press("y", { ctrlKey: true }), "redo");
	assert.equal(press("Delete"), "clear");
	for (const [key, modifiers] of [["z"], ["Delete", { ctrlKey: true }], ["z", { ctrlKey: true, altKey: true }]]) {
		assert.equal(press(key, modifiers), null);
	}
});

test("one pointer at a time draws, and a palm beside a pen does not", () => {
	const canvas = Object.assign(new EventTarget(), {
		blur() {},
		setPointerCapture() {},
		getBoundingClientRect: () => ({ left: 0, top: 0, width: 100 }),
	});
	const sketch = newSketch();
	drawByPointer(canvas, () => sketch);
	const send = (type, pointerId, x, pointerType, timeStamp) => {
		const event = new Event(type);
		Object.defineProperty(event, "timeStamp", { value: timeStamp });
		canvas.dispatchEvent(Object.assign(event, { pointerId, clientX: x, clientY: 50, pointerType, button: 0 }));
	};
	send("pointerdown", 1, 10, "touch", 0);
	send("pointermove", 1, 20, "touch", 10);
	send("pointerdown", 2, 90, "touch", 20); // a second finger
	send("pointerup", 1, 20, "touch", 30);
	assert.equal(sketch.drawing.length, 1);
	send("pointerdown", 3, 30, "pen", 1000);
	send("pointerup", 3, 30, "pen", 1010);
	send("pointerdown", 4, 60, "touch", 1500); // the hand that holds it
	assert.equal(sketch.drawing.length, 2);
	send("pointerdown", 5, 60, "touch", 4000);
	assert.equal(sketch.drawing.length, 3);
});

test("a taught word competes from three examples on, with drawings that are like them", () => {
	const top = [
		{ label: "chair", probability: 0.6 },
		{ label: "bed", probability: 0.1 },
	];
	const answer = (features) => ({ ...top[0], known: true, top, features: Uint8Array.from(features) });
	const examples = [
		[200, 9, 0, 90],
		[190, 0, 4, 99],
		[220, 5, 0, 80],
	].map(unit);
	const like = answer([205, 4, 2, 88]);
	const unlike = answer([3, 200, 90, 0]);
	const name = (given, words) => join(given, new Map(words)).label;
	assert.equal(name(like, [["robot", examples]]), "robot");
	assert.equal(name(like, [["robot", examples.slice(1)]]), "chair");
	assert.equal(name(unlike, [["robot", examples]]), "chair");
	assert.equal(name(like, [["bed", examples]]), "bed"); // a label of the model's own
	const joined = join(like, new Map([["robot", examples]]));
	assert.deepEqual(
		joined.top.map(({ label }) => label),
		["robot", "chair"],
	); // as many as there were
	assert.ok(joined.known && joined.top[0].probability + joined.top[1].probability < 1);
});
