"""Built-in doodles are drawings like any other: varied, reproducible, in Google's form."""

import numpy as np
import pytest

from doodle.strokes import parse_strokes
from train import synthetic

CATEGORIES = list(synthetic.CATEGORIES)


@pytest.mark.parametrize("category", CATEGORIES)
def test_doodles_are_in_the_form_of_simplified_drawings(category):
    rng = np.random.default_rng(0)
    for _ in range(200):
        drawing = synthetic.strokes(category, rng)
        points = np.concatenate(parse_strokes(drawing), axis=1)
        assert points.min() == 0 and points.max() == 255
        assert all(len(xs) > 1 for xs, _ in drawing)


@pytest.mark.parametrize("category", CATEGORIES)
def test_doodles_depend_on_the_seed_and_not_on_how_many_are_asked_for(category):
    ten = synthetic.bitmaps(category, 10, seed=1)
    assert ten.shape == (10, 28, 28) and ten.dtype == np.uint8
    assert np.array_equal(synthetic.bitmaps(category, 5, seed=1), ten[:5])
    assert not np.array_equal(synthetic.bitmaps(category, 5, seed=2), ten[:5])


@pytest.mark.parametrize("category", CATEGORIES)
def test_no_two_doodles_are_alike(category):
    bitmaps = synthetic.bitmaps(category, 60, seed=0).reshape(60, -1).astype(float)
    apart = np.abs(bitmaps[:, None] - bitmaps[None]).mean(axis=2) + 255 * np.eye(60)
    assert apart.min() > 2  # grey levels; two renderings of one drawing differ by about 1


def test_the_category_of_a_doodle_can_be_told():
    """Nearest mean, of blurred bitmaps: crude, and yet right far more often than one in ten."""
    known = {category: _blurred(synthetic.bitmaps(category, 60, seed=0)).mean(axis=0) for category in CATEGORIES}
    means = np.stack(list(known.values()))
    hits = []
    for label, category in enumerate(CATEGORIES):
        new = _blurred(synthetic.bitmaps(category, 30, seed=1))
        hits += (np.square(new[:, None] - means[None]).sum(axis=2).argmin(axis=1) == label).tolist()
    assert np.mean(hits) > 0.5


def _blurred(bitmaps: np.ndarray) -> np.ndarray:
    return bitmaps.reshape(-1, 7, 4, 7, 4).mean(axis=(2, 4)).reshape(len(bitmaps), -1)
