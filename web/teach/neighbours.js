// Words that the page was taught: the features of a drawing are compared with those of each word's examples, and what
// comes of it competes with the model's probabilities. benchmarks/teaching.py measures this; its figures are from there.

export const ENOUGH = 3; // examples from which on a word is known
const FOCUS = 6; // how much more the nearer examples of a word count
const SLOPE = 30; // of the evidence for a word, in nats, over likeness
const EVEN = 0.9; // the likeness at which a word is as likely as what the model is certain of
const CROWD = 0.25; // power of the number of words by which each of them is less likely
const SURE = 0.5; // the probability from which an answer is known

/** Features -> their square roots at length 1: so the cosine of two is that of what both have, as of histograms. */
export function unit(features) {
	return scale(Float32Array.from(features, Math.sqrt));
}

/** How alike a drawing is to a word's examples, all as `unit` gives them, 0 to 1: the cosine between it and their mean, in
 *  which the nearer count more, for some words are drawn in more ways than one. */
function likeness(drawing, examples) {
	const mean = new Float32Array(drawing.length);
	for (const example of examples) {
		const weight = Math.exp(FOCUS * dot(drawing, example));
		for (let i = 0; i < mean.length; i++) mean[i] += weight * example[i];
	}
	return dot(drawing, scale(mean));
}

/** The model's answer, which has `features`, and the examples of each word, Map(word -> units) -> the answer of both. */
export function join(answer, words) {
	const drawing = unit(answer.features);
	const weights = new Map(answer.top.map(({ label, probability }) => [label, probability]));
	const known = [...words].filter(([, examples]) => examples.length >= ENOUGH);
	let total = 1;
	for (const [word, examples] of known) {
		const evidence = Math.exp(SLOPE * (likeness(drawing, examples) - EVEN)) / known.length ** CROWD;
		weights.set(word, (weights.get(word) ?? 0) + evidence);
		total += evidence;
	}
	const guesses = Array.from(weights, ([label, weight]) => ({ label, probability: weight / total }));
	const top = guesses.sort((a, b) => b.probability - a.probability).slice(0, answer.top.length);
	const [{ label, probability }] = top;
	const isKnown = probability >= SURE && (answer.known || words.has(label));
	return { ...answer, label, probability, known: isKnown, top };
}

function scale(vector) {
	const length = Math.sqrt(dot(vector, vector)) || 1;
	return vector.map((value) => value / length);
}

function dot(a, b) {
	let sum = 0;
	for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
	return sum;
}
