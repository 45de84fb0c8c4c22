// <doodle-pad>: paper to draw on by mouse, touch, pen and keys, which can guess what is drawn. docs/embed.md says how it
// is used, doodle-pad.d.ts describes it.

import { newGuesser } from "./pad/guesser.js";
import { newInk } from "./pad/ink.js";
import { actOf, drawByKeys } from "./pad/keys.js";
import { drawByPointer } from "./pad/pointer.js";
import { newSketch } from "./pad/sketch.js";
import { style } from "./pad/style.js";

export { createRecognizer } from "./recognizer.js";

const SETTLED = 700; // ms without a change after which a guess is read out

const CONTENT = `<div part="paper"><canvas part="canvas" tabindex="0" role="application"
	aria-description="Arrow keys move the pen, the space bar puts it down and lifts it."></canvas><span part="nib"></span></div>
	<div part="controls"><button type="button" part="undo">Undo</button><button type="button" part="redo">Redo</button>
	<button type="button" part="clear">Clear</button></div><span part="status" role="status"></span>`;

// Node.js has no elements; what else the module holds works there
const Element = globalThis.HTMLElement ?? class {};

export class DoodlePad extends Element {
	static formAssociated = true;
	static observedAttributes = ["model", "models", "among", "top", "label"];

	#internals = this.attachInternals();
	#root = this.attachShadow({ mode: "open", delegatesFocus: true });
	#sketch = newSketch();
	#guess = newGuesser((type, detail) => this.#tell(type, detail));
	#letGo;
	#canvas;
	#ink;
	#frame = 0;
	#timer = 0;

	constructor() {
		super();
		this.#root.innerHTML = CONTENT;
		this.#root.adoptedStyleSheets = [style()];
		this.#canvas = this.#root.querySelector("canvas");
		this.#ink = newInk(this.#canvas);
		const current = () => this.#sketch;
		const release = drawByPointer(this.#canvas, current);
		const lift = drawByKeys(this.#canvas, this.#root.querySelector("[part=nib]"), current);
		this.#letGo = () => [release(), lift()];
		for (const button of this.#root.querySelectorAll("button")) {
			button.onclick = () => this[button.part]();
		}
		this.#root.addEventListener("keydown", (event) => {
			const act = event.defaultPrevented ? null : actOf(event);
			if (act) this[act]();
			if (act) event.preventDefault();
		});
		new ResizeObserver(() => this.#draw()).observe(this.#canvas); // now, not on the next frame: it is blank
		this.sketch = this.#sketch;
	}

	/** What is drawn on, a sketch of pad/sketch.js. */
	get sketch() {
		return this.#sketch;
	}
	set sketch(sketch) {
		if (sketch !== this.#sketch) this.#letGo();
		this.#sketch.onchange = null;
		this.#sketch = sketch;
		sketch.onchange = () => this.#changed();
		this.#changed();
	}

	get strokes() {
		return this.#sketch.drawing;
	}
	set strokes(strokes) {
		this.#sketch.replace(strokes);
	}

	undo() {
		this.#sketch.undo();
	}
	redo() {
		this.#sketch.redo();
	}
	clear() {
		this.#sketch.clear();
	}

	attributeChangedCallback(name) {
		if (name === "label") this.#describe();
		else this.#ask();
	}

	formResetCallback() {
		this.clear();
	}

	#changed() {
		this.#frame ||= requestAnimationFrame(() => this.#draw()); // once for however many changes come before it
		this.#describe();
		if (!this.#sketch.isUnderPen) this.#internals.setFormValue(this.#value()); // it takes long for a large drawing
		this.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
		this.#ask();
	}

	#value() {
		return this.strokes.length ? JSON.stringify(this.strokes.map(([xs, ys]) => [xs, ys])) : "";
	}

	#describe() {
		const count = this.strokes.length;
		const state = count ? `${count} stroke${count > 1 ? "s" : ""}` : "empty";
		this.#canvas.setAttribute("aria-label", `${this.getAttribute("label") ?? "Your drawing"}: ${state}`);
		for (const [part, isAble] of [
			["undo", this.#sketch.canUndo],
			["redo", this.#sketch.canRedo],
			["clear", count],
		]) {
			const button = this.#root.querySelector(`[part=${part}]`);
			button.setAttribute("aria-disabled", !isAble); // not `disabled`, which loses the focus
		}
	}

	#ask() {
		const [model, models, among, top] = ["model", "models", "among", "top"].map((name) => this.getAttribute(name));
		if (model === null || !this.isConnected) return;
		const labels = among
			?.split(",")
			.map((label) => label.trim())
			.filter(Boolean);
		const options = { top: top === null ? 5 : Number(top), among: labels?.length ? labels : null };
		this.#guess({ drawing: this.strokes, model: model || "cnn", models, options });
	}

	#tell(type, detail) {
		if (type === "guess") {
			if (!this.strokes.length) return; // it was cleared meanwhile
			clearTimeout(this.#timer);
			const status = this.#root.querySelector("[part=status]");
			this.#timer = setTimeout(() => (status.textContent = detail.label), SETTLED);
		}
		this.dispatchEvent(new CustomEvent(type, { detail, bubbles: type === "guess", composed: true }));
	}

	connectedCallback() {
		this.#ask(); // so that the model comes before it is wanted
	}

	#draw() {
		this.#frame = 0;
		this.#ink(this.strokes, getComputedStyle(this.#canvas).color);
	}
}

globalThis.customElements?.define("doodle-pad", DoodlePad);
