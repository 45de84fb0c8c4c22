"""The integer softmax is a softmax, over any subset of the labels, with or without "none of these"."""

from decimal import Decimal, getcontext

import numpy as np
import pytest

from doodle.softmax import EXPONENTIALS, LOGIT_STEPS, softmax

LOGITS = np.random.default_rng(0).integers(-3000, 3000, (500, 98)).astype(np.float32)


def real_softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp((logits - logits.max(axis=1, keepdims=True)) / LOGIT_STEPS)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def test_it_is_a_softmax():
    assert np.abs(softmax(LOGITS) - real_softmax(LOGITS.astype(np.float64))).max() < 1e-6


def test_some_labels_alone_have_the_softmax_of_their_logits():
    some = softmax(LOGITS[:, [7, 2, 90]])
    assert np.abs(some.sum(axis=1) - 1).max() < 1e-6
    assert np.array_equal(some[:, ::-1], softmax(LOGITS[:, [90, 2, 7]]))


def test_none_of_these_is_one_more_logit_whose_share_all_labels_get():
    with_none = np.concatenate([LOGITS, np.full((500, 1), 700)], axis=1)
    shares = real_softmax(with_none.astype(np.float64))
    expected = shares[:, :-1] + shares[:, -1:] / 98
    assert np.abs(softmax(LOGITS, none_logit=700) - expected).max() < 1e-6


@pytest.mark.parametrize("row", [0, 1, 1000, 5000, 5632])
def test_table_is_the_exact_exponential_rounded(row):
    getcontext().prec = 40
    assert EXPONENTIALS[row] == int(((Decimal(-row) / LOGIT_STEPS).exp() * 2**30).to_integral_value())


def test_any_exp_of_float64_gives_the_table():
    """No entry lies so near a rounding boundary that an error in exp's last digits could move it."""
    exact = np.exp(-np.arange(len(EXPONENTIALS)) / LOGIT_STEPS) * 2.0**30
    assert np.abs(exact % 1 - 0.5).min() > 1e-4
