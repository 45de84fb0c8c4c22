"""Probabilities are honest, the threshold keeps its promise, and every category counts the same."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from train import calibrate, metrics


def guesses(sharpness: float, count: int = 20_000, categories: int = 10) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of a model that is right as often as their softmax says, and then multiplied by `sharpness`; labels."""
    rng = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(count, categories, generator=rng)
    labels = torch.multinomial(logits.softmax(1), 1, generator=rng)[:, 0]
    return logits * sharpness, labels


@pytest.mark.parametrize("sharpness", [0.5, 1, 3])
def test_temperature_undoes_sharpness_and_is_cautious(sharpness):
    degree = calibrate.temperature(*guesses(sharpness))
    assert sharpness < degree < 1.2 * sharpness


def test_none_logit_tells_others_apart_and_keeps_probabilities_honest():
    logits, labels = guesses(1)
    others = guesses(1)[0] - 4  # as sharp, but all small: a network that has learned from others gives such
    degree, none = calibrate.temperature_and_none_logit(logits, labels)
    assert none is not None

    def confidence(logits: torch.Tensor) -> np.ndarray:
        chances = F.pad(logits / degree, (0, 1), value=none).softmax(1)
        return (chances[:, :-1].amax(1) + chances[:, -1] / 10).numpy()

    right = (logits.argmax(1) == labels).numpy()
    assert metrics.calibration_error(confidence(logits), right) < calibrate.SMALL_ERROR + 0.002
    assert confidence(others).mean() < confidence(logits).mean() - 0.1


def test_threshold_is_the_lowest_with_enough_right():
    confidence = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    right = np.array([True, True, True, True, False])
    weights = np.ones(5)
    assert calibrate.threshold(confidence, right, weights) == 0.6
    assert calibrate.threshold(confidence, ~right, weights) == 1.0
    assert calibrate.threshold(confidence, right, np.array([1, 1, 1, 1, 0.1])) == 0.5


def test_accuracy_counts_every_category_the_same():
    scores = np.array([[3, 2, 1, 0], [3, 2, 1, 0], [3, 2, 1, 0], [0, 3, 2, 1.0]])
    measured = metrics.accuracy(scores, np.array([0, 0, 1, 3]), 4)
    assert measured["top1"] == pytest.approx(1 / 3) and measured["top3"] == pytest.approx(1)
    assert measured["per_category"][:2].tolist() == [1, 0] and np.isnan(measured["per_category"][2])


def test_category_weights_sum_to_one_in_equal_parts():
    weights = metrics.category_weights(np.array([0, 0, 0, 2]))
    assert weights.tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2])


def test_auroc_of_equal_of_apart_and_of_ties():
    assert metrics.auroc(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1
    assert metrics.auroc(np.array([1.0, 1.0]), np.array([1.0])) == 0.5
    assert metrics.auroc(np.array([0.0, 2.0]), np.array([1.0])) == 0.5
