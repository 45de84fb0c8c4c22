// models/NAME.bin, as export/pack.py writes it: gzip around a header in JSON and the numbers of all layers.

const MAGIC = "doodle01";

/** ArrayBuffer -> { labels, maps, none_logit, threshold, version, layers }. Throws where it is no such file. */
export async function readModel(file) {
	const buffer = await unzip(file).catch(() => file);
	const start = MAGIC.length + 4;
	const text = (from, count) => new TextDecoder().decode(new Uint8Array(buffer, from, count));
	if (buffer.byteLength < start || text(0, MAGIC.length) !== MAGIC) throw new Error("this is no model for the browser");
	const length = new DataView(buffer).getUint32(MAGIC.length, true);
	const model = JSON.parse(text(start, length));
	let at = start + length; // a multiple of 4

	function take(Kind, count) {
		const array = new Kind(buffer, at, count);
		at += Math.ceil(array.byteLength / 4) * 4;
		return array;
	}

	function read(layer) {
		if (layer.kind === "residual") return { ...layer, first: read(layer.first), second: read(layer.second) };
		if (layer.kind !== "layer") return layer;
		const [outputs] = layer.shape;
		return {
			...layer,
			bias: take(Int32Array, outputs),
			factor: take(Float32Array, outputs),
			skip: layer.skip && take(Int32Array, outputs),
			weight: take(
				Int8Array,
				layer.shape.reduce((product, extent) => product * extent),
			),
		};
	}

	return { ...model, layers: model.layers.map(read) };
}

const unzip = (file) =>
	new Response(new Blob([file]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
