"""From a trained network to a checkpoint: integers, calibrated on the validation split, measured on the test split.

Figures are of drawings as people make them, strokes drawn as the server does, each category counting the same. What the
test split's bitmaps give, and the ink of the strokes without their motion, stands beside them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from doodle.raster import Bitmap
from doodle.softmax import LOGIT_STEPS
from train.calibrate import temperature, temperature_and_none_logit, threshold
from train.data import TEST, VALIDATION, Drawings, StrokeDrawings
from train.integer import IntegerNetwork, calibrated
from train.loader import draw_rows, served, with_maps
from train.metrics import accuracy, auroc, calibration_error, category_weights, predict

CPU = torch.device("cpu")


def calibrate(
    network: IntegerNetwork, drawings: Drawings, others: StrokeDrawings | None, maps: int
) -> tuple[IntegerNetwork, float]:
    """The integer network with honest probabilities, and the threshold of `known`.

    Where the network has learned from drawings of other categories, it gets a logit of "none of these", and as many of
    them stand beside its own where the threshold is chosen.
    """
    shown, labels = served(drawings, VALIDATION, maps)
    logits, targets = predict(network.logits, torch.from_numpy(shown), CPU) / LOGIT_STEPS, torch.from_numpy(labels)
    if others is None:
        network = calibrated(network, temperature(logits, targets), None)
    else:
        network = calibrated(network, *temperature_and_none_logit(logits, targets))
    probabilities = probabilities_of(network, shown)
    confidence, right, weights = probabilities.max(1), probabilities.argmax(1) == labels, category_weights(labels)
    if others is not None:
        rows = np.flatnonzero(others.split == VALIDATION)
        theirs = probabilities_of(network, draw_rows(others, rows, maps > 1)).max(1)
        confidence, right = np.concatenate([confidence, theirs]), np.concatenate([right, np.zeros(len(rows), bool)])
        weights = np.concatenate([weights, np.full(len(rows), 1 / max(1, len(rows)))])
    return network, threshold(confidence, right, weights)


def figures(
    network: IntegerNetwork,
    real: Callable[[Tensor], Tensor] | None,
    drawings: Drawings,
    others: StrokeDrawings | None,
    maps: int,
    least: float,
) -> dict[str, Any]:
    """What the model card says of the network; `real` is the network before it was quantized, `least` the threshold."""
    shown, labels = served(drawings, TEST, maps)
    names = drawings.categories
    probabilities = probabilities_of(network, shown)
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    weights = category_weights(labels)
    known = confidence >= least
    measured = {
        **_by_name(accuracy(probabilities, labels, len(names)), names),
        "calibration_error": calibration_error(confidence, right),
        "known_share": float(weights[known].sum()),
        "known_precision": float((weights * right)[known].sum() / max(weights[known].sum(), 1e-9)),
    }
    if real is not None:
        floats = predict(lambda batch: real(batch.float() / 255), torch.from_numpy(shown), CPU).numpy()
        measured["float_top1"] = accuracy(floats, labels, len(names))["top1"]
    if maps > 1:
        ink = shown * (np.arange(maps) == 0).astype(np.uint8)[:, None, None]
        measured["ink"] = _by_name(accuracy(probabilities_of(network, ink), labels, len(names)), names)
    of_bitmaps = drawings.bitmaps.split == TEST
    if of_bitmaps.any():
        bitmaps = with_maps(drawings.bitmaps.bitmaps[of_bitmaps], maps)
        answers = probabilities_of(network, bitmaps)
        measured["bitmaps"] = _by_name(accuracy(answers, drawings.bitmaps.labels[of_bitmaps], len(names)), names)
    if others is not None and len(others.labels):
        rows = np.flatnonzero(others.split == TEST)
        theirs = probabilities_of(network, draw_rows(others, rows, maps > 1)).max(1)
        measured["others"] = {"auroc": auroc(confidence, theirs), "drawings": len(rows)}
    return measured


def probabilities_of(network: IntegerNetwork, shown: Bitmap) -> NDArray[np.float32]:
    answers: NDArray[np.float32] = predict(lambda batch: network(batch)[0], torch.from_numpy(shown), CPU).numpy()
    return answers


def _by_name(measured: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    per_category = zip(names, measured["per_category"].tolist(), strict=True)
    return {**measured, "per_category": {name: value for name, value in per_category if value == value}}
