"""Built-in doodles are drawings like any other: varied, reproducible, in Google's form."""

import numpy as np
import pytest

from doodle.raster import Bitmap, draw
from doodle.strokes import parse_strokes
from train.synthetic import CATEGORIES, doodles


def bitmaps(category: str, count: int, seed: int = 0) -> Bitmap:
    return draw([parse_strokes(drawing) for drawing in doodles(category, count, seed)])


@pytest.mark.parametrize("category", CATEGORIES)
def test_doodles_are_in_the_form_of_simplified_drawings(category):
    for drawing in doodles(category, 100):
        points = np.concatenate(parse_strokes(drawing), axis=1)
        assert points.min() == 0 and points.max() == 255
        assert all(isinstance(x, int) for x in drawing[0][0])


@pytest.mark.parametrize("category", CATEGORIES)
def test_doodles_depend_on_the_seed_and_not_on_how_many_are_asked_for(category):
    assert doodles(category, 5, seed=1) == doodles(category, 10, seed=1)[:5] != doodles(category, 5, seed=2)


@pytest.mark.parametrize("category", CATEGORIES)
def test_no_two_doodles_are_alike(category):
    drawn = bitmaps(category, 60).reshape(60, -1).astype(float)
    apart = np.abs(drawn[:, None] - drawn[None]).mean(axis=2) + 255 * np.eye(60)
    assert apart.min() > 2  # grey levels; two renderings of one drawing differ by about 1


def test_the_category_of_a_doodle_can_be_told():
    """Nearest mean, of blurred bitmaps: crude, and yet right far more often than one in ten."""
    means = np.stack([_blurred(bitmaps(category, 60)).mean(axis=0) for category in CATEGORIES])
    hits = []
    for label, category in enumerate(CATEGORIES):
        new = _blurred(bitmaps(category, 30, seed=1))
        hits += (np.square(new[:, None] - means[None]).sum(axis=2).argmin(axis=1) == label).tolist()
    assert np.mean(hits) > 0.5


def _blurred(drawn: Bitmap) -> np.ndarray:
    return drawn.reshape(-1, 7, 4, 7, 4).mean(axis=(2, 4)).reshape(len(drawn), -1)
