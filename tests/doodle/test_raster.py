"""Strokes become bitmaps by the vector_to_raster rule: as Google's own are, whatever the coordinates' range."""

import json
from itertools import pairwise

import numpy as np
import pytest

from doodle.raster import CANVAS, PEN, SIDE, draw, rasterize
from doodle.strokes import DrawingError, parse_strokes

HOUSE = [
    [[0, 0, 255, 255, 0], [255, 100, 100, 255, 255]],
    [[0, 128, 255], [100, 0, 100]],
    [[110, 110, 150], [255, 180, 180]],
]
SPIRAL = [[[128 + r * np.cos(r / 9) for r in range(0, 127, 3)], [128 + r * np.sin(r / 9) for r in range(0, 127, 3)]]]
WIDE = [[[0, 255], [3, 0]], [[40, 90, 140], [20, 35, 18]], [[200], [30]]]
DOODLES = [HOUSE, SPIRAL, WIDE]


def reference(drawing: list, samples: int = 24) -> np.ndarray:
    """The rule by brute force: each pixel is a grid of points, and each point asks every segment how far it is."""
    strokes = [np.array(stroke, float) for stroke in drawing]
    lowest = np.min([stroke.min(1) for stroke in strokes], axis=0)
    highest = np.max([stroke.max(1) for stroke in strokes], axis=0)
    scale = 255 / (highest - lowest).max()
    offset = CANVAS / 2 - (lowest + highest) / 2 * scale
    side = SIDE * samples
    axis = (np.arange(side) + 0.5) * CANVAS / side
    points = np.stack(np.meshgrid(axis, axis), axis=-1)
    paper = np.ones((SIDE, SIDE))
    for stroke in strokes:
        path = (stroke * scale + offset[:, None]).T
        inside = np.zeros((side, side), bool)
        for start, end in zip(path, path[1:] if len(path) > 1 else path, strict=False):
            along = end - start
            t = ((points - start) @ along / max(along @ along, 1e-12)).clip(0, 1)
            inside |= np.linalg.norm(points - start - t[..., None] * along, axis=-1) <= PEN / 2
        paper *= 1 - inside.reshape(SIDE, samples, SIDE, samples).mean(axis=(1, 3))
    return 255 * (1 - paper)


@pytest.mark.parametrize("drawing", DOODLES, ids=["house", "spiral", "wide"])
def test_bitmap_is_what_the_rule_gives(drawing):
    difference = np.abs(rasterize(drawing) - reference(drawing))
    assert difference.mean() < 1 and difference.max() < 40


def test_bitmaps_are_googles_own(quickdraw):
    drawings = [json.loads(line)["drawing"] for line in (quickdraw / "pairs.ndjson").read_text().splitlines()]
    bitmaps = np.load(quickdraw / "pairs.npy").reshape(-1, 28, 28)
    ours = np.stack([rasterize(drawing) for drawing in drawings])
    assert np.abs(ours - bitmaps.astype(float)).mean() <= 1.5


@pytest.mark.parametrize("drawing", DOODLES, ids=["house", "spiral", "wide"])
def test_any_coordinate_range_gives_the_same_bitmap(drawing):
    for scale, shift in ((0.001, 0), (7.3, -400), (1e6, 3e8)):
        moved = [[[x * scale + shift for x in xs], [y * scale + shift for y in ys]] for xs, ys in drawing]
        assert np.abs(rasterize(moved).astype(int) - rasterize(drawing)).max() <= 2


def test_raw_drawing_with_times_and_many_points_gives_the_simplified_ones_bitmap():
    raw = []
    for xs, ys in HOUSE:
        steps = np.linspace(0, len(xs) - 1, 201)  # the corners are among them
        x, y = np.interp(steps, range(len(xs)), xs), np.interp(steps, range(len(ys)), ys)
        raw.append([(x * 1.7 + 33.25).tolist(), (y * 1.7 + 81.5).tolist(), (steps * 16).tolist()])
    difference = np.abs(rasterize(raw).astype(int) - rasterize(HOUSE))
    assert difference.mean() < 0.3 and difference.max() <= 8


def test_a_dot_is_a_round_dot_in_the_middle():
    dot = rasterize([[[500], [3]]])
    assert dot.shape == (28, 28) and dot.dtype == np.uint8
    assert dot[13:15, 13:15].min() > 100 and dot.sum() == dot[12:16, 12:16].sum()
    assert (dot == dot.T).all() and (dot == dot[::-1]).all()


def test_longer_side_spans_the_bitmap_and_the_shorter_is_centred():
    bar = rasterize([[[0, 1000], [7, 7]]])
    rows, columns = np.flatnonzero(bar.any(1)), np.flatnonzero(bar.any(0))
    assert rows.tolist() == [13, 14] and columns[0] == 1 and columns[-1] == 26


