// kernel.wat in plain JavaScript, for browsers without SIMD: the same function over the same memory, the same bits.

import { roundHalfToEven } from "./rasterize.js";

const LANES = 16; // outputs of a block

/** -> the kernel over `buffer`; kernel.wat explains the arguments of `layer`. */
export function plainKernel(buffer) {
	const int16 = new Int16Array(buffer);
	const int32 = new Int32Array(buffer);
	const float32 = new Float32Array(buffer);
	const sums = new Int32Array(LANES);

	/** Adds a pixel's inputs, times their weights, to the sums. */
	function accumulate(at, rows, pairs, skip, weights) {
		for (let row = 0; row < rows; row++, at += skip) {
			for (let pair = 0; pair < pairs; pair++, at += 4, weights += 64) {
				const first = int16[at >> 1];
				const second = int16[(at >> 1) + 1];
				if (!first && !second) continue; // a third of the inputs or more are 0
				for (let lane = 0, w = weights >> 1; lane < LANES; lane++, w += 2) {
					sums[lane] += first * int16[w] + second * int16[w + 1];
				}
			}
		}
	}

	function layer(table, count, rows, pairs, skip, weights, constants, blocks, hasShortcut, isLast) {
		for (let block = 0; block < blocks; block++, constants += 192, weights += rows * pairs * 64) {
			const bias = constants >> 2;
			for (let pixel = table >> 2; pixel < (table >> 2) + 3 * count; pixel += 3) {
				const [input, shortcut, output] = int32.subarray(pixel, pixel + 3);
				sums.set(int32.subarray(bias, bias + LANES));
				accumulate(input, rows, pairs, skip, weights);
				for (let lane = 0; lane < LANES; lane++) {
					const channel = block * LANES + lane;
					let sum = sums[lane];
					if (hasShortcut) sum += int16[(shortcut >> 1) + channel] * int32[bias + 2 * LANES + lane];
					const scaled = (value) => roundHalfToEven(Math.fround(value * float32[bias + LANES + lane]));
					if (isLast) float32[(output >> 2) + channel] = scaled(sum);
					else int16[(output >> 1) + channel] = Math.min(scaled(Math.max(sum, 0)), 255);
				}
			}
		}
	}

	return { layer };
}
