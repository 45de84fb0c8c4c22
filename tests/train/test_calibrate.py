"""Probabilities are honest, and low where no category's logit is large."""

import numpy as np
import pytest
import torch

from train import calibrate, quantize


def guesses(sharpness: float, count: int = 20_000, categories: int = 10) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of a model that is right as often as their softmax says, and then multiplied by `sharpness`; labels."""
    rng = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(count, categories, generator=rng)
    labels = torch.multinomial(logits.softmax(1), 1, generator=rng)[:, 0]
    return logits * sharpness, labels


def calibrated(logits: torch.Tensor, found: calibrate.Calibration) -> np.ndarray:
    doubt = quantize.NO_DOUBT if found.doubt is None else round(found.doubt * quantize.LOGIT_STEPS)
    whole = torch.round(logits / found.temperature * quantize.LOGIT_STEPS)
    return quantize.softmax(whole, doubt).numpy()


@pytest.mark.parametrize("sharpness", [0.5, 1, 3])
def test_probabilities_become_honest_however_sharp_the_logits_were(sharpness):
    logits, labels = guesses(sharpness)
    found = calibrate.calibrate(logits, labels, np.ones(len(labels)))
    error = calibrate.expected_calibration_error(calibrated(logits, found), labels.numpy())
    assert error <= calibrate.HONEST + 0.001


def test_doubt_tells_small_logits_from_large_ones():
    logits, labels = guesses(1)
    strange = guesses(1)[0] - 4  # as sharp, but all small: what was never taught gives such
    found = calibrate.calibrate(logits, labels, np.ones(len(labels)))
    assert found.doubt is not None
    assert calibrated(strange, found).max(1).mean() < calibrated(logits, found).max(1).mean() - 0.1


def test_a_model_that_nothing_makes_honest_has_no_doubt():
    logits = torch.full((100, 4), -9.0)
    logits[:, 0] = torch.linspace(-9, 9, 100)
    labels = (torch.arange(100) > 30).long()  # the surer it is, the more often it is wrong
    found = calibrate.calibrate(logits, labels, np.ones(100))
    assert found.doubt is None and found.temperature > 1