def test_many_strokes_draw_as_all_their_parts():
    rows = [[[0, 255], [y, y]] for y in range(0, 256)]
    assert (rasterize(rows)[4:24, 4:24] == 255).all()


def test_strokes_without_points_are_passed_over():
    assert (rasterize([[[], []], *HOUSE]) == rasterize(HOUSE)).all()


@pytest.mark.parametrize(
    "drawing",
    [
        [],
        [[[], []]],
        None,
        "drawing",
        {"x": 1},
        [1, 2],
        [[1, 2]],
        [[[1, 2]]],
        [[[1, 2], [1]]],
        [[["1"], [2]]],
        [[[True], [2]]],
        [[[None], [2]]],
        [[[float("nan")], [2]]],
        [[[float("inf")], [2]]],
        [[[10**400], [2]]],
        [[[[1]], [[2]]]],
        [[[1.5e308, -1.5e308], [0, 0]]],
    ],
    ids=str,
)
def test_what_is_no_drawing_is_refused(drawing):
    with pytest.raises(DrawingError):
        rasterize(drawing)


def test_the_stroke_at_fault_is_named():
    with pytest.raises(DrawingError, match="stroke 2 "):
        parse_strokes([[[1], [2]], [[1], []]])


def coverage_by_the_book(x, y, stroke):
    """How much of pixel (x, y) a stroke, (2, points) in pixels, covers: one segment after the other."""
    covered = 0.0
    chain = list(stroke.T) if stroke.shape[1] > 1 else [stroke[:, 0]] * 2
    for start, end in pairwise(chain):
        along = end - start
        way = np.array([x + 0.5, y + 0.5]) - start
        length2 = along @ along
        way = way - np.clip(way @ along / length2, 0, 1) * along if length2 else way
        distance = float(np.hypot(*way))
        wide, narrow = sorted(np.abs(way) / distance, reverse=True) if distance else (1.0, 0.0)
        inside, half = PEN / 2 * SIDE / CANVAS - distance, (wide + narrow) / 2
        depth = min(abs(inside), half)
        edge = depth / wide if depth <= (wide - narrow) / 2 else 0.5 - (half - depth) ** 2 / (2 * wide * narrow)
        covered = max(covered, 0.5 + np.copysign(edge, inside))
    return covered


def draw_by_the_book(drawing):
    strokes = [np.array(stroke, float) for stroke in drawing]
    points = np.concatenate(strokes, axis=1)
    low, high = points.min(axis=1), points.max(axis=1)
    scale = 255 / max(high - low) * SIDE / CANVAS if (high > low).any() else 0
    paper = np.ones((SIDE, SIDE))
    for stroke in strokes:
        placed = (stroke - ((low + high) / 2)[:, None]) * scale + SIDE / 2
        for y in range(SIDE):
            for x in range(SIDE):
                paper[y, x] *= 1 - coverage_by_the_book(x, y, placed)
    return np.rint(255 * (1 - paper)).astype(np.uint8)


def random_drawings(count):
    rng = np.random.default_rng(0)
    for _ in range(count):
        yield [
            np.cumsum(rng.normal(0, 20, (2, rng.integers(1, 9))), axis=1).tolist() for _ in range(rng.integers(1, 5))
        ]


def test_bitmaps_are_those_of_the_rule_taken_literally():
    for drawing in [[[[5], [5]]], [[[0, 0, 9], [0, 0, 4]]], *random_drawings(8)]:
        assert np.array_equal(rasterize(drawing), draw_by_the_book(drawing))


def test_a_line_over_the_centres_of_pixels_is_as_dark_there_as_beside_them():
    centre = 7140 / 2 + 304 / 2  # half a pixel beside the middle, where the drawing's longer side is 7140 units
    cross = rasterize([[[0, 7140], [0, 0]], [[centre, centre], [-2000, 2000]]])
    assert (cross[8:20, 14] == 255).all()
    assert np.array_equal(cross, draw_by_the_book([[[0, 7140], [0, 0]], [[centre, centre], [-2000, 2000]]]))


def test_a_drawing_is_drawn_alike_in_any_company():
    rng = np.random.default_rng(1)
    many_strokes = rng.uniform(0, 255, (500, 2, 3)).tolist()
    many_points = [rng.uniform(0, 255, (2, 9000)).tolist()]
    drawings = [*random_drawings(200), many_strokes, *random_drawings(50), many_points, *random_drawings(1)]
    alone = [rasterize(drawing) for drawing in drawings]
    assert np.array_equal(draw([parse_strokes(drawing) for drawing in drawings]), alone)
