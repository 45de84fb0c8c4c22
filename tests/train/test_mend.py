"""Inverted pixels are found and inverted back; drawings without such stay as they are."""

from dataclasses import replace

import numpy as np
import pytest

from train.dataset import Drawings, load
from train.mend import mend


@pytest.fixture(scope="module")
def doodles() -> Drawings:
    return load("synthetic", ("eye", "pear", "star", "sword"), samples=700)


@pytest.fixture(scope="module")
def noisy(doodles) -> Drawings:
    """The doodles, in every eighth of which one pixel in 30 is inverted."""
    wrong = np.random.default_rng(0).random(doodles.bitmaps.shape) < 1 / 30
    wrong[np.arange(len(wrong)) % 8 > 0] = False
    return replace(doodles, bitmaps=np.where(wrong, 255 - doodles.bitmaps, doodles.bitmaps))


@pytest.fixture(scope="module")
def mended(noisy, tmp_path_factory) -> Drawings:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("train.mend.LEARNED", 8_000)  # enough for doodles, which are simpler than drawings
        return mend(noisy, tmp_path_factory.mktemp("cache"))


def test_most_inverted_pixels_are_inverted_back(doodles, noisy, mended):
    before, after = (drawings.bitmaps[::8] != doodles.bitmaps[::8] for drawings in (noisy, mended))
    assert after.sum() < before.sum() / 2


def test_drawings_without_noise_stay_as_they_are(doodles, mended):
    assert (mended.bitmaps[1::8] != doodles.bitmaps[1::8]).mean() < 0.0005


def test_labels_and_split_stay(noisy, mended):
    assert np.array_equal(mended.labels, noisy.labels) and np.array_equal(mended.split, noisy.split)


def test_the_same_drawings_are_mended_once(noisy, tmp_path, monkeypatch):
    monkeypatch.setattr("train.mend.LEARNED", 100)
    few = replace(noisy, bitmaps=noisy.bitmaps[:100], labels=noisy.labels[:100], split=noisy.split[:100])
    first = mend(few, tmp_path)
    monkeypatch.setattr("train.mend.invert_back", None)  # a second time it would fail
    assert np.array_equal(mend(few, tmp_path).bitmaps, first.bitmaps)
    assert not list(tmp_path.glob("*.part"))
