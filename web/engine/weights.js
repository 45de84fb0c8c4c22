// A layer's numbers in the order in which the kernel reads them.

export const LANES = 16; // outputs that the kernel computes together: a block

/** Weights as int16: block, row, column, pair of inputs, output, input of the pair; 0 where there is none. */
export function pairWeights({ shape, weight }, channels, size) {
	const [outputs] = shape;
	const inputs = weight.length / outputs / size / size;
	const paired = new Int16Array(Math.ceil(outputs / LANES) * LANES * size * size * channels);
	let source = 0;
	for (let output = 0; output < outputs; output++) {
		const block = Math.floor(output / LANES) * LANES * size * size * channels;
		for (let input = 0; input < inputs; input++) {
			const lane = 2 * (output % LANES) + (input % 2);
			for (let place = 0; place < size * size; place++) {
				const pair = (place * channels) / 2 + (input >> 1);
				paired[block + pair * 2 * LANES + lane] = weight[source++];
			}
		}
	}
	return paired;
}

/** Of each block: bias, factor and the shortcut's weight. */
export function interleave({ shape: [outputs], bias, factor, skip }, blocks) {
	const int32 = new Int32Array(blocks * 3 * LANES);
	const float32 = new Float32Array(int32.buffer);
	for (let output = 0; output < outputs; output++) {
		const at = Math.floor(output / LANES) * 3 * LANES + (output % LANES);
		int32[at] = bias[output];
		float32[at + LANES] = factor[output];
		if (skip) int32[at + 2 * LANES] = skip[output];
	}
	return int32;
}
