// What benchmarks/teaching.py measures, by the page's own engine and rule: `node teaching.js MODEL.bin LESSONS.json`.

import { readFileSync } from "node:fs";
import { createClassifier } from "../web/engine/classifier.js";
import { join, unit } from "../web/teach/neighbours.js";

const [model, lessons] = process.argv.slice(2).map((file) => readFileSync(file));
const { classify } = await createClassifier(Uint8Array.from(model).buffer);
const { known, others, orders, counts } = JSON.parse(lessons.toString());

const look = (drawing) => classify(drawing, { features: true });
const exam = known.map(([label, drawing]) => ({ label, answer: look(drawing) })); // on what the model knows
const answers = Object.fromEntries(Object.entries(others).map(([word, drawings]) => [word, drawings.map(look)]));

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const share = (items, isRight) => mean(items.map((item) => Number(isRight(item))));

/** How many are right, of what the model knows and of each word, once it was taught `words`. */
function grade(words, order) {
	const right = {};
	for (const word of words.keys()) {
		const tests = order[word].slice(Math.max(...counts)).map((index) => answers[word][index]);
		right[word] = share(tests, (answer) => join(answer, words).label === word);
	}
	return { right, rest: share(exam, ({ label, answer }) => join(answer, words).label === label) };
}

/** The first `count` drawings of each word. */
const examples = (order, count) =>
	new Map(
		Object.keys(others).map((word) => [word, order[word].slice(0, count).map((i) => unit(answers[word][i].features))]),
	);

function summarise(grades) {
	const right = grades.flatMap((grade) => Object.values(grade.right));
	const words = right.filter((part) => part > 0.5).length / orders.length;
	return { right: mean(right), words, rest: mean(grades.map(({ rest }) => rest)) };
}

const rows = counts.map((count) => ({
	count,
	alone: summarise(
		orders.flatMap((order) => [...examples(order, count)].map((lesson) => grade(new Map([lesson]), order))),
	),
	together: summarise(orders.map((order) => grade(examples(order, count), order))),
}));
console.log(JSON.stringify({ before: share(exam, ({ label, answer }) => answer.label === label), rows }));
