"""What a network answers to the test strokes, and what it takes for what."""

import json
from collections.abc import Sequence
from pathlib import Path
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


def write_categories(file: Path, names: Sequence[str], counts: NDArray[np.int64], most: int = 3) -> None:
    """What the page tells of each category, as JSON, a line each: how many test drawings it has, and how many of them
    were taken for the `most` categories that it is confused with most often, in that order."""
    wrong = counts * (1 - np.eye(len(names), dtype=int))
    lines = []
    for name, drawings, row in zip(names, counts.sum(axis=1).tolist(), wrong, strict=True):
        taken_for = {names[other]: int(row[other]) for other in np.argsort(-row, kind="stable")[:most] if row[other]}
        lines.append(f"{json.dumps(name)}: {json.dumps({'drawings': drawings, 'taken_for': taken_for})}")
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
