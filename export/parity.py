"""Do torch and ONNX Runtime give the same bits? Not nearly the same: equal, at every batch size and thread count."""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from doodle.raster import MAPS, Bitmap
from doodle.softmax import softmax
from train.integer import IntegerNetwork
from train.metrics import predict

BATCHES = (1, 7, 64, 1000)
THREADS = (1, 2)
MAX_RUNS = 500  # of small batches, which take long: they get drawings evenly taken from all; batches of 64, all
SUBSET = 20  # labels of `among`

Numbers = NDArray[np.float32]


def check(network: IntegerNetwork, file: bytes, drawings: Bitmap, max_runs: int = MAX_RUNS) -> list[str]:
    """Compare `network` with an ONNX file on drawings, uint8 (N, 28, 28) or (N, 6, 28, 28); a line per difference.

    The reference is torch at a batch of 1,000 with one thread: its bits are what every batch size and thread count of
    both libraries must give. So must the library's softmax, over all labels and over some of them.
    """
    expected = _torch(network, drawings, 1000, 1)
    differences = []
    for batch, threads in tqdm(list(product(BATCHES, THREADS)), "batches and threads", leave=False, disable=None):
        every = -(-len(drawings) // (max_runs * batch))
        some, known = drawings[::every], [values[::every] for values in expected]
        case = f"batch {batch}, {threads} threads"
        differences += _compare(f"torch, {case}", _torch(network, some, batch, threads), known)
        differences += _compare(f"ONNX Runtime, {case}", _onnxruntime(file, some, batch, threads), known)
    probabilities, logits = expected
    none = network.none_logit
    chosen = np.random.default_rng(0).permutation(logits.shape[1])[:SUBSET]
    among = network.softmax(torch.from_numpy(logits[:, chosen])).numpy()
    differences += _compare("the library's softmax", [softmax(logits, none)], [probabilities])
    return differences + _compare("the library's softmax among some", [softmax(logits[:, chosen], none)], [among])


def hard_cases(maps: int, seed: int = 0, random: int = 2_000) -> Bitmap:
    """Drawings of one pixel, all 0, all 255, and random ones: half of them even, half mostly black or white."""
    rng = np.random.default_rng(seed)
    pixels = np.eye(784).reshape(-1, 1, 28, 28) * (
        np.arange(784)[:, None, None, None] % maps == np.arange(maps)[:, None, None]
    )
    flat = np.stack([np.full((maps, 28, 28), value, np.uint8) for value in (0, 255)])
    even = rng.integers(0, 256, (random - random // 2, maps, 28, 28), dtype=np.uint8)
    stark = (rng.random((random // 2, maps, 28, 28)) < rng.random((random // 2, maps, 1, 1))).astype(np.uint8) * 255
    cases: Bitmap = np.concatenate([pixels.astype(np.uint8) * 255, flat, even, stark])
    return cases if maps == len(MAPS) else cases[:, 0]


def _compare(name: str, found: Sequence[Numbers], expected: Sequence[Numbers]) -> list[str]:
    differs = np.zeros(len(expected[0]), bool)
    for one, other in zip(found, expected, strict=True):
        differs |= (one != other).any(axis=1) if one.dtype == other.dtype else True
    return [f"{name}: {differs.sum():,} of {len(differs):,} rows differ"] if differs.any() else []


def _torch(network: IntegerNetwork, drawings: Bitmap, batch: int, threads: int) -> list[Numbers]:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        joined: Callable[[torch.Tensor], torch.Tensor] = lambda some: torch.stack(network(some), 1)  # noqa: E731
        return list(predict(joined, torch.from_numpy(drawings), torch.device("cpu"), batch).numpy().swapaxes(0, 1))
    finally:
        torch.set_num_threads(before)


def _onnxruntime(file: bytes, drawings: Bitmap, batch: int, threads: int) -> list[Numbers]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    runs = [session.run(None, {name: drawings[start : start + batch]}) for start in range(0, len(drawings), batch)]
    return [np.concatenate(part) for part in zip(*runs, strict=True)]
