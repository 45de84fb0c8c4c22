// Compares the page's modules with what Python wrote to a folder: used by modules.test.js in Node.js, and in a browser.

/** -> how many drawings the modules under `base` draw otherwise. `read(name)` gives a file of the folder, an ArrayBuffer. */
export async function compareDrawings(base, read) {
	const { rasterize, rasterizeMaps } = await import(new URL("engine/rasterize.js", base));
	const drawings = JSON.parse(new TextDecoder().decode(await read("drawings.json")));
	const [ink, maps] = await Promise.all(["ink", "maps"].map(read));
	return {
		ink: differing(drawings.map(rasterize), ink),
		maps: differing(drawings.map(rasterizeMaps), maps),
	};
}

/** -> how many of all inputs, or of `most`, the engine answers otherwise than the model's file says; `features` counts
 *  those whose features, by the last layer in plain JavaScript, give other logits. */
export async function compareModel(base, read, name, simd, most = Infinity) {
	const load = (module) => import(new URL(`engine/${module}.js`, base));
	const [{ readModel }, { createNetwork }, { answer }, { roundHalfToEven }] = await Promise.all(
		["model", "network", "answer", "rasterize"].map(load),
	);
	const model = await readModel(await read(`${name}.bin`));
	const { among, count } = JSON.parse(new TextDecoder().decode(await read(`${name}.json`)));
	const { logitsOf, readFeatures } = createNetwork(model, simd);
	const inputs = new Uint8Array(await read(`${name}.inputs`));
	const size = inputs.length / count;
	const { shape, weight, bias, factor } = model.layers.at(-1);
	const [logits, ofFeatures] = [[], []];
	for (let i = 0; i < Math.min(count, most); i++) {
		logits.push(logitsOf(inputs.subarray(i * size, (i + 1) * size)));
		const features = readFeatures();
		const sums = bias.map((sum, row) =>
			weight.subarray(row * shape[1], (row + 1) * shape[1]).reduce((total, w, at) => total + w * features[at], sum),
		);
		ofFeatures.push(Float32Array.from(sums, (sum, row) => roundHalfToEven(Math.fround(sum * factor[row]))));
	}
	const probabilities = (labels) => {
		const order = labels ?? model.labels;
		return logits.map((row) => {
			const { top } = answer(row, model, { top: 0, among: labels });
			const byLabel = new Map(top.map(({ label, probability }) => [label, probability]));
			return Float32Array.from(order, (label) => byLabel.get(label));
		});
	};
	return {
		logits: differing(logits, await read(`${name}.logits`)),
		features: differing(ofFeatures, await read(`${name}.logits`)),
		probabilities: differing(probabilities(null), await read(`${name}.probabilities`)),
		among: differing(probabilities(among), await read(`${name}.among`)),
	};
}

/** How many of the rows, typed arrays, have other bytes than `expected`, which may hold more of them. */
function differing(rows, expected) {
	const size = rows[0].byteLength;
	if (rows.length * size > expected.byteLength) throw new Error("there are more than expected");
	const bytes = ({ buffer, byteOffset }, at) => new Uint8Array(buffer, byteOffset + at, size);
	const whole = new Uint8Array(expected);
	return rows.filter((row, i) => bytes(row, 0).some((byte, at) => byte !== whole[i * size + at])).length;
}
