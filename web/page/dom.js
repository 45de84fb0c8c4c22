// Small helps that the parts of the page share.

export const root = document.documentElement;

/** The elements of the page by their ids: `ui.note` is #note, and `ui.note = "Try"` writes into it. */
export const ui = new Proxy(
	{},
	{
		get: (_, id) => document.getElementById(String(id)),
		set: (_, id, text) => Reflect.set(ui[id], "textContent", text),
	},
);

export function element(tag, properties = {}, ...children) {
	const node = Object.assign(document.createElement(tag), properties);
	node.append(...children);
	return node;
}

/** A picture, its name and a remark, for a list of cards. */
export function card(picture, name, remark, className = "") {
	return element("li", {}, picture, element("b", { className }, name), " ", element("span", {}, remark));
}

export function offer(field, options, onChange) {
	for (const value in options) {
		const input = element("input", { type: "radio", name: field.id, value, onchange: () => onChange(value) });
		field.append(element("label", {}, input, options[value]));
	}
}

export function check(field, value) {
	for (const input of field.elements) input.checked = input.value === value;
}

export function sample(items, count) {
	const shuffled = items.map((item) => [Math.random(), item]).sort(([a], [b]) => a - b);
	return shuffled.slice(0, count).map(([, item]) => item);
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let timer = 0;

/** Says something at the foot of the page for a while. */
export function toast(words) {
	(document.querySelector("dialog[open]") ?? document.body).append(ui.toast); // a dialog covers all else
	ui.toast = words;
	clearTimeout(timer);
	timer = setTimeout(() => (ui.toast = ""), 5000);
}
