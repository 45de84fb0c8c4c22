// What the model knows: a searchable grid of its categories, and a card for each that opens. #learn/cat and #draw/cat are
// addresses of the card of "cat", so that the browser's back button closes it.

import { request } from "../page/classify.js";
import { element, sample } from "../page/dom.js";
import { a, or, percent } from "../page/words.js";

let model = null; // as GET /models describes it
let tryIt = null; // what "Try it" does with a label
let counted = null; // what the report counted, once it was asked for
let isFromHere = false; // the page was open before the card was, so going back closes it
const grids = []; // functions that show another model's categories

const dialog = element("dialog", { id: "about", closedBy: "any" });
document.body.append(dialog);

/** `onTry(label)` is called when somebody wants to draw what a card shows. */
export function use(chosen, onTry) {
	[model, tryIt, counted] = [chosen, onTry, null];
	for (const fill of grids) fill();
	follow();
}

/** -> how people draw it: the mean of drawings that are alike. Blank where the model has no report, or not this label. */
export function meanOf(label, alt = `${label}, as people draw it`) {
	const { labels, report } = model;
	const row = labels.indexOf(label);
	const sheet = element("div", { className: "sheet mean" });
	if (!report || row < 0) return sheet;
	const picture = element("img", { loading: "lazy", alt, src: `${report}means.png` }); // a column of all labels
	picture.style.objectPosition = `0 ${(100 * row) / Math.max(labels.length - 1, 1)}%`;
	sheet.append(picture);
	return sheet;
}

/** -> by label: how many test `drawings`, and how many of these were `taken_for` what. Nothing where there is no report. */
export async function counts() {
	counted ??= model.report && request(`${model.report}categories.json`).catch(() => null);
	return (await counted) ?? {};
}

/** A link that opens the card of `label` over `view`. */
export function link(label, view, ...content) {
	return element("a", { href: `#${view}/${encodeURIComponent(label)}` }, ...content);
}

/** The mean and the name of `label`, which open its card. */
export const tile = (label, view) => link(label, view, meanOf(label, ""), element("b", {}, label));

/** Fills `container` with a search field and the cards it finds, `most` of them or all; before anything is typed, `few` others. */
export function mountSearch(container, { view, label, few = 0, most = undefined }) {
	const field = element("input", { type: "search", autocomplete: "off", spellcheck: false });
	const found = element("p", { role: "status" });
	const grid = element("ul", { className: "cards" });
	const all = element("button", { onclick: showAll });
	container.append(element("label", { className: "search" }, label, field), found, grid, all);
	let labels = [];
	let idle = []; // what is shown before anything is typed
	let tiles = new Map(); // made when they are first shown

	grids.push(() => {
		labels = model.labels.toSorted((a, b) => a.localeCompare(b, "en"));
		idle = sample(labels, few);
		tiles = new Map();
		field.placeholder = `Search ${labels.length} things`;
		all.textContent = `Show all ${labels.length}`;
		search();
	});

	function search() {
		const words = field.value.trim().toLowerCase();
		const matches = labels.filter((label) => label.toLowerCase().includes(words));
		const begins = (label) => Number(label.toLowerCase().startsWith(words));
		show(words ? matches.sort((a, b) => begins(b) - begins(a)).slice(0, most) : idle);
		all.hidden = Boolean(words) || !few || labels.length <= few;
		found.textContent = words && (matches.length ? `${matches.length} found` : `I don't know “${field.value}” yet.`);
	}

	function showAll() {
		show(labels);
		all.hidden = true;
		grid.querySelector("a").focus();
	}

	function show(labels) {
		for (const label of labels) if (!tiles.has(label)) tiles.set(label, element("li", {}, tile(label, view)));
		grid.replaceChildren(...labels.map((label) => tiles.get(label)));
	}

	field.oninput = search;
	field.addEventListener("keydown", ({ key }) => key === "Enter" && field.value && grid.querySelector("a")?.click());
	addEventListener("keydown", (event) => {
		const isTyping = /** @type {Element} */ (event.target).matches("input, textarea, select");
		if (event.key !== "/" || isTyping || dialog.open || !field.offsetParent) return;
		event.preventDefault(); // or the slash is the first that is searched for
		field.focus();
	});
}

/** -> the label whose card the address names. */
function addressed() {
	const [view, name] = location.hash.split("/");
	return ["#learn", "#draw"].includes(view) && model?.labels.find((label) => encodeURIComponent(label) === name);
}

function follow(event) {
	const label = addressed();
	if (!label) return dialog.close();
	if (!dialog.open) isFromHere = Boolean(event);
	open(label);
}
addEventListener("hashchange", follow);

dialog.onclose = () => {
	if (!addressed()) return;
	if (isFromHere) history.back();
	else history.replaceState(null, "", location.hash.split("/")[0]);
};

function open(label) {
	const share = model.figures.per_category[label];
	const right = element("p", {}, share === undefined ? "" : `Right ${percent(share)} of the time`);
	const taken = element("p");
	const go = element("button", { className: "main", onclick: () => leaveFor(label) }, "Try it");
	dialog.ariaLabel = label;
	dialog.replaceChildren(
		element("h2", {}, label),
		element("figure", {}, meanOf(label), element("figcaption", {}, "How people draw it: many doodles in one")),
		element("div", {}, right, taken),
		element("p", { className: "row" }, go, element("button", { onclick: () => dialog.close() }, "Close")),
	);
	if (!dialog.open) dialog.showModal();
	go.focus();
	tell(label, right, taken);
}

async function tell(label, right, taken) {
	const { drawings, taken_for } = (await counts())[label] ?? {};
	if (!drawings) return;
	right.append(`, in ${drawings} tries`);
	const others = Object.keys(taken_for);
	taken.append(
		...(others.length ? ["Sometimes taken for ", ...or.formatToParts(others).map(swap)] : ["Hardly ever mistaken"]),
	);
}

/** A link from card to card, which leaves one step back to the page. */
function swap({ type, value }) {
	if (type === "literal") return value;
	const other = link(value, location.hash.slice(1).split("/")[0], a(value));
	other.onclick = (event) => {
		event.preventDefault();
		location.replace(other.href);
	};
	return other;
}

function leaveFor(label) {
	dialog.close();
	tryIt(label);
}
