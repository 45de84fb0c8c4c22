"""What the robustness figures are measured on: pictures that show the drawing, each kind in its own way."""

import io

import numpy as np
import pytest
from PIL import Image

from doodle.picture import from_picture
from doodle.raster import rasterize
from train.robustness import KINDS, render

KITE = [[[0, 60, 100, 60, 0, 40, 100], [50, 0, 50, 100, 50, 50, 50]], [[60, 60], [100, 180]]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_shows_the_drawing(kind):
    chance = np.random.default_rng(0)
    for _ in range(5):
        bitmap = from_picture(render(KITE, KINDS[kind](chance), chance))
        assert np.abs(bitmap.astype(int) - rasterize(KITE)).mean() < 12  # of 40, which an empty bitmap has


def test_pictures_of_a_kind_differ_and_can_be_repeated():
    vary = KINDS["10 to 100 % of the frame, anywhere"]
    pictures = [render(KITE, vary(chance), chance) for chance in map(np.random.default_rng, (0, 1, 0))]
    assert pictures[0] == pictures[2] != pictures[1]
    assert Image.open(io.BytesIO(pictures[0])).size != Image.open(io.BytesIO(pictures[1])).size
