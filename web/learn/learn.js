// Learn: what the model knows, what it makes of the drawing, what it mixes up, and how good it is.

import { classify } from "../page/answers.js";
import { element, ui } from "../page/dom.js";
import { bars, showBitmap } from "../page/guess.js";
import { a } from "../page/words.js";
import { counts, mountSearch, tile } from "./explore.js";

const MIX_UPS = 8;
const PRIOR = 10; // drawings that are thought right beside those tested, so that a rare category does not lead by chance

const share = (fraction) => `${(100 * fraction).toFixed(1)}%`;
const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

const FACTS = {
	Knows: ({ labels }) => `${labels.length} things`,
	"Top guess right": ({ figures }) => share(figures.top1),
	"In top three": ({ figures }) => share(figures.top3),
	"Trained on": ({ data }) => `${total(data.counts).toLocaleString("en")} drawings`,
	"Full report": ({ name, report }) => (report ? element("a", { href: report }, `All about ${name}`) : "none"),
};

let models = [];
let asked = null; // what the models look at
let mixedBy = null; // the counts that the mix-ups are shown of

mountSearch(ui.explore, { view: "learn", label: "What do you want to see?", few: 12 });

export function use(all, chosen) {
	models = all;
	const licenses = new Set(all.map(({ data }) => data.license));
	ui.figures.replaceChildren(table(), element("p", {}, `The drawings: ${[...licenses].join("; ")}`));
	ui.categories = `I know ${chosen.labels.length} things`;
	mixedBy = null;
}

/** Has each model look at the drawing or the image, one after the other. */
export async function show({ drawing, image }) {
	const mine = (asked = { drawing, image });
	const isEmpty = !drawing.length && !image;
	ui.undrawn.hidden = !isEmpty;
	ui.compare.hidden = isEmpty;
	showMixUps();
	ui.mine = image ? "Your picture, as each model sees it" : "Your drawing, as each model sees it";
	if (isEmpty) return;
	showBitmap(ui.seen, []);
	const opinions = models.map(({ name }) => element("li", {}, element("h3", {}, name)));
	ui.opinions.replaceChildren(...opinions);
	for (const [i, { name }] of models.entries()) {
		const answer = await classify({ drawing, image, model: name }).catch((error) => error);
		if (asked !== mine) return;
		if (answer instanceof Error) opinions[i].append(element("p", {}, answer.message));
		else showOpinion(opinions[i], answer);
	}
}

function showOpinion(item, { model, label, known, top, bitmap }) {
	const list = element("ol", { className: "bars" });
	item.firstChild.textContent = `${model}: ${known ? "" : "hmm… "}${a(label)}${known ? "!" : "?"}`;
	item.append(list);
	bars(list)(top);
	showBitmap(ui.seen, bitmap);
}

function table() {
	const row = (scope, name, cells) => element("tr", {}, element("th", { scope }, name), ...cells);
	const titles = models.map(({ name }) => element("th", { scope: "col" }, name));
	const rows = Object.entries(FACTS).map(([name, fact]) => {
		const cells = models.map((model) => element("td", {}, fact(model)));
		return row("row", name, cells);
	});
	return element("table", {}, element("thead", {}, row("col", "Model", titles)), element("tbody", {}, ...rows));
}

/** The pairs that are confused most often, as the report ranks them. */
async function showMixUps() {
	const counted = await counts();
	if (counted === mixedBy) return;
	mixedBy = counted;
	const pairs = Object.entries(counted).flatMap(([label, { drawings, taken_for }]) =>
		Object.entries(taken_for).map(([other, times]) => ({ label, other, times, drawings })),
	);
	const weight = ({ times, drawings }) => times / (drawings + PRIOR);
	const most = pairs.filter(({ times }) => times > 1).sort((a, b) => weight(b) - weight(a));
	ui["mix-ups"].hidden = !most.length;
	ui.pairs.replaceChildren(
		...most.slice(0, MIX_UPS).map(({ label, other, times, drawings }) => {
			const [words, often] = ["is taken for", `${times} of ${drawings}`].map((text) => element("span", {}, text));
			return element("li", {}, tile(label, "learn"), words, tile(other, "learn"), often);
		}),
	);
}
