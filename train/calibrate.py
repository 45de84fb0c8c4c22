"""How sure is sure: the temperature that makes probabilities honest, the doubt that lowers them where nothing fits, and
the threshold of "not sure"."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

KEPT = 0.95  # of the drawings of categories that the model knows
BINS = 15  # of the calibration error
HONEST = 0.015  # a calibration error that counts as little

TEMPERATURES = np.geomspace(1 / 4, 4, 97)  # in steps of 2.9 %
DOUBTS = np.arange(0, 6.01, 0.25)  # logits


class Calibration(NamedTuple):
    """What logits are divided by, and the logit of "none of these" beside them; None where there is none."""

    temperature: float
    doubt: float | None


def calibrate(logits: Tensor, labels: Tensor, weights: NDArray[np.float64]) -> Calibration:
    """The calibration for logits (N, K) of drawings with these labels (N,), weighed (N,).

    The largest doubt with which some temperature keeps the calibration error small: the more doubt, the better are
    drawings of no category told from those of one. Where not even the smallest does, there is no doubt, and the
    temperature makes the labels likeliest (Guo et al., 2017).
    """
    largest, right = logits.amax(1).double().numpy(), (logits.argmax(1) == labels).numpy()
    above = largest - logits[torch.arange(len(labels)), labels].double().numpy()
    losses, errors = [], np.empty((len(TEMPERATURES), len(DOUBTS)))
    for row, degree in enumerate(TEMPERATURES):
        total = ((logits - logits.amax(1, keepdim=True)) / degree).double().exp().sum(1).numpy()
        losses.append(weights @ (np.log(total) + above / degree))
        for column, doubt in enumerate(DOUBTS):
            of_doubt = np.exp(doubt - largest / degree)
            sure = (1 + of_doubt / logits.shape[1]) / (total + of_doubt)
            errors[row, column] = calibration_error(sure, right, weights)
    honest = np.flatnonzero(errors.min(axis=0) <= HONEST)
    if not len(honest):
        return Calibration(float(TEMPERATURES[np.argmin(losses)]), None)
    return Calibration(float(TEMPERATURES[errors[:, honest[-1]].argmin()]), float(DOUBTS[honest[-1]]))


def threshold(probabilities: np.ndarray) -> float:
    """The top probability that 95 of 100 drawings of known categories reach, given their probabilities (N, K)."""
    return float(np.quantile(probabilities.max(axis=1), 1 - KEPT))


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """`calibration_error` of probabilities (N, K), every drawing weighing the same."""
    right = probabilities.argmax(axis=1) == labels
    return calibration_error(probabilities.max(axis=1).astype(np.float64), right, np.ones(len(labels)))


def calibration_error(sure: np.ndarray, right: np.ndarray, weights: np.ndarray) -> float:
    """The mean gap between top probability (N,) and being right (N,), over equally wide bins (Naeini et al., 2015)."""
    index = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = np.bincount(index, weights=weights * (right - sure), minlength=BINS)
    return float(np.abs(gaps).sum() / weights.sum())
