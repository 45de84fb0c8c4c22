"""What a network answers to the test strokes, and what it takes for what."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from train.data import TEST, Drawings
from train.evaluate import probabilities_of
from train.integer import IntegerNetwork
from train.loader import draw_rows


class Answers(NamedTuple):
    """Row n of each is the same test drawing."""

    probabilities: NDArray[np.float32]  # (N, K), of strokes as they are served
    of_ink: NDArray[np.float32]  # (N, K), of the same without motion
    labels: NDArray[np.int64]  # (N,)


def ask(network: IntegerNetwork, drawings: Drawings, maps: int) -> Answers:
    """Raises ValueError where no strokes are there to ask about."""
    rows = np.flatnonzero(drawings.strokes.split == TEST)
    if not len(rows):
        raise ValueError(f"{drawings.source} has no strokes in the test split: ask for more with --samples")
    shown = draw_rows(drawings.strokes, rows, maps > 1)
    probabilities = of_ink = probabilities_of(network, shown)
    if maps > 1:
        shown[:, 1:] = 0
        of_ink = probabilities_of(network, shown)
    return Answers(probabilities, of_ink, drawings.strokes.labels[rows])


def confusion_counts(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many drawings of each category (rows) were taken for which (columns): (K, K)."""
    categories = probabilities.shape[1]
    pairs = labels * categories + probabilities.argmax(axis=1)
    return np.bincount(pairs, minlength=categories**2).reshape(categories, categories)


def most_confused(counts: NDArray[np.int64], most: int) -> list[tuple[int, int]]:
    """Pairs (drawn, taken for), the largest shares of a category's drawings first; what happened once is left out.

    Ten more drawings of each category are thought right, so that one with few drawings does not lead by chance.
    """
    doubtful = counts / (counts.sum(axis=1, keepdims=True) + 10)
    np.fill_diagonal(doubtful, 0)
    doubtful[counts < 2] = 0
    order = np.argsort(-doubtful, axis=None, kind="stable")[: min(most, np.count_nonzero(doubtful))]
    return [divmod(int(pair), len(counts)) for pair in order]
