// Logits become an answer, as doodle/recognizer.py and doodle/softmax.py do it, to the bit.

const LOGIT_STEPS = 256; // to a logit of 1
// exp(-22) is less than half of 2**-30, so beyond it every exponential is 0
const EXPONENTIALS = Float64Array.from({ length: 22 * LOGIT_STEPS + 1 }, (_, below) =>
	Math.round(Math.exp(-below / LOGIT_STEPS) * 2 ** 30),
);
const exponential = (below) => EXPONENTIALS[Math.min(below, EXPONENTIALS.length - 1)];

/** The probability of each of the logits, integers of 1/256. A `none` logit's share is spread evenly over them. */
export function softmax(logits, none) {
	const largest = Math.max(...logits, none ?? -Infinity);
	const exponentials = Array.from(logits, (logit) => exponential(largest - logit));
	const ofNone = none === null ? 0 : exponential(largest - none);
	const total = (exponentials.reduce((sum, value) => sum + value, 0) + ofNone) * logits.length;
	return exponentials.map((value) => Math.fround((value * logits.length + ofNone) / total));
}

/** The outputs of the labels in `among`, in the model's order; all of them for null. */
export function columns(labels, among) {
	if (!among) return [...labels.keys()];
	const unknown = among.find((label) => !labels.includes(label));
	if (unknown !== undefined) throw new RangeError(`"${unknown}" is no label of this model`);
	if (!among.length) throw new RangeError("`among` names no label");
	return [...labels.keys()].filter((column) => among.includes(labels[column]));
}

/** -> { label, probability, known, top: [{ label, probability }] }; `top` is how many labels it has, 0 for all. */
export function answer(logits, { labels, none_logit, threshold }, { top = 5, among = null } = {}) {
	const possible = columns(labels, among);
	const probabilities = softmax(
		possible.map((column) => logits[column]),
		none_logit,
	);
	const guesses = possible.map((column, i) => ({ label: labels[column], probability: probabilities[i] }));
	guesses.sort((a, b) => b.probability - a.probability); // stable, as on the server
	const likeliest = guesses.slice(0, top || guesses.length);
	return { ...likeliest[0], known: likeliest[0].probability >= threshold, top: likeliest };
}
