// Taking along: the drawing as a picture and as a line of Quick, Draw! .ndjson.

import { element } from "./dom.js";
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
