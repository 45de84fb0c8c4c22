// Learn: the same drawing by each model, the command that asks for it, how good the models are, and what they know.

import { classify } from "./answers.js";
import { curl } from "./classify.js";
import { card, element, ui } from "./dom.js";
import { bars, showBitmap } from "./guess.js";
import { hasServer } from "./host.js";
import { percent } from "./words.js";

const share = (fraction) => `${(100 * fraction).toFixed(1)} %`;
const drawings = (count) => `${count.toLocaleString("en")} drawings`;

const FACTS = {
	Categories: ({ labels }) => labels.length,
	Network: ({ architecture }) => architecture,
	Weights: ({ parameters }) => parameters.toLocaleString("en"),
	"Right at the first guess": ({ figures }) => share(figures.top1),
	"Right within three": ({ figures }) => share(figures.top3),
	"Tested on": ({ figures }) => drawings(figures.drawings),
	"Learned from": ({ data }) => drawings(Object.values(data.counts).reduce((a, b) => a + b, 0)),
	"Their source": ({ data }) => `${data.source}, ${data.license}`,
	Report: ({ name, report }) => (report ? element("a", { href: report }, `all about ${name}`) : "none"),
};

let [models, model] = [[], null];
let asked = null; // the drawing that the models look at

export function use(all, chosen) {
	[models, model] = [all, chosen];
	ui.figures.replaceChildren(table(), ...models.filter(({ report }) => report).map(confusion));
	ui.categories = `The ${model.labels.length} things it knows`;
	ui.labels.replaceChildren(...cards());
}

/** Has each model look at `drawing`, one after the other. Rejects as `classify` does. */
export async function show({ drawing }) {
	asked = drawing;
	const isEmpty = !drawing.length;
	ui.undrawn.hidden = !isEmpty;
	ui.compare.hidden = isEmpty;
	ui.ask.hidden = isEmpty || !hasServer;
	if (isEmpty) return;
	ui.copy = "Copy";
	ui.command = curl(drawing, model.name);
	const titles = models.map(({ name }) => element("h3", {}, name));
	const lists = titles.map(() => element("ol", { className: "bars" }));
	ui.opinions.replaceChildren(...titles.map((title, i) => element("li", {}, title, lists[i])));
	const shows = lists.map(bars);
	for (const [i, { name }] of models.entries()) {
		const { label, known, top, bitmap } = await classify({ drawing, model: name });
		if (asked !== drawing) return;
		titles[i].textContent = `${name}: ${known ? label : `not sure, perhaps ${label}`}`;
		shows[i](top);
		showBitmap(ui.seen, bitmap);
	}
}

function table() {
	const row = (scope, name, cells) => element("tr", {}, element("th", { scope }, name), ...cells);
	const head = row(
		"col",
		"Model",
		models.map(({ name }) => element("th", { scope: "col" }, name)),
	);
	const rows = Object.entries(FACTS).map(([name, fact]) =>
		row(
			"row",
			name,
			models.map((each) => element("td", {}, fact(each))),
		),
	);
	return element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
}

function confusion({ name, report, labels }) {
	const alt = `Confusion matrix of ${name}, ${labels.length} by ${labels.length}`;
	const words = `${name}: down, what was drawn; across, what it was taken for. Off the diagonal, the model was wrong.`;
	return element("figure", {}, picture(alt, `${report}confusion.png`), element("figcaption", {}, words));
}

function picture(alt, src) {
	return element("div", { className: "sheet" }, src ? element("img", { loading: "lazy", alt, src }) : "");
}

/** A card for each category, with the mean of its drawings: the report holds a column of them. */
function cards() {
	const { labels, figures, report } = model;
	return labels
		.toSorted((a, b) => a.localeCompare(b, "en"))
		.map((label) => {
			const mean = picture(`${label}, the mean of many drawings`, report && `${report}means.png`);
			mean.style.objectPosition = `0 ${(100 * labels.indexOf(label)) / Math.max(labels.length - 1, 1)}%`;
			const right = label in figures.per_category ? `${percent(figures.per_category[label])} right` : "";
			return card(mean, label, right);
		});
}

ui.copy.onclick = async () => {
	try {
		await navigator.clipboard.writeText(ui.command.textContent);
		ui.copy = "Copied";
	} catch {
		getSelection().selectAllChildren(ui.command); // the clipboard is closed to pages without https
		ui.copy = "Selected: copy it with Ctrl+C";
	}
};
