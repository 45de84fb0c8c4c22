import numpy as np
import pytest

from doodle.strokes import DrawingError, parse_strokes

HOUSE = [
    [[20, 20, 235, 235, 20], [110, 255, 255, 110, 110]],
    [[0, 128, 255], [115, 0, 115]],
    [[100, 100, 155, 155], [255, 170, 170, 255]],
    [[60, 80], [200, 200]],
    [[40], [30]],
]
OBJECTS = [[{"x": x, "y": y} for x, y in zip(*stroke, strict=True)] for stroke in HOUSE]


def as_points(strokes, *more):
    return [[[x, y, *more] for x, y in zip(*stroke, strict=True)] for stroke in strokes]


@pytest.mark.parametrize(
    "drawing", [as_points(HOUSE), as_points(HOUSE, 0.5), as_points(HOUSE, 0.5, 16), OBJECTS, as_points(HOUSE)[::-1]]
)
def test_strokes_as_points_read_as_coordinates(drawing):
    strokes = parse_strokes(drawing)
    if drawing[0][0] == [40, 30]:
        strokes = strokes[::-1]
    assert all(np.array_equal(*pair) for pair in zip(strokes, parse_strokes(HOUSE), strict=True))


@pytest.mark.parametrize(
    "stroke",
    [
        [[0, 255, 52], [97, 97, 255]],
        [[0, 255], [97, 40]],
        [[0, 255], [97, 40], [0, 16]],
        [[0, 255, 8], [97, 40, 9], [0, 16, 32]],
        [[5], [6], [7]],
    ],
)
def test_what_may_be_coordinates_is_coordinates(stroke):
    assert np.array_equal(parse_strokes([stroke])[0], stroke[:2])


def test_unclear_strokes_refused_with_what_to_send():
    with pytest.raises(DrawingError, match=r'send .* points as {"x": x, "y": y}'):
        parse_strokes([[[0, 0], [10, 0], [5, 8]]])
    assert len(parse_strokes([[[0, 0], [10, 0], [5, 8], [0, 0]]])[0][0]) == 4
    assert len(parse_strokes([[[0, 0], [10, 0], [5, 8]], [[1, 1], [2, 2], [3, 3], [4, 4]]])[0][0]) == 3


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        ([[[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [0, 1]]], "stroke 1 needs as many times"),
        ([[[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], "fast"]], "stroke 1 needs as many times"),
        ([*as_points(HOUSE), [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]], "stroke 6 is not a list of points"),
        ([*as_points(HOUSE), 5], "stroke 6 is not a list of points"),
        ([[{"x": 1}]], "stroke 1 has a coordinate"),
        ([[{"x": True, "y": 1}]], "stroke 1 has a coordinate"),
    ],
)
def test_fault_named_by_its_stroke(drawing, message):
    with pytest.raises(DrawingError, match=message):
        parse_strokes(drawing)
