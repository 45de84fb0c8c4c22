// The models: which one answers, what it says of itself, and the categories it knows.

const FEW = 20; // as many categories as one finds without a search
const NUMBER = new Intl.NumberFormat("en");
const DATA = "https://github.com/googlecreativelab/quickdraw-dataset";
const LICENSE = "https://creativecommons.org/licenses/by/4.0/";

/** Offers `models` as radio buttons, and calls `onChange(model)` for the one chosen. One model needs no choice. */
export function offer(models, chosen, onChange) {
  const field = document.getElementById("switch");
  field.hidden = models.length < 2;
  for (const model of models) {
    const input = element("input", { type: "radio", name: "model", value: model.name, checked: model === chosen });
    input.addEventListener("change", () => onChange(model));
    field.append(element("label", {}, input, element("span", {}, model.name)));
  }
}

/** The model's card: its figures and its data, with their author's name and licence. */
export function introduce({ name, architecture, parameters, figures, data, version, report }) {
  const drawings = Object.values(data.counts).reduce((sum, count) => sum + count, 0);
  const facts = [
    ["Model", name],
    ["Network", `${architecture}, ${NUMBER.format(parameters)} parameters`],
    ["Right at first guess", `${share(figures.top1)} of ${NUMBER.format(figures.drawings)} test drawings`],
    ["Right within three", share(figures.top3)],
    ["Learned from", `${NUMBER.format(drawings)} drawings`],
    ["Made by", `version ${version}`],
  ];
  const rows = facts.map(([term, fact]) => element("div", {}, element("dt", {}, term), element("dd", {}, fact)));
  document.getElementById("card").replaceChildren(element("dl", {}, ...rows), origin(data), ...link(report));
  document.getElementById("synthetic").hidden = !data.synthetic;
}

function origin({ source, license, synthetic }) {
  if (synthetic) return element("p", {}, `Drawings: ${source}, ${license}.`);
  const author = element("a", { href: DATA }, "Quick, Draw! data by Google");
  return element("p", {}, "Drawings: ", author, ", ", element("a", { href: LICENSE }, "CC BY 4.0"), ".");
}

function link(report) {
  return report ? [element("p", {}, element("a", { href: report }, "How it was made, and where it errs"))] : [];
}

/** The list of all that a model knows, with a search where it is long, and the guess marked in it. */
export class Categories {
  #list = document.getElementById("labels");
  #filter = document.getElementById("filter");
  #matches = document.getElementById("matches");
  #items = new Map();
  #marked = null;

  constructor() {
    this.#filter.addEventListener("input", () => this.#search());
  }

  show(labels) {
    const sorted = labels.toSorted((a, b) => a.localeCompare(b, "en"));
    this.#items = new Map(sorted.map((label) => [label, element("li", {}, element("span", {}, label))]));
    this.#marked = null;
    this.#list.replaceChildren(...this.#items.values());
    document.getElementById("search").hidden = labels.length <= FEW;
    document.getElementById("categories-title").textContent = `The ${labels.length} things it knows`;
    this.#filter.value = "";
    this.#search();
  }

  /** Marks the label that is guessed; none for null. */
  mark(label) {
    const item = this.#items.get(label) ?? null;
    if (item === this.#marked) return;
    this.#marked?.removeAttribute("aria-current");
    item?.setAttribute("aria-current", "true");
    this.#marked = item;
  }

  #search() {
    const wanted = this.#filter.value.trim().toLowerCase();
    let found = 0;
    for (const [label, item] of this.#items) {
      item.hidden = !label.toLowerCase().includes(wanted);
      found += !item.hidden;
    }
    this.#matches.textContent = wanted ? `${found || "none"} of ${this.#items.size}` : "";
  }
}

function share(fraction) {
  return `${(100 * fraction).toFixed(1)} %`;
}

function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}
