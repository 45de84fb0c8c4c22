"""What the robustness figures are measured on: pictures that show the drawing, each kind in its own way."""

import numpy as np
import pytest

from benchmarks.robustness import GROUPS
from doodle.picture_file import decode, open_picture

FISH = [[[0, 60, 100, 60, 0, 40, 0], [50, 0, 50, 100, 50, 90, 95]], [[70], [40]]]
SCENES = [(group, name) for group, scenes in GROUPS.items() for name in scenes]


@pytest.mark.parametrize(("group", "name"), SCENES)
def test_scene_is_a_picture_that_can_be_repeated(group, name):
    first, again = (GROUPS[group][name](FISH, np.random.default_rng(0)) for _ in range(2))
    assert first == again
    pixels = np.asarray(decode(open_picture(first)))
    assert np.ptp(pixels.reshape(len(pixels), -1, pixels[0, 0].size), axis=(0, 1)).max() > 20


def test_kinds_are_held_out():
    assert len(GROUPS["held out"]) >= 10
    assert not GROUPS["held out"].keys() & GROUPS["with surroundings"].keys()
