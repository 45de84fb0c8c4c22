// Taking along: the drawing as a picture and as a line of Quick, Draw! .ndjson, to save, to copy and to send.

import { element, toast } from "../page/dom.js";
import { sheet } from "../page/ink.js";

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

/** Hands an address on: by what the system offers for it, or else by the clipboard. */
export async function send(title, url) {
	if (!navigator.share) return copyLink(url);
	return navigator.share({ title, url }).catch(() => {}); // on second thoughts
}

/** Where the clipboard is closed, the page's own address becomes the one to copy. */
export async function copyLink(url) {
	if (await copy((clipboard) => clipboard.writeText(url), "Link copied. Who can guess it?")) return;
	toast("Copy the address of this page.");
	history.replaceState(history.state, "", url);
}

/** Has `write(clipboard)` copy something, and says that it `did` or that it could not: there is no clipboard without https. */
export async function copy(write, did) {
	try {
		await write(navigator.clipboard);
		toast(did);
		return true;
	} catch {
		toast("The clipboard is closed to this page.");
		return false;
	}
}
