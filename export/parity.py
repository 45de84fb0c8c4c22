"""Do torch and ONNX Runtime give the same bits? Not nearly the same: equal, at every batch size and thread count."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from train.fit import predict
from train.quantize import WholeNetwork

BATCHES = (1, 7, 64, 1000)
THREADS = (1, 2)
MOST_RUNS = 3000  # of small batches, which take long: they get bitmaps evenly taken from all; batches of 64, all

Bitmaps = NDArray[np.uint8]
Probabilities = NDArray[np.float32]


def check(network: WholeNetwork, file: Path | bytes, bitmaps: Bitmaps) -> list[str]:
    """Compare `network` with an ONNX file on bitmaps (N, 28, 28); returns a line for each difference.

    The reference is torch at a batch of 1,000 with one thread: its bits are what every batch size and thread count of
    both libraries must give.
    """
    reference = _torch(network, bitmaps, 1000, 1)
    differences = []
    for batch, threads in tqdm(list(product(BATCHES, THREADS)), "batches and threads", leave=False, disable=None):
        every = -(-len(bitmaps) // (MOST_RUNS * batch))
        some, expected = bitmaps[::every], reference[::every]
        for library, found in (
            ("torch", _torch(network, some, batch, threads)),
            ("ONNX Runtime", _onnxruntime(file, some, batch, threads)),
        ):
            if found.dtype != expected.dtype or not np.array_equal(found, expected):
                wrong = (found != expected).any(axis=1).sum()
                differences.append(
                    f"{library}, batch {batch}, {threads} threads: {wrong:,} of {len(found):,} rows differ"
                )
    return differences


def hard_cases(seed: int = 0, random: int = 20_000) -> Bitmaps:
    """The 784 bitmaps of one pixel, all 0, all 255, and random ones: half of them even, half mostly black or white."""
    pixels = (np.eye(784, dtype=np.uint8) * 255).reshape(-1, 28, 28)
    flat = np.stack([np.zeros((28, 28), np.uint8), np.full((28, 28), 255, np.uint8)])
    rng = np.random.default_rng(seed)
    even = rng.integers(0, 256, (random - random // 2, 28, 28), dtype=np.uint8)
    stark = (rng.random((random // 2, 28, 28)) < rng.random((random // 2, 1, 1))).astype(np.uint8) * 255
    return np.concatenate([pixels, flat, even, stark])


def _torch(network: WholeNetwork, bitmaps: Bitmaps, batch: int, threads: int) -> Probabilities:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        found: Probabilities = predict(network, torch.from_numpy(bitmaps), torch.device("cpu"), batch).numpy()
        return found
    finally:
        torch.set_num_threads(before)


def _onnxruntime(file: Path | bytes, bitmaps: Bitmaps, batch: int, threads: int) -> Probabilities:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        file if isinstance(file, bytes) else str(file), options, providers=["CPUExecutionProvider"]
    )
    return np.concatenate([session.run(None, {"bitmap": part})[0] for part in _parts(bitmaps, batch)])


def _parts(bitmaps: Bitmaps, batch: int) -> Iterator[Bitmaps]:
    return (bitmaps[start : start + batch] for start in range(0, len(bitmaps), batch))
