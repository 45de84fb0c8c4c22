"""A drawing as a list of strokes: what is accepted, and the check that says what is wrong with the rest."""

import math
import sys
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_STROKES, MAX_POINTS = 2_000, 20_000  # per drawing; the largest that people drew in 20 seconds has 52 and 727
POINT_NUMBERS = 4  # that a point may have: x, y, and perhaps pressure and time

Points = NDArray[np.float64]


class DrawingError(ValueError):
    """The input was readable but contains no drawing."""


class DrawingSizeError(DrawingError):
    """The drawing has more strokes or points than we accept."""


def parse_strokes(drawing: object) -> list[Points]:
    """Validate a drawing as JSON gives it and return its strokes.

    `drawing` is a list of strokes `[xs, ys]` or `[xs, ys, times]`, as in a line of Google's simplified or raw .ndjson;
    these are lists of finite numbers, equally long. A stroke may also be a list of points, `[x, y]`, `[x, y, pressure]`
    or `{"x": x, "y": y}`, where that cannot be mistaken for the former. Strokes without points are skipped.
    Returns one (2, points) float64 array per stroke. Raises DrawingError naming the stroke at fault, and
    DrawingSizeError above MAX_STROKES strokes or MAX_POINTS points.
    """
    if not isinstance(drawing, list | tuple):
        raise DrawingError("a drawing is a list of strokes [[x, ...], [y, ...]]")
    if len(drawing) > MAX_STROKES:
        raise DrawingSizeError(f"the drawing has {len(drawing)} strokes; at most {MAX_STROKES:,} are taken")
    if _is_of_points(drawing):
        drawing = [_lists_of_points(number, stroke) for number, stroke in enumerate(drawing, start=1)]
    xs: list[float] = []
    ys: list[float] = []
    ends = [0]
    for number, stroke in enumerate(drawing, start=1):
        _check_stroke(number, stroke)
        xs += stroke[0]
        ys += stroke[1]
        ends.append(len(xs))
    if not xs:
        raise DrawingError("the drawing is empty: it has no stroke with a point")
    if len(xs) > MAX_POINTS:
        raise DrawingSizeError(f"the drawing has {len(xs)} points; at most {MAX_POINTS:,} are taken")
    points = _to_array(xs, ys)
    if not np.isfinite(points).all():
        number = bisect_right(ends, int(np.isfinite(points).all(axis=0).argmin()))
        raise DrawingError(f"stroke {number} has a coordinate that is too large, or not finite")
    return [points[:, start:end] for start, end in pairwise(ends) if start < end]


def _is_of_points(drawing: Sequence[Any]) -> bool:
    """Whether strokes are lists of points, not lists of coordinates. Raises DrawingError where nothing tells.

    A list of more than three, or of objects, can only be points; a coordinate list longer than a point has numbers
    can only be coordinates. A drawing is all of one kind, so the first stroke that tells is enough.
    """
    unclear = False
    for stroke in drawing:
        if not isinstance(stroke, list | tuple) or not stroke:
            continue
        first = stroke[0]
        if isinstance(first, dict):
            return True
        if not all(isinstance(each, list | tuple) for each in stroke) or len(first) > POINT_NUMBERS:
            return False
        if len(first) < 2 or len({*map(len, stroke)}) > 1:
            continue  # no list of points; the check of each stroke says what is wrong, if anything
        if len(stroke) > 3 or (len(stroke) == 3 and not _may_be_times(stroke[2])):
            return True
        unclear |= len(stroke) == 3 and stroke[2][0] != 0  # a recording begins at 0
    if unclear:
        raise DrawingError(
            "a stroke may be coordinates with their times, or a list of three points: "
            'send [[x, ...], [y, ...]], or points as {"x": x, "y": y}'
        )
    return False


def _may_be_times(values: Sequence[Any]) -> bool:
    try:
        return all(before <= after for before, after in pairwise(values))
    except TypeError:  # not numbers
        return True


def _lists_of_points(number: int, stroke: Any) -> list[list[Any]]:
    """[[x, y], ...] or [{"x": x, "y": y}, ...] as [[x, ...], [y, ...]]."""
    if not isinstance(stroke, list | tuple):
        raise DrawingError(f"stroke {number} is not a list of points")
    points = [(point.get("x"), point.get("y")) if isinstance(point, dict) else point for point in stroke]
    if not all(isinstance(point, list | tuple) and 2 <= len(point) <= POINT_NUMBERS for point in points):
        raise DrawingError(f"stroke {number} is not a list of points [x, y], as other strokes are")
    return [[point[0] for point in points], [point[1] for point in points]]


def _check_stroke(number: int, stroke: Any) -> None:
    if not isinstance(stroke, list | tuple) or len(stroke) < 2:
        raise DrawingError(f"stroke {number} is not a pair of lists [[x, ...], [y, ...]]")
    xs, ys = stroke[0], stroke[1]
    if not isinstance(xs, list | tuple) or not isinstance(ys, list | tuple) or len(xs) != len(ys):
        raise DrawingError(f"stroke {number} needs as many x as y coordinates, each in a list")
    for others in stroke[2:]:
        if not isinstance(others, list | tuple) or len(others) != len(xs):
            raise DrawingError(f"stroke {number} needs as many times as coordinates, in a list")
    # bool is a number to Python and to numpy, but `true` is not a coordinate
    for kind in {*map(type, xs), *map(type, ys)}:
        if not issubclass(kind, int | float) or kind is bool:
            raise DrawingError(f"stroke {number} has a coordinate that is not a number")


def _to_array(xs: list[float], ys: list[float]) -> Points:
    try:
        return np.array(xs + ys, np.float64).reshape(2, -1)
    except OverflowError:  # an integer beyond float64
        largest = int(sys.float_info.max)
        return np.array([[x if abs(x) <= largest else math.inf for x in values] for values in (xs, ys)], np.float64)
