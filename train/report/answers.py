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


class Confusion(NamedTuple):
    """`wrong` of `drawings` of the category numbered `drawn` were taken for the one numbered `taken`."""

    drawn: int
    taken: int
    wrong: int
    drawings: int


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


def most_confused(counts: NDArray[np.int64], most: int) -> list[Confusion]:
    """The pairs in which the largest shares of a category's drawings went wrong; what happened once is left out.

    Ten more drawings of each category are thought right, so that one with few drawings does not lead by chance.
    """
    totals = counts.sum(axis=1)
    doubtful = counts / (totals[:, None] + 10)
    np.fill_diagonal(doubtful, 0)
    doubtful[counts < 2] = 0
    pairs = (divmod(int(pair), len(counts)) for pair in np.argsort(-doubtful, axis=None, kind="stable")[:most])
    return [Confusion(a, b, int(counts[a, b]), int(totals[a])) for a, b in pairs if doubtful[a, b]]
