// Learn: the same drawing by each model, the command that asks for it, how good the models are, and what they know.

import { Bitmap } from "./bitmap.js";
import { curl } from "./classify.js";
import { byId, element, percent, thumbnail } from "./dom.js";
import { Bars } from "./guess.js";
import { hasServer } from "./host.js";

const NUMBER = new Intl.NumberFormat("en");
const DATA = "https://github.com/googlecreativelab/quickdraw-dataset";
const LICENSE = "https://creativecommons.org/licenses/by/4.0/";

export class Learn {
  #classify;
  #models = [];
  #bitmap = new Bitmap(byId("seen"));
  #asked = null;

  constructor(classify) {
    this.#classify = classify;
    byId("filter").addEventListener("input", search);
    byId("copy").addEventListener("click", copyCommand);
  }

  /** Tells of `models`, and of what `model`, one of them, knows. */
  use(models, model) {
    this.#models = models;
    byId("figures").replaceChildren(table(models), origin(model.data));
    byId("categories").textContent = `The ${model.labels.length} things it knows`;
    byId("labels").replaceChildren(...cards(model));
    search();
  }

  redraw() {
    this.#bitmap.redraw();
  }

  /** Has each model look at `drawing`, one after the other; the command asks `model`. Rejects as classify does. */
  async show(drawing, model) {
    const asked = (this.#asked = {});
    const isEmpty = drawing.length === 0;
    byId("undrawn").hidden = !isEmpty;
    byId("compare").hidden = isEmpty;
    byId("ask").hidden = isEmpty || !hasServer;
    if (isEmpty) return;
    byId("thumbnail").replaceChildren(thumbnail(drawing, "Your drawing"));
    byId("copy").textContent = "Copy";
    byId("command").textContent = curl({ drawing, model: model.name });
    const opinions = this.#models.map(newOpinion);
    byId("opinions").replaceChildren(...opinions.map(({ item }) => item));
    for (const { name, show } of opinions) {
      const answer = await this.#classify({ drawing, model: name });
      if (this.#asked !== asked) return;
      show(answer);
      this.#bitmap.show(answer.bitmap);
    }
  }
}

function newOpinion({ name }) {
  const title = element("h3", {}, name);
  const list = element("ol", { className: "bars" });
  const bars = new Bars(list);
  const show = ({ label, known, top }) => {
    title.textContent = `${name}: ${known ? label : `not sure, perhaps ${label}`}`;
    bars.show(top);
  };
  return { name, show, item: element("li", {}, title, list) };
}

/** The models beside each other, fact by fact. */
function table(models) {
  const facts = {
    "Categories": ({ labels }) => labels.length,
    "Network": ({ architecture }) => architecture,
    "Weights": ({ parameters }) => NUMBER.format(parameters),
    "Right at the first guess": ({ figures }) => share(figures.top1),
    "Right within three": ({ figures }) => share(figures.top3),
    "Tested on": ({ figures }) => `${NUMBER.format(figures.drawings)} drawings`,
    "Learned from": ({ data }) => `${NUMBER.format(Object.values(data.counts).reduce((a, b) => a + b, 0))} drawings`,
    "“Not sure” below": ({ threshold }) => share(threshold),
    "Version": ({ version }) => version,
    "Report": ({ name, report }) => (report ? element("a", { href: report }, `all about ${name}`) : "none"),
  };
  const row = (name, cells) => element("tr", {}, element("th", { scope: "row" }, name), ...cells);
  const head = element("tr", {}, element("td"), ...models.map(({ name }) => element("th", { scope: "col" }, name)));
  const rows = Object.entries(facts).map(([name, of]) => row(name, models.map((model) => element("td", {}, of(model)))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
}

/** The drawings' authors and their licence. */
function origin({ source, license, synthetic }) {
  if (synthetic) return element("p", {}, `Drawings: ${source}, ${license}.`);
  const author = element("a", { href: DATA }, "Quick, Draw! data by Google");
  return element("p", {}, "Drawings: ", author, ", ", element("a", { href: LICENSE }, "CC BY 4.0"), ".");
}

/** A card for each category: the mean of its drawings, which the model's report holds as a column of squares. */
function cards({ labels, figures, report }) {
  const picture = report && new URL(`${report}means.png`, document.baseURI);
  const made = labels.map((label, number) => {
    const mean = element("i");
    if (picture) mean.style.mask = `url("${picture}") 0 ${(100 * number) / Math.max(labels.length - 1, 1)}% / 100%`;
    else mean.hidden = true;
    const right = label in figures.per_category ? `${percent(figures.per_category[label])} right` : "";
    return element("li", {}, element("div", { className: "mean sheet" }, mean), element("b", {}, label), " ", element("span", {}, right));
  });
  return made.sort((a, b) => name(a).localeCompare(name(b), "en"));
}

const name = (card) => card.querySelector("b").textContent;

function search() {
  const wanted = byId("filter").value.trim().toLowerCase();
  const all = [...byId("labels").children];
  for (const card of all) card.hidden = !name(card).toLowerCase().includes(wanted);
  byId("matches").textContent = wanted ? `${all.filter((card) => !card.hidden).length || "none"} of ${all.length}` : "";
}

async function copyCommand() {
  try {
    await navigator.clipboard.writeText(byId("command").textContent);
    byId("copy").textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(byId("command")); // the clipboard is closed to pages without https
    byId("copy").textContent = "Selected: copy it with Ctrl+C";
  }
}

function share(fraction) {
  return `${(100 * fraction).toFixed(1)} %`;
}
