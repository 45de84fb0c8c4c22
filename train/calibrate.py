"""Temperature scaling and the confidence threshold, both chosen on the validation strokes."""

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from train.metrics import calibration_error

PRECISION = 0.90  # of answers flagged as known, those that are to be right
CAUTION = 1.1  # times the temperature: drawings that are served are harder than the data's, which were looked through
SMALL_ERROR = 0.02  # a calibration error that counts as small

TEMPERATURES = np.geomspace(1 / 4, 4, 97)  # in steps of 2.9 %
NONE_LOGITS = np.arange(0, -8.01, -0.25)


def temperature(logits: Tensor, labels: Tensor) -> float:
    """What logits (N, K) are divided by: what makes the labels (N,) likeliest (Guo et al., 2017), and some caution."""
    losses = [F.cross_entropy(logits / degree, labels).item() for degree in TEMPERATURES]
    return CAUTION * float(TEMPERATURES[np.argmin(losses)])


def temperature_and_none_logit(logits: Tensor, labels: Tensor) -> tuple[float, float | None]:
    """For a network that learned "none of these" as a logit of 0: a temperature, and what that logit is to be.

    The largest one with which some temperature keeps the calibration error on drawings of its own categories small: the
    larger, the better are others told from them. None where not even the smallest does.
    """
    right = (logits.argmax(1) == labels).numpy()
    for none in NONE_LOGITS:
        errors = [calibration_error(_confidence(logits / degree, none / degree), right) for degree in TEMPERATURES]
        if min(errors) <= SMALL_ERROR:
            degree = float(TEMPERATURES[np.argmin(errors)])
            return degree, float(none) / degree
    return temperature(logits, labels), None


def _confidence(logits: Tensor, none: float) -> NDArray[np.float64]:
    """The top probability (N,) of logits (N, K) beside a logit of "none of these", whose share is spread over the K."""
    chances = F.pad(logits.double(), (0, 1), value=none).softmax(1)
    top: NDArray[np.float64] = (chances[:, :-1].amax(1) + chances[:, -1] / logits.shape[1]).numpy()
    return top


def threshold(confidence: NDArray[np.floating], right: NDArray[np.bool_], weights: NDArray[np.float64]) -> float:
    """The lowest confidence from which on at least PRECISION of the answers (N,) are right."""
    order = np.argsort(-confidence, kind="stable")
    precise = np.cumsum((weights * right)[order]) >= PRECISION * np.cumsum(weights[order])
    if not precise.any():
        return 1.0
    return float(confidence[order][np.flatnonzero(precise)[-1]])
