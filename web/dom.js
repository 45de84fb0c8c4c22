// Small helps that the parts of the page share.

export const byId = (id) => document.getElementById(id);

export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** Fills a fieldset with radio buttons, one for each of `options` [value, text]; calls `onChange(value)`. */
export function offer(field, options, chosen, onChange) {
  for (const [value, text] of options) {
    const input = element("input", { type: "radio", name: field.id, value, checked: value === chosen });
    input.addEventListener("change", () => onChange(value));
    field.append(element("label", {}, input, element("span", {}, text)));
  }
}

/** A drawing as a small picture, in the colour of ink; named `label`. */
export function thumbnail(drawing, label) {
  const [picture, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  const attributes = { viewBox: "0 0 4096 4096", class: "thumbnail", role: "img", "aria-label": label };
  for (const name in attributes) picture.setAttribute(name, attributes[name]);
  path.setAttribute("d", drawing.map(([xs, ys]) => `M${xs.map((x, i) => `${x} ${ys[i]}`).join("L")}h.1`).join(""));
  picture.append(path);
  return picture;
}

export function percent(probability) {
  const whole = Math.round(100 * probability);
  return whole === 0 ? "<1 %" : whole === 100 ? ">99 %" : `${whole} %`;
}

/** "a, b or c" */
export function either(names) {
  return new Intl.ListFormat("en-GB", { type: "disjunction" }).format(names);
}

/** -> `count` of `items`, or all where there are fewer, by chance. */
export function sample(items, count) {
  const left = [...items];
  const take = () => left.splice(Math.floor(Math.random() * left.length), 1)[0];
  return Array.from({ length: Math.min(count, left.length) }, take);
}
