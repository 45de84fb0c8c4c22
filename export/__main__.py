"""`python -m export models/NAME.pt`: a checkpoint in, models/NAME.onnx out, its bits compared with torch's."""

import argparse
import sys
from pathlib import Path

import numpy as np

from doodle.model_card import ModelCard
from doodle.raster import MAPS, Bitmap
from export import onnx_file, parity
from export.pack import pack
from train import checkpoint
from train.bucket import SYNTHETIC, DatasetError, is_url
from train.data import TEST, add_options, load
from train.integer import unpack
from train.loader import draw_rows, with_maps

MAX_TEST = 4_000  # test drawings that are compared


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    try:
        return export(options)
    except (ValueError, OSError) as error:
        print(f"export: {options.checkpoint}: {error}", file=sys.stderr)
        return 2


def export(options: argparse.Namespace) -> int:
    content = checkpoint.load(options.checkpoint)
    card = onnx_file.read_checkpoint(content)
    network = unpack(content["layers"])
    model = onnx_file.build(network, card).SerializeToString(deterministic=True)
    test, hard = test_split(options, card), parity.hard_cases(len(card.input["maps"]))
    print(f"comparing torch and ONNX Runtime on {len(test) + len(hard):,} drawings ...", flush=True)
    file: Path = options.checkpoint.with_suffix(".onnx")
    if differences := parity.check(network, model, np.concatenate([test, hard])):
        reason = f"export: {file} is not written, for its probabilities are not torch's:"
        print(reason, *differences, sep="\n  ", file=sys.stderr)
        return 1
    onnx_file.write(model, file)
    onnx_file.write(pack(content["layers"], content["metadata"]), file.with_suffix(".bin"))
    batches, threads = " ".join(map(str, parity.BATCHES)), " ".join(map(str, parity.THREADS))
    print(
        f"parity: torch and ONNX Runtime give identical probabilities for {len(test):,} test drawings and"
        f" {len(hard):,} hard cases, at batches of {batches}, with {threads} threads"
    )
    print(f"wrote {file}, {file.stat().st_size:,} bytes, and {file.stem}.bin for the page", end="; ")
    print(f"next: python -m serve --model {file.stem}")
    return 0


def test_split(options: argparse.Namespace, card: ModelCard) -> Bitmap:
    """The test drawings as the network takes them; none, said aloud, where the source can't be had."""
    maps = len(card.input["maps"])
    source = SYNTHETIC if card.data["synthetic"] and is_url(options.data) else options.data
    try:
        drawings = load(source, card.labels, options.samples, options.cache)
    except DatasetError as error:
        print(f"export: comparing without the test drawings: {error}", file=sys.stderr)
        return parity.hard_cases(maps)[:0]
    rows, held = (np.flatnonzero(door.split == TEST)[: MAX_TEST // 2] for door in (drawings.strokes, drawings.bitmaps))
    drawn = draw_rows(drawings.strokes, rows, motion=maps > 1)
    shown = np.concatenate([drawn, with_maps(drawings.bitmaps.bitmaps[held], maps)])
    return shown if maps == len(MAPS) else shown[:, 0]


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m export", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, nargs="?", default=Path("models/mlp.pt"), help="what train wrote")
    add_options(parser)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
