// Where a network's weights and activations lie in memory, and the steps of a run. kernel.wat says how each layer's
// memory is laid out, train/integer.py what it computes.

import { roundHalfToEven } from "./rasterize.js";
import { interleave, LANES, pairWeights } from "./weights.js";

export function newPlan() {
	let size = 0; // bytes
	const contents = []; // [address, typed array]: what lies in memory from the start
	const steps = []; // functions of { kernel, int16, float32 }

	function reserve(count) {
		const address = size;
		size += Math.ceil(count / 16) * 16;
		return address;
	}

	function place(array) {
		const address = reserve(array.byteLength);
		contents.push([address, array]);
		return address;
	}

	/** Activations with a border of zeros; `at(x, y)` is the address of a pixel's first channel. */
	function tensor(channels, side, border) {
		const pitch = 2 * channels * (side + 2 * border);
		const address = reserve(pitch * (side + 2 * border));
		const at = (x, y) => address + (y + border) * pitch + 2 * channels * (x + border);
		return { address, channels, side, pitch, at };
	}

	function add(layer, x, border) {
		switch (layer.kind) {
			case "layer":
				return addLayer(layer, x, border);
			case "residual":
				return addLayer(layer.second, addLayer(layer.first, x, borderFor(layer.second)), border, x);
			case "max pool":
				return addMaxPool(layer.size, x, border);
			case "mean pool":
				return addMeanPool(layer.factor, x);
			case "flatten": // a linear layer behind it is a convolution as large as its input
				return x;
		}
		throw new Error(`the model has a layer of unknown kind: ${layer.kind}`);
	}

	function addLayer(layer, x, border, shortcut) {
		const { shape, last } = layer;
		const isLinear = shape.length === 2;
		const size = isLinear ? x.side : shape[2];
		const padding = isLinear ? 0 : size >> 1;
		const side = x.side + 2 * padding - size + 1;
		const blocks = Math.ceil(shape[0] / LANES);
		const out = last ? { address: reserve(4 * LANES * blocks) } : tensor(LANES * blocks, side, border);
		const table = grid(side).flatMap(([column, row]) => [
			x.at(column - padding, row - padding),
			shortcut ? shortcut.at(column, row) : 0,
			last ? out.address : out.at(column, row),
		]);
		if (side % 2) table.push(...table.slice(-3)); // the kernel wants an even number of pixels
		const pairs = (size * x.channels) / 2;
		const [count, skip] = [table.length / 3, x.pitch - 4 * pairs];
		const weights = place(pairWeights(layer, x.channels, size));
		const constants = place(interleave(layer, blocks));
		const values = [
			place(Int32Array.from(table)),
			count,
			size,
			pairs,
			skip,
			weights,
			constants,
			blocks,
			!!shortcut,
			last,
		];
		steps.push(({ kernel }) => kernel.layer(...values));
		return out;
	}

	function addMaxPool(size, x, border) {
		const side = Math.floor(x.side / size);
		const out = tensor(x.channels, side, border);
		const pixels = grid(side).map(([column, row]) => ({
			to: out.at(column, row) / 2,
			from: grid(size).map(([dx, dy]) => x.at(column * size + dx, row * size + dy) / 2),
		}));
		steps.push(({ int16 }) => {
			for (const { to, from } of pixels) {
				for (let channel = 0; channel < x.channels; channel++) {
					let largest = 0;
					for (let i = 0; i < from.length; i++) largest = Math.max(largest, int16[from[i] + channel]);
					int16[to + channel] = largest;
				}
			}
		});
		return out;
	}

	function addMeanPool(factor, x) {
		const out = tensor(x.channels, 1, 0);
		const pixels = grid(x.side).map(([column, row]) => x.at(column, row) / 2);
		steps.push(({ int16 }) => {
			for (let channel = 0; channel < x.channels; channel++) {
				const sum = pixels.reduce((total, pixel) => total + int16[pixel + channel], 0);
				int16[out.address / 2 + channel] = Math.min(roundHalfToEven(Math.fround(sum * factor)), 255);
			}
		});
		return out;
	}

	return {
		steps,
		size: () => size,

		/** Plans all layers, from maps of `side` pixels a side to logits. `features` is what the last layer reads. */
		network(layers, maps, side) {
			const input = tensor(maps + (maps % 2), side, borderFor(layers[0])); // the kernel reads pairs of inputs
			const grow = (x, layer, i) => add(layer, x, borderFor(layers[i + 1]));
			const features = layers.slice(0, -1).reduce(grow, input);
			return { input, features, output: grow(features, layers.at(-1), layers.length - 1) };
		},

		/** Writes what lies in memory from the start, and lets go of it. */
		fill(memory) {
			for (const [address, { buffer }] of contents) new Uint8Array(memory).set(new Uint8Array(buffer), address);
			contents.length = 0;
		},
	};
}

/** The zeros that a layer wants around its input. */
function borderFor(layer) {
	if (layer?.kind === "residual") return borderFor(layer.first);
	return layer?.kind === "layer" && layer.shape.length === 4 ? layer.shape[2] >> 1 : 0;
}

/** The pixels [x, y] of a square, row by row. */
const grid = (side) => Array.from({ length: side * side }, (_, i) => [i % side, Math.floor(i / side)]);
