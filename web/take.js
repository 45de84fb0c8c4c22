// Taking along: the drawing as a picture and as a line of Quick, Draw! .ndjson; and a picture brought along.

import { byId } from "./dom.js";
import { ink } from "./paper.js";

const PIXELS = 1024; // a side of the picture
export const SHEET = "#fdfdfb";
export const INK = "#1d2b70";

/** -> the drawing as a PNG: a Blob. */
export function picture(drawing) {
  const canvas = new OffscreenCanvas(PIXELS, PIXELS);
  const context = canvas.getContext("2d");
  context.fillStyle = SHEET;
  context.fillRect(0, 0, PIXELS, PIXELS);
  ink(context, drawing, PIXELS, INK);
  return canvas.convertToBlob();
}

/** -> the drawing as a line of the raw Quick, Draw! .ndjson: strokes of x, y and time in milliseconds. A Blob. */
export function line(drawing, answer) {
  const timestamp = new Date().toISOString();
  const [word, recognized] = [answer?.label ?? "", answer?.known ?? false];
  const fields = { word, countrycode: "", timestamp, recognized, key_id: String(Date.now()), drawing };
  return new Blob([`${JSON.stringify(fields)}\n`], { type: "application/x-ndjson" });
}

export function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // a download may begin late
}

/** Calls `onFile(file)` for what is dropped on the page, pasted, or chosen by the button. */
export function receive(onFile) {
  const take = ({ files }) => files[0] && onFile(files[0]);
  const hasFile = (event) => event.dataTransfer.types.includes("Files");
  const hint = (shown) => byId("paper").classList.toggle("drop", shown);
  addEventListener("dragover", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    hint(true);
  });
  addEventListener("dragleave", (event) => event.relatedTarget ?? hint(false));
  addEventListener("drop", (event) => {
    hint(false);
    if (!hasFile(event)) return;
    event.preventDefault();
    take(event.dataTransfer);
  });
  addEventListener("paste", (event) => take(event.clipboardData));
  byId("file").addEventListener("change", (event) => {
    take(event.target);
    event.target.value = ""; // so that the same file can be chosen again
  });
}
