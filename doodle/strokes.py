"""A drawing as a list of strokes: what is accepted, and the check that says what is wrong with the rest."""

import math
import sys
from bisect import bisect_right
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_STROKES, MAX_POINTS = 2_000, 20_000  # per drawing; the largest that people drew in 20 seconds has 52 and 727

Points = NDArray[np.float64]


class DrawingError(ValueError):
    """The input was readable but contains no drawing."""


class DrawingSizeError(DrawingError):
    """The drawing has more strokes or points than we accept."""


def parse_strokes(drawing: object) -> list[Points]:
    """Validate a drawing as JSON gives it and return its strokes.

    `drawing` is a list of strokes `[xs, ys]` or `[xs, ys, times, ...]`, as in a line of Google's simplified or raw
    .ndjson; xs and ys are lists of finite numbers, equally long. Strokes without points are skipped.
    Returns one (2, points) float64 array per stroke. Raises DrawingError naming the stroke at fault, and
    DrawingSizeError above MAX_STROKES strokes or MAX_POINTS points.
    """
    if not isinstance(drawing, list | tuple):
        raise DrawingError("a drawing is a list of strokes [[x, ...], [y, ...]]")
    if len(drawing) > MAX_STROKES:
        raise DrawingSizeError(f"the drawing has {len(drawing)} strokes; at most {MAX_STROKES:,} are taken")
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


def _check_stroke(number: int, stroke: Any) -> None:
    if not isinstance(stroke, list | tuple) or len(stroke) < 2:
        raise DrawingError(f"stroke {number} is not a pair of lists [[x, ...], [y, ...]]")
    xs, ys = stroke[0], stroke[1]
    if not isinstance(xs, list | tuple) or not isinstance(ys, list | tuple) or len(xs) != len(ys):
        raise DrawingError(f"stroke {number} needs as many x as y coordinates, each in a list")
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
