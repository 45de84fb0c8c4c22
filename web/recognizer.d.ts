/** A stroke: x and y of its points, in any coordinate range, y downwards; more lists, such as times, are ignored. */
export type Stroke = readonly [xs: ArrayLike<number>, ys: ArrayLike<number>, ...rest: unknown[]];

/** Strokes; or a bitmap of 28x28 pixels, ink 255 on 0, as 784 bytes or as 28 rows. */
export type Drawing = readonly Stroke[] | Uint8Array | readonly (readonly number[])[];

export interface Guess {
	label: string;
	/** 0 to 1, a float32. */
	probability: number;
}

export interface Answer extends Guess {
	/** Whether the model is sure: the probability reaches its threshold. */
	known: boolean;
	/** The likeliest labels, the likeliest first. */
	top: Guess[];
	/** The model's name. */
	model: string;
	/** The ink that the model saw: 784 bytes, row by row, ink 255 on 0. */
	bitmap: Uint8Array;
	/** What the network's last layer reads, where the options ask for it: drawings that look alike have alike features. */
	features?: Uint8Array;
}

export interface ClassifyOptions {
	/** How many labels `top` has: 5 unless told, 0 for all. */
	top?: number;
	/** The only labels that are possible: the answer is what the model would say if it knew just these. */
	among?: readonly string[] | null;
	/** Whether the answer has `features`, to compare drawings by. */
	features?: boolean;
}

export interface RecognizerOptions {
	/** A model's name ("cnn" unless told, or "mlp"), the address of a .bin file, or such a file's bytes. */
	model?: string | URL | ArrayBuffer | Uint8Array;
	/** Where NAME.bin lies: unless told, in `models/` beside this module. */
	models?: string | URL;
	/** false: compute in the thread that calls, not in a worker. */
	worker?: boolean;
	/** Hears how much of the model has come, 0 to 1. */
	onProgress?: (fraction: number) => void;
	/** Aborts fetching the model. */
	signal?: AbortSignal;
}

export interface Recognizer {
	readonly model: string;
	readonly labels: string[];
	/** The probability from which an answer is `known`. */
	readonly threshold: number;
	/** The version of the program that made the model. */
	readonly version: string;
	/** Rejects with a TypeError for what is no drawing, and with a RangeError for a label that the model does not know. */
	classify(drawing: Drawing, options?: ClassifyOptions): Promise<Answer>;
	/** Ends the worker. */
	close(): void;
}

/** Fetches a model and makes it ready. Rejects where that cannot be had. */
export function createRecognizer(options?: RecognizerOptions): Promise<Recognizer>;
