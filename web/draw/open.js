// Bringing along: a picture, or a line of Quick, Draw! .ndjson, chosen by the button, dropped or pasted.

import { hasServer } from "../host.js";
import { ui } from "../page/dom.js";
import { readLine } from "./ndjson.js";

const LINE = 2 ** 20; // bytes of a file among which its first line is
const ROOM = 2 ** 20; // characters of a picture's address, which the tab keeps
const FORMS = [
	{ type: "image/png", pixels: 2048 },
	{ type: "image/jpeg", pixels: 2048 }, // for photographs
	{ type: "image/jpeg", pixels: 1024 },
];

/**
 * Hears of files: `onPicture(url)` of a picture as a data URL, `onDrawing(strokes)` of strokes for the pad, and
 * `onTrouble(message)` of what is neither.
 */
export function receive({ onPicture, onDrawing, onTrouble }) {
	async function take({ files }) {
		const [file] = files;
		if (!file) return;
		try {
			if (/json/.test(file.name + file.type)) onDrawing(readLine(await file.slice(0, LINE).text()));
			else onPicture(await readPicture(file));
		} catch ({ message }) {
			onTrouble(message);
		}
	}

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
	if (hasServer) return;
	ui.file.accept = ".ndjson";
	ui.file.nextSibling.textContent = "Open strokes";
}

/** A picture of any kind that the browser knows -> a data URL of one that the server knows. */
async function readPicture(file) {
	if (!hasServer) throw new Error("Without a server I can't look at pictures. Saved strokes (.ndjson) I can open.");
	const image = new Image();
	image.src = URL.createObjectURL(file);
	try {
		await new Promise((resolve, reject) => Object.assign(image, { onload: resolve, onerror: reject }));
	} catch {
		throw new Error("That isn't a picture. Try a PNG or JPEG.");
	}
	const isVector = file.type.startsWith("image/svg");
	let url = "";
	for (const { type, pixels } of FORMS) {
		url = await addressOf(await onPaper(image, pixels, isVector).convertToBlob({ type }));
		if (url.length <= ROOM) break;
	}
	URL.revokeObjectURL(image.src);
	return url;
}

/** The picture, its longer side at most so many pixels. Where it is transparent, there is paper that shows its ink. */
function onPaper(image, pixels, isVector) {
	const { naturalWidth = 0, naturalHeight = 0 } = image;
	const [width, height] = naturalWidth && naturalHeight ? [naturalWidth, naturalHeight] : [pixels, pixels];
	const scale = pixels / Math.max(width, height, isVector ? 0 : pixels);
	const canvas = new OffscreenCanvas(Math.ceil(width * scale), Math.ceil(height * scale));
	const context = canvas.getContext("2d");
	context.drawImage(image, 0, 0, canvas.width, canvas.height);
	context.globalCompositeOperation = "destination-over";
	context.fillStyle = isLight(canvas) ? "#000" : "#fff";
	context.fillRect(0, 0, canvas.width, canvas.height);
	return canvas;
}

/** Whether what is on a canvas is light on the whole. */
function isLight(canvas) {
	const context = new OffscreenCanvas(64, 64).getContext("2d");
	context.drawImage(canvas, 0, 0, 64, 64);
	const { data } = context.getImageData(0, 0, 64, 64);
	let [light, all] = [0, 0];
	for (let i = 0; i < data.length; i += 4) {
		light += (data[i + 1] / 255) * data[i + 3]; // green makes most of the lightness
		all += data[i + 3];
	}
	return light > 0.6 * all;
}

function addressOf(blob) {
	return new Promise((resolve) => {
		const reader = new FileReader();
		reader.onload = () => resolve(reader.result);
		reader.readAsDataURL(blob);
	});
}
