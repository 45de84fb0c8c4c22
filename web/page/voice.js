// What the computer says while one draws. Answers come many times a second; a person would be driven mad by them. So it
// looks before it speaks, and changes its mind only for what lasts or leads.

import { a, sureness } from "./words.js";

const LOOK = 400; // ms from the first ink to the first word
const INK = 0.22; // of the paper's side: so much ink comes before the first word, 80 px on a phone, unless the pen is up
const LASTING = { sure: 250, unsure: 500, lost: 500 }; // ms for which it must think otherwise before it says so
const DOUBTING = 1000; // ms for which it must doubt a word that it was sure of
const LEAD = 0.5; // of probability, by which another word is taken at once
const HUNCH = 0.2; // what is less probable is not worth saying

const UNSURE = ["Hmm…", "Or is it…", "Maybe…"];

/**
 * `tell(speech)` hears what to say, { mood, lead, word, note, label }: "Hmm… a book?", "Oh, it's a cat!". Its mood is
 * "lost", "unsure" or "sure"; its label is null where it has no idea.
 */
export function newVoice(tell) {
	let newest = null; // { answer, sketch }
	let began = 0; // when it first saw ink
	let said = null; // { label, mood }
	let rival = null; // { label, mood, since }: what it would say instead
	let count = 0; // of words said
	let timer = 0;

	/** An answer about what is on `sketch`. */
	function hear(answer, sketch) {
		began ||= performance.now();
		newest = { answer, sketch };
		consider();
	}

	function consider() {
		clearTimeout(timer);
		const now = performance.now();
		const { answer, sketch } = newest;
		if (!said) {
			if (now - began < LOOK) return wait(began + LOOK - now);
			if (sketch.isUnderPen && length(sketch.drawing) < INK * 4096) return;
			return say(opinion(answer));
		}
		const next = opinion(answer);
		if (isSame(next, said)) {
			rival = null;
			return tell(speech(answer));
		}
		if (!rival || !isSame(next, rival)) rival = { ...next, since: now };
		const lasting = next.label === said.label && said.mood === "sure" ? DOUBTING : LASTING[next.mood];
		const left = rival.since + lasting - now;
		if (left <= 0 || leads(answer)) say(next);
		else wait(left);
	}

	function say(next) {
		if (next.label !== said?.label && next.label) count++;
		said = next;
		rival = null;
		tell(speech(newest.answer));
	}

	function wait(milliseconds) {
		timer = setTimeout(consider, milliseconds);
	}

	function leads({ label, probability, top }) {
		const ours = top.find((guess) => guess.label === said.label)?.probability ?? 0;
		return label !== said.label && probability - ours > LEAD;
	}

	function speech(answer) {
		const { label, mood } = said;
		if (mood === "lost") return { ...said, lead: "I can't tell yet.", word: "Draw some more", note: "" };
		const note = sureness(answer);
		if (mood === "unsure") return { ...said, lead: UNSURE[(count - 1) % UNSURE.length], word: `${a(label)}?`, note };
		const lead = count > 1 ? "Oh, it's" : answer.probability >= 0.95 ? "That's" : "I see…";
		return { ...said, lead, word: `${a(label)}!`, note };
	}

	return {
		hear,
		/** The paper is empty: the next drawing is looked at anew. */
		rest() {
			clearTimeout(timer);
			[newest, began, said, rival, count] = [null, 0, null, null, 0];
		},
	};
}

function opinion({ label, probability, known }) {
	if (known) return { mood: "sure", label };
	return probability < HUNCH ? { mood: "lost", label: null } : { mood: "unsure", label };
}

const isSame = (one, other) => one.label === other.label && one.mood === other.mood;

/** The ink of a drawing, in 1/4096 of the paper's side. */
function length(drawing) {
	let sum = 0;
	for (const [xs, ys] of drawing) {
		for (let i = 1; i < xs.length; i++) sum += Math.hypot(xs[i] - xs[i - 1], ys[i] - ys[i - 1]);
	}
	return sum;
}
