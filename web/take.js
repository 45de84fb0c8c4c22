// Taking along: the drawing as a picture and as a line of Quick, Draw! .ndjson; and a picture brought along.

import { element, ui } from "./dom.js";
import { sheet } from "./ink.js";

const PIXELS = 1024; // a side of the picture

export function picture(drawing) {
	const canvas = new OffscreenCanvas(PIXELS, PIXELS);
	sheet(canvas.getContext("2d"), drawing, PIXELS);
	return canvas.convertToBlob();
}

export function line(drawing, answer) {
	const timestamp = new Date().toISOString();
	const { label: word = "", known: recognized = false } = answer ?? {};
	const fields = { word, countrycode: "", timestamp, recognized, key_id: String(Date.now()), drawing };
	return new Blob([`${JSON.stringify(fields)}\n`], { type: "application/x-ndjson" });
}

export function save(blob, download) {
	const href = URL.createObjectURL(blob);
	element("a", { href, download }).click();
	setTimeout(() => URL.revokeObjectURL(href), 60_000); // a download may begin late
}

/** Calls `onFile(file)` for what is dropped on the page, pasted, or chosen by the button. */
export function receive(onFile) {
	const take = ({ files }) => files[0] && onFile(files[0]);
	const allow = (event) => event.dataTransfer.types.includes("Files") && event.preventDefault();
	addEventListener("dragover", allow);
	addEventListener("drop", (event) => {
		allow(event);
		take(event.dataTransfer);
	});
	addEventListener("paste", (event) => take(event.clipboardData));
	ui.file.onchange = ({ target }) => {
		take(target);
		target.value = ""; // so that the same file can be chosen again
	};
}
