"""How sure is sure: the temperature that makes probabilities honest, and the threshold of "not sure"."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

KEPT = 0.95  # of the drawings of categories that the model knows


def temperature(logits: Tensor, labels: Tensor, weights: Tensor) -> float:
    """What to divide logits (N, K) by for the labels (N,), weighed (N,), to be likeliest (Guo et al., 2017)."""
    candidates = torch.logspace(-1, 1, 201, base=4)  # 1/4 to 4 in steps of 1.4 %
    losses = [((F.cross_entropy(logits / t, labels, reduction="none") * weights).sum()).item() for t in candidates]
    return float(candidates[int(np.argmin(losses))])


def threshold(probabilities: np.ndarray) -> float:
    """The top probability that 95 of 100 drawings of known categories reach, given their probabilities (N, K)."""
    return float(np.quantile(probabilities.max(axis=1), 1 - KEPT))


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """The mean gap between top probability (N, K) and accuracy, over bins of equal width (Naeini et al., 2015)."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(index, weights=right - confidence.astype(np.float64), minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))
