"""A softmax that gives the same bits everywhere: logits are integers, and their exponentials come from a table.

A logit is an integer of 1/256. Its exponential, relative to the largest logit's, is an integer of 2**-30 from a table.
Integers are all that is added up, so the sum is exact in any order; one division and one rounding to float32 follow,
each of which IEEE 754 defines to the last bit.
"""

import numpy as np
from numpy.typing import NDArray

LOGIT_STEPS = 256  # to a logit of 1
# exp(-22) is less than half of 2**-30, so beyond it every exponential is 0. No entry lies within 1e-4 of a rounding
# boundary, so any exp gives this table.
_EXACT = np.exp(-np.arange(22 * LOGIT_STEPS + 1) / LOGIT_STEPS) * 2.0**30
EXPONENTIALS: NDArray[np.int32] = np.rint(_EXACT).astype(np.int32)


def softmax(logits: NDArray[np.float32], none_logit: int | None = None) -> NDArray[np.float32]:
    """Probabilities (N, K) float32 of logits (N, K), integers of 1/256 that float32 carries.

    `none_logit`, if given, joins the logits as one more, "none of these"; its share is spread evenly over the classes.
    """
    largest = logits.max(axis=1, keepdims=True)
    if none_logit is not None:
        largest = np.maximum(largest, np.float32(none_logit))
    exponentials = _exponentials(largest - logits)
    none = 0.0 if none_logit is None else _exponentials(largest - np.float32(none_logit))
    classes = logits.shape[1]
    total = (exponentials.sum(axis=1, keepdims=True) + none) * classes
    probabilities: NDArray[np.float32] = ((exponentials * classes + none) / total).astype(np.float32)
    return probabilities


def _exponentials(below: NDArray[np.float32]) -> NDArray[np.float64]:
    """2**30 exp(-below), rounded, for integers of 1/256."""
    return EXPONENTIALS[np.minimum(below, len(EXPONENTIALS) - 1).astype(np.intp)].astype(np.float64)
