"""`python -m export models/NAME.pt`: a checkpoint in, models/NAME.onnx out, its bits compared with torch's."""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from export import graph, parity
from train import checkpoint
from train.dataset import TEST, DatasetError, add_options, load
from train.layout import SYNTHETIC, is_url
from train.quantize import unpack


def main() -> int:
    options = parse()
    try:
        content = checkpoint.load(options.checkpoint)
    except ValueError as error:
        print(f"export: {error}", file=sys.stderr)
        return 2
    built = graph.model(content)
    file = options.checkpoint.with_suffix(".onnx")
    test, hard = test_split(options, content["metadata"]), parity.hard_cases()
    print(f"comparing torch and ONNX Runtime on {len(test) + len(hard):,} bitmaps ...", flush=True)
    differences = parity.check(
        unpack(content["layers"]), built.SerializeToString(deterministic=True), np.concatenate([test, hard])
    )
    if differences:
        print(
            f"export: {file} is not written, for its probabilities are not torch's:",
            *differences,
            sep="\n  ",
            file=sys.stderr,
        )
        return 1
    graph.write(built, file)
    batches, threads = " ".join(map(str, parity.BATCHES)), " ".join(map(str, parity.THREADS))
    print(
        f"parity: torch and ONNX Runtime give identical probabilities for {len(test):,} test drawings and"
        f" {len(hard):,} hard cases, at batches of {batches}, with {threads} threads"
    )
    print(f"wrote {file}, {file.stat().st_size:,} bytes; next: python -m serve --model {file.stem}")
    return 0


def test_split(options: argparse.Namespace, metadata: dict[str, Any]) -> np.ndarray:
    """The test drawings (N, 28, 28); none, said aloud, where the source can't be had."""
    source = SYNTHETIC if metadata["data"]["synthetic"] and is_url(options.data) else options.data
    try:
        drawings = load(source, metadata["labels"], options.samples, options.cache)
    except DatasetError as error:
        print(f"export: comparing without the test drawings: {error}", file=sys.stderr)
        return np.empty((0, 28, 28), np.uint8)
    bitmaps: np.ndarray = drawings.bitmaps[drawings.split == TEST]
    return bitmaps


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m export", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, nargs="?", default=Path("models/mlp.pt"), help="what train wrote")
    add_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
