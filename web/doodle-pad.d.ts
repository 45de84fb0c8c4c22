import type { Answer, Stroke } from "./recognizer.js";

export * from "./recognizer.js";

/** Strokes as a pad has them: x and y in 1/4096 of its side, y downwards, and times in ms. */
export type PadStroke = [xs: number[], ys: number[], times: number[]];

/**
 * `<doodle-pad>`: paper to draw on by mouse, touch, pen and keys.
 *
 * Attributes: `model` (a model's name: then the pad guesses), `models` (where it lies), `among` (labels with commas),
 * `top`, `label` (its name for screen readers), `name` (in a form), `controls` (shows undo, redo and clear).
 * Events: `input` (the strokes have changed), `guess`, `progress` and `error`.
 */
export class DoodlePad extends HTMLElement {
	static formAssociated: true;
	/** What is drawn; setting it can be undone. */
	get strokes(): PadStroke[];
	set strokes(strokes: readonly Stroke[]);
	undo(): void;
	redo(): void;
	clear(): void;
	addEventListener<Type extends keyof DoodlePadEventMap>(
		type: Type,
		listener: (this: DoodlePad, event: DoodlePadEventMap[Type]) => unknown,
		options?: boolean | AddEventListenerOptions,
	): void;
	addEventListener(
		type: string,
		listener: EventListenerOrEventListenerObject,
		options?: boolean | AddEventListenerOptions,
	): void;
}

export interface DoodlePadEventMap extends HTMLElementEventMap {
	guess: CustomEvent<Answer>;
	/** How much of the model has come, 0 to 1. */
	progress: CustomEvent<number> & ProgressEvent;
	/** The model could not be had. */
	error: CustomEvent<Error> & ErrorEvent;
}

declare global {
	interface HTMLElementTagNameMap {
		"doodle-pad": DoodlePad;
	}
}
