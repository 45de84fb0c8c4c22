// Small helps that the parts of the page share.

export const root = document.documentElement;

/** The elements of the page by their ids: `ui.paper` is #paper. */
export const ui = new Proxy({}, { get: (_, id) => document.getElementById(id) });

export function element(tag, properties = {}, ...children) {
	const node = Object.assign(document.createElement(tag), properties);
	node.append(...children);
	return node;
}

export function offer(field, options, onChange) {
	for (const value in options) {
		const input = element("input", { type: "radio", name: field.id, value, onchange: () => onChange(value) });
		field.append(element("label", {}, input, options[value]));
	}
}

export function check(field, value) {
	for (const input of field.querySelectorAll("input")) input.checked = input.value === value;
}

export function percent(probability) {
	const whole = Math.round(100 * probability);
	return whole === 0 ? "<1 %" : whole === 100 ? ">99 %" : `${whole} %`;
}

export const either = (names) => new Intl.ListFormat("en-GB", { type: "disjunction" }).format(names);

export function sample(items, count) {
	const keys = new Map(items.map((item) => [item, Math.random()]));
	return items.toSorted((a, b) => keys.get(a) - keys.get(b)).slice(0, count);
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
