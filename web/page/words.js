// Labels as a person says them.

// no article: what there are several of, and what can't be counted
const BARE = new Set(
	`animal migration,asparagus,binoculars,bread,broccoli,camouflage,drums,eyeglasses,flip flops,grapes,grass,
	headphones,lightning,matches,pants,peas,pliers,rain,rollerskates,scissors,shorts,stairs,stitches,toothpaste,underwear,
	yoga`.split(/,\s*/),
);

/** "cat" -> "a cat"; "pants", "The Mona Lisa" and what people teach, "my logo" or "Bob", have no article of ours. */
export function a(label) {
	if (BARE.has(label) || /^((my|our|your|an?|the) |(?!The )\p{Lu})/u.test(label)) return label;
	if (label.startsWith("The ")) return `t${label.slice(1)}`;
	return /^([aeio]|u(?!ni)|hour)/i.test(label) ? `an ${label}` : `a ${label}`;
}

export const or = new Intl.ListFormat("en-GB", { type: "disjunction" });
export const either = (names) => or.format(names);

/** A share, 0 to 1. */
export function percent(share) {
	const whole = Math.round(100 * share);
	return whole < 1 ? "<1%" : `${whole}%`;
}

/** A model's probability: nothing is ever certain. */
export const chance = (probability) => percent(Math.min(probability, 0.99));

export const sureness = ({ probability }) => `${chance(probability)} sure`;
