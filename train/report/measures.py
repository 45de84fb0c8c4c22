"""What a report measures of a model's answers: who is taken for whom, and how sure is sure.

Probabilities are (N, K) and labels (N,); shares and accuracies are fractions.
"""

from typing import NamedTuple

import numpy as np

from train.calibrate import BINS


class Confusion(NamedTuple):
    """`wrong` of `drawings` of the category numbered `drawn` were taken for the one numbered `taken`."""

    drawn: int
    taken: int
    wrong: int
    drawings: int


class Reliability(NamedTuple):
    """Of each bin that holds answers: how sure the model was, how often right, and the share of all that it holds."""

    confidence: np.ndarray
    accuracy: np.ndarray
    share: np.ndarray


def confusion_counts(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How many drawings of each category (rows) were taken for which (columns): (K, K) int64."""
    categories = probabilities.shape[1]
    pairs = labels * categories + probabilities.argmax(axis=1)
    return np.bincount(pairs, minlength=categories**2).reshape(categories, categories)


def shares_of_rows(counts: np.ndarray) -> np.ndarray:
    """Each row divided by its sum; a row of nothing stays 0."""
    shares: np.ndarray = counts / counts.sum(axis=1, keepdims=True).clip(1)
    return shares


def neighbours(counts: np.ndarray) -> list[int]:
    """An order of the categories in which those that are confused stand near each other.

    Each begins as a chain of its own; from the most confused pair down, the chains of both are joined, turned so that
    the two come as near as can be.
    """
    shares = shares_of_rows(counts)
    chains = {number: [number] for number in range(len(counts))}
    upper = np.triu(shares + shares.T, 1)
    for pair in np.argsort(-upper, axis=None, kind="stable"):
        left, right = (chains[number] for number in divmod(int(pair), len(counts)))
        if left is right or not upper.flat[pair]:
            continue
        one, other = divmod(int(pair), len(counts))
        if left.index(one) < len(left) / 2 and len(left) > 1:
            left = left[::-1]
        if right.index(other) >= len(right) / 2 and len(right) > 1:
            right = right[::-1]
        joined = left + right
        chains.update(dict.fromkeys(joined, joined))
    apart = {id(chain): chain for chain in chains.values()}
    return [number for chain in apart.values() for number in chain]


def most_confused(counts: np.ndarray, most: int) -> list[Confusion]:
    """The pairs in which the largest shares of a category's drawings went wrong; what happened once is left out.

    Ten more drawings of each category are thought right, so that one with few drawings does not lead by chance.
    """
    totals = counts.sum(axis=1)
    doubtful = counts / (totals[:, None] + 10)
    np.fill_diagonal(doubtful, 0)
    doubtful[counts < 2] = 0
    pairs = (divmod(int(pair), len(counts)) for pair in np.argsort(-doubtful, axis=None, kind="stable")[:most])
    return [Confusion(a, b, int(counts[a, b]), int(totals[a])) for a, b in pairs if doubtful[a, b]]


def reliability(probabilities: np.ndarray, labels: np.ndarray) -> Reliability:
    """How often answers were right, by how sure the model was of them."""
    confidence, right = probabilities.max(axis=1).astype(np.float64), probabilities.argmax(axis=1) == labels
    index = np.minimum((confidence * BINS).astype(int), BINS - 1)
    sizes = np.bincount(index, minlength=BINS)
    held = sizes > 0

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(index, weights=values, minlength=BINS)[held] / sizes[held]

    return Reliability(mean(confidence), mean(right), sizes[held] / len(labels))


def distribution(confidence: np.ndarray) -> np.ndarray:
    """The share of the answers (N,) in each bin of confidence: (BINS,)."""
    return np.histogram(confidence, BINS, (0, 1))[0] / max(1, len(confidence))


def auroc(known: np.ndarray, unknown: np.ndarray) -> float:
    """How often a score of `known` is above one of `unknown`, over all pairs of both; a tie counts half."""
    ordered = np.sort(known)
    below = np.searchsorted(ordered, unknown, "left") + np.searchsorted(ordered, unknown, "right")
    return float(1 - below.mean() / (2 * len(known)))


def mean_bitmaps(bitmaps: np.ndarray, labels: np.ndarray, categories: int) -> np.ndarray:
    """The mean of all bitmaps of each category: (K, 28, 28), 0 to 1."""
    return np.stack([bitmaps[labels == number].mean(axis=0) for number in range(categories)]) / 255
