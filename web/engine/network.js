// A network in whole numbers: a plan of its memory, and the kernel that computes layer after layer there.

import { KERNEL } from "./kernel.js";
import { plainKernel } from "./plain.js";
import { newPlan } from "./plan.js";
import { PIXELS, SIDE } from "./rasterize.js";

const PAGE = 65536; // bytes, of which WebAssembly's memories are made

const bytes = Uint8Array.from(atob(KERNEL), (byte) => byte.charCodeAt(0));

/** Can WebAssembly's SIMD run here? */
export const hasSimd = typeof WebAssembly === "object" && WebAssembly.validate(bytes);

/** A model as readModel gives it -> `logitsOf`, from a Uint8Array of its maps to its logits, integers of 1/256; and
 *  `readFeatures`, which gives what the last layer read to make the latest of these: whole numbers of 0 to 255. */
export function createNetwork({ maps, labels, layers }, simd = hasSimd) {
	const plan = newPlan();
	const { input, features, output } = plan.network(layers, maps.length, SIDE);
	const machine = build(plan, simd);
	const pixels = Array.from({ length: PIXELS }, (_, i) => input.at(i % SIDE, Math.floor(i / SIDE)) / 2);

	function logitsOf(values) {
		values.forEach((value, i) => (machine.int16[pixels[i % PIXELS] + Math.floor(i / PIXELS)] = value));
		for (const step of plan.steps) step(machine);
		return machine.float32.slice(output.address / 4, output.address / 4 + labels.length);
	}

	function readFeatures() {
		const [start, bytes] = [features.address, features.side * features.pitch];
		return Uint8Array.from(machine.int16.subarray(start / 2, (start + bytes) / 2));
	}

	return { logitsOf, readFeatures };
}

function build(plan, simd) {
	const pages = Math.ceil(plan.size() / PAGE);
	const memory = simd ? new WebAssembly.Memory({ initial: pages }) : null;
	const buffer = memory?.buffer ?? new ArrayBuffer(pages * PAGE);
	plan.fill(buffer);
	const kernel = memory
		? new WebAssembly.Instance(new WebAssembly.Module(bytes), { doodle: { memory } }).exports
		: plainKernel(buffer);
	return { kernel, int16: new Int16Array(buffer), float32: new Float32Array(buffer) };
}
