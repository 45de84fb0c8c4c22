"""How good answers are. Each category counts the same, however many of its drawings there are."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

BINS = 15  # of the calibration error


def predict(
    network: Callable[[Tensor], Tensor], drawings: Tensor, device: torch.device, batch_size: int = 500
) -> Tensor:
    """What `network` says of drawings (N, ...), on the CPU: (N, K)."""
    with torch.inference_mode():
        return torch.cat([network(batch.to(device)).cpu() for batch in torch.split(drawings, batch_size)])


def accuracy(scores: NDArray[np.floating], labels: NDArray[np.int64], categories: int) -> dict[str, Any]:
    """Top-1 and top-3 as means over the categories, the number of drawings, and each category's top-1 (NaN if none)."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :3]
    hits = order == labels[:, None]
    counts = np.bincount(labels, minlength=categories)
    with np.errstate(invalid="ignore"):
        first = np.bincount(labels, hits[:, 0], categories) / counts
        three = np.bincount(labels, hits.any(axis=1), categories) / counts
    return {
        "top1": float(np.nanmean(first)),
        "top3": float(np.nanmean(three)),
        "drawings": len(labels),
        "per_category": first,
    }


def category_weights(labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """The weight of each drawing (N,) with which every category counts the same; they sum to 1."""
    counts = np.bincount(labels)
    return 1 / counts[labels] / np.count_nonzero(counts)


def calibration_error(confidence: NDArray[Any], right: NDArray[Any]) -> float:
    """The mean gap between top probability (N,) and being right (N,), over equally wide bins (Naeini et al., 2015).

    Each drawing counts the same: of a category that has few, the gap would be chance.
    """
    index = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return float(np.abs(np.bincount(index, weights=right - confidence, minlength=BINS)).sum() / len(right))


def auroc(of_known: NDArray[np.floating], of_others: NDArray[np.floating]) -> float:
    """The chance that a score of the first kind is larger than one of the second; ties count half."""
    ordered = np.sort(of_others)
    below, not_above = (np.searchsorted(ordered, of_known, side) for side in ("left", "right"))
    return float((below + not_above).mean() / 2 / len(ordered))
