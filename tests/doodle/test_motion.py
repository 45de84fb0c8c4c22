"""The maps of the pen's motion: which way, when, and the same however densely a screen recorded the strokes."""

import json

import numpy as np
import pytest

from doodle.raster import MAPS, TOLERANCE, UNIT, Strokes, draw, draw_maps, flatten, simplify
from doodle.strokes import parse_strokes

L_SHAPE = [[[0, 200], [0, 0]], [[0, 0], [0, 200]]]  # to the right, then down from the same corner
INK, RIGHT, LEFT, DOWN, UP, TIME = range(6)


def maps(drawing: object) -> np.ndarray:
    """(6, 28, 28) as integers that can be subtracted."""
    return draw_maps(flatten([parse_strokes(drawing)]))[0].astype(int)


def test_maps_are_named():
    assert MAPS == ("ink", "right", "left", "down", "up", "time")


def test_strokes_mark_the_way_that_they_go():
    drawn = maps(L_SHAPE)
    assert (drawn[RIGHT] > 0).any() and (drawn[DOWN] > 0).any()
    assert drawn[LEFT].max() == 0 and drawn[UP].max() == 0
    rows, columns = (drawn[RIGHT] > 0).any(1), (drawn[DOWN] > 0).any(0)  # the first lies on top, the second at the left
    assert rows[:8].any() and not rows[8:].any() and columns[:8].any() and not columns[8:].any()


def test_the_other_way_round_is_the_other_map():
    drawn, reverse = maps(L_SHAPE), maps([[xs[::-1], ys[::-1]] for xs, ys in L_SHAPE])
    assert (drawn[INK] == reverse[INK]).all()
    assert (drawn[RIGHT] == reverse[LEFT]).all() and (drawn[DOWN] == reverse[UP]).all()


def test_a_slanted_stroke_marks_both_ways_in_part():
    drawn = maps([[[0, 100], [0, 100]]])
    assert drawn[RIGHT].max() == drawn[DOWN].max() == pytest.approx(drawn[INK].max() * 0.5**0.5, abs=1)


def test_time_is_the_part_of_the_ink_drawn_so_far():
    drawn = maps(L_SHAPE)
    for where, part in (((slice(None), 20), 0.25), ((20, slice(None)), 0.75)):  # the middles of two equal strokes
        assert drawn[TIME][where].max() == pytest.approx(part * drawn[INK][where].max(), abs=1)


def test_a_dot_has_no_way():
    drawn = maps([[[5], [5]]])
    assert drawn[INK].max() > 0 and drawn[RIGHT : UP + 1].max() == 0


def test_maps_are_drawn_alike_in_any_company():
    rng = np.random.default_rng(0)
    drawings = [
        parse_strokes(rng.integers(0, 256, (rng.integers(1, 9), 2, rng.integers(1, 40))).tolist()) for _ in range(90)
    ]
    alone = np.concatenate([draw_maps(flatten([drawing])) for drawing in drawings])
    assert np.array_equal(draw_maps(flatten(drawings)), alone)


def dense(xs: list[float], ys: list[float], noise: float = 0.0) -> list[list[float]]:
    """The same path with a point at every unit, off by at most `noise`."""
    lengths = np.concatenate([[0], np.cumsum(np.hypot(np.diff(xs), np.diff(ys)))])
    at = np.linspace(0, lengths[-1], int(lengths[-1]) + 1)
    rng = np.random.default_rng(0)
    return [(np.interp(at, lengths, values) + rng.uniform(-noise, noise, len(at))).tolist() for values in (xs, ys)]


def test_a_screens_dense_points_draw_as_the_simplified_ones():
    zigzag = [[0, 60, 120, 180, 255], [0, 200, 20, 180, 60]]
    assert np.abs(maps([dense(*zigzag)]) - maps([zigzag])).max() <= 8  # corners are cut by half a unit
    shaky = maps([dense(*zigzag, noise=1.0)])
    assert np.abs(shaky - maps([zigzag])).mean() < 4


def test_simplification_drops_what_lies_within_the_tolerance_and_no_more():
    def kept(height: float) -> int:
        points = np.array([[0.0, 10, 20], [0, height, 0]])
        return simplify(Strokes(points, np.array([3]), np.array([1]))).points.shape[1]

    assert kept(TOLERANCE * 0.99) == 2 and kept(TOLERANCE * 1.01) == 3


def test_simplification_keeps_ends_and_single_points():
    points = np.array([[0.0, 1, 2, 5, 7, 7], [0, 0, 0, 5, 7, 7]])
    simple = simplify(Strokes(points, np.array([3, 1, 2]), np.array([2, 1])))
    assert simple.lengths.tolist() == [2, 1, 2] and simple.counts.tolist() == [2, 1]
    assert simple.points.tolist() == [[0, 2, 5, 7, 7], [0, 0, 5, 7, 7]]


def test_work_is_bounded_for_a_spiral_that_no_point_can_be_dropped_from():
    angle = np.linspace(0, 600, 20_000)
    spiral = [(angle * np.cos(angle)).tolist(), (angle * np.sin(angle)).tolist()]
    assert maps([spiral])[INK].max() == 255


def test_googles_own_simplified_drawings_are_hardly_simplified_again(quickdraw):
    lines = (quickdraw / "full/simplified/star.ndjson").read_text().splitlines()[:200]
    drawings = [parse_strokes(json.loads(line)["drawing"]) for line in lines]
    flat = flatten(drawings)
    scaled = Strokes(flat.points * UNIT, flat.lengths, flat.counts)
    assert simplify(scaled).points.shape[1] > 0.93 * flat.points.shape[1]
    assert np.abs(draw_maps(flat)[:, 0].astype(int) - draw(drawings)).mean() < 0.5
