"""Strokes become the 28x28 bitmap that every model sees, by the rule that made Google's own bitmaps.

The rule is the `vector_to_raster` function that Google published in issue 19 of googlecreativelab/quickdraw-dataset:
the drawing's longer side spans 255 units, a round pen of 16 units draws it, it is centred on a square of 304 units, and
anti-aliasing brings that to 28 pixels. Here each pixel's coverage is computed from its distance to the nearest stroke.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE = 28
EXTENT = 255.0  # units that the longer side of a drawing spans, as in Google's simplified drawings
PEN = 16.0  # units
CANVAS = 256.0 + 2 * 16.0 + PEN  # units along the bitmap's side: the drawing, its padding, and the pen's own width
UNIT = SIDE / CANVAS  # pixels
RADIUS = PEN / 2 * UNIT  # pixels
REACH = RADIUS + 0.5**0.5  # pixels: a pixel whose centre is farther than this from a stroke has no ink

LARGEST = 1e300  # half the extent of a drawing, in its own units: beyond, computing with it would overflow
MAX_STROKES, MAX_POINTS = 2_000, 20_000  # of a drawing; the largest that people drew in 20 seconds has 52 and 727
STROKES_AT_ONCE = 64  # bounds the memory of a drawing with very many strokes

Points = NDArray[np.float64]


class DrawingError(ValueError):
    """The input could be read, but there is no drawing in it."""


class DrawingSizeError(DrawingError):
    """The drawing has more strokes or points than we draw."""


def parse_strokes(drawing: object) -> list[Points]:
    """Check a drawing as JSON gives it and return its strokes.

    `drawing` is a list of strokes `[xs, ys]` or `[xs, ys, times, ...]`, as in a line of Google's simplified or raw
    .ndjson; xs and ys are equally long lists of finite numbers. Strokes without points are passed over.
    Returns arrays of shape (2, points), float64. Raises DrawingError naming the stroke at fault, DrawingSizeError where
    there are more than MAX_STROKES strokes or MAX_POINTS points.
    """
    if not isinstance(drawing, list | tuple):
        raise DrawingError("a drawing is a list of strokes [[x, ...], [y, ...]]")
    if len(drawing) > MAX_STROKES:
        raise DrawingSizeError(f"the drawing has {len(drawing)} strokes; at most {MAX_STROKES:,} are taken")
    strokes = [_parse_stroke(number, stroke) for number, stroke in enumerate(drawing, start=1)]
    strokes = [stroke for stroke in strokes if stroke.shape[1]]
    if not strokes:
        raise DrawingError("the drawing is empty: it has no stroke with a point")
    points = sum(stroke.shape[1] for stroke in strokes)
    if points > MAX_POINTS:
        raise DrawingSizeError(f"the drawing has {points} points; at most {MAX_POINTS:,} are taken")
    return strokes


def _parse_stroke(number: int, stroke: Any) -> Points:
    if not isinstance(stroke, list | tuple) or len(stroke) < 2:
        raise DrawingError(f"stroke {number} is not a pair of lists [[x, ...], [y, ...]]")
    xs, ys = stroke[0], stroke[1]
    if not isinstance(xs, list | tuple) or not isinstance(ys, list | tuple) or len(xs) != len(ys):
        raise DrawingError(f"stroke {number} needs as many x as y coordinates, each in a list")
    # bool is a number to Python and to numpy, but `true` is not a coordinate
    if not all(isinstance(value, int | float) and type(value) is not bool for values in (xs, ys) for value in values):
        raise DrawingError(f"stroke {number} has a coordinate that is not a number")
    try:
        points = np.array((xs, ys), dtype=np.float64)
    except OverflowError:
        raise DrawingError(f"stroke {number} has a coordinate that is too large") from None
    if not np.isfinite(points).all():
        raise DrawingError(f"stroke {number} has a coordinate that is not finite")
    return points


def rasterize(drawing: object) -> NDArray[np.uint8]:
    """Draw strokes as a bitmap of shape (28, 28), uint8, ink 255 on 0.

    `drawing` is what `parse_strokes` takes, in any coordinate range, y downwards; raises DrawingError as that does.
    """
    return draw(parse_strokes(drawing))


def draw(strokes: Sequence[Points]) -> NDArray[np.uint8]:
    """Draw checked strokes, each (2, points) float64, as a bitmap of shape (28, 28), uint8, ink 255 on 0."""
    placed = _place(strokes)
    paper = np.ones(SIDE * SIDE)
    for first in range(0, len(placed), STROKES_AT_ONCE):
        # each stroke lies over those before it, so a pixel stays white only as far as every stroke leaves it white
        paper *= np.prod(1 - _coverage(placed[first : first + STROKES_AT_ONCE]), axis=0)
    return np.rint(255 * (1 - paper)).astype(np.uint8).reshape(SIDE, SIDE)


def _place(strokes: Sequence[Points]) -> list[Points]:
    """Scale and centre strokes on the bitmap, in pixels; pixel (0, 0) covers 0 to 1."""
    lowest = np.min([stroke.min(axis=1) for stroke in strokes], axis=0)
    highest = np.max([stroke.max(axis=1) for stroke in strokes], axis=0)
    middle = lowest / 2 + highest / 2
    half = np.max(highest / 2 - lowest / 2)  # of the longer side; halves don't overflow
    scale = float(EXTENT / 2 * UNIT / half) if half > 0 else 0.0
    if not np.isfinite(scale) or half > LARGEST:
        raise DrawingError("the drawing's coordinates are too far apart, or too close together, to draw")
    return [(stroke - middle[:, None]) * scale + SIDE / 2 for stroke in strokes]


def _coverage(strokes: Sequence[Points]) -> Points:
    """How much of each pixel each stroke covers: (strokes, 784), 0 to 1."""
    # every stroke is a chain of segments; a single point is a segment of no length
    starts = np.concatenate([stroke[:, : max(1, stroke.shape[1] - 1)] for stroke in strokes], axis=1)
    ends = np.concatenate([stroke[:, min(1, stroke.shape[1] - 1) :] for stroke in strokes], axis=1)
    owner = np.repeat(np.arange(len(strokes)), [max(1, stroke.shape[1] - 1) for stroke in strokes])

    # the pixels around each segment that it could reach, all in one flat list
    first = np.ceil(np.minimum(starts, ends) - REACH - 0.5).clip(0, SIDE - 1).astype(np.intp)
    last = np.floor(np.maximum(starts, ends) + REACH - 0.5).clip(0, SIDE - 1).astype(np.intp)
    width, height = last - first + 1
    area = width * height
    segment = np.repeat(np.arange(len(area)), area)
    within = np.arange(len(segment)) - np.repeat(np.cumsum(area) - area, area)
    row, column = np.divmod(within, width[segment])
    x, y = first[0, segment] + column, first[1, segment] + row

    # from each pixel's centre to the nearest point of the segment
    along = ends - starts
    length2 = (along * along).sum(axis=0)
    along_unit = along / np.where(length2 > 0, length2, 1.0)
    dx, dy = x + 0.5 - starts[0, segment], y + 0.5 - starts[1, segment]
    t = (dx * along_unit[0, segment] + dy * along_unit[1, segment]).clip(0, 1)
    dx -= t * along[0, segment]
    dy -= t * along[1, segment]

    covered = np.zeros((len(strokes), SIDE * SIDE))
    np.maximum.at(covered.reshape(-1), owner[segment] * (SIDE * SIDE) + y * SIDE + x, _edge_coverage(dx, dy))
    return covered


def _edge_coverage(dx: Points, dy: Points) -> Points:
    """The part of a pixel that lies inside a pen's edge, the nearest point of the pen's path being (dx, dy) away.

    Exact for a straight edge: a unit square, seen along the edge's normal, is the convolution of two boxes.
    """
    distance = np.hypot(dx, dy)
    safe = np.maximum(distance, 1e-9)
    wide, narrow = np.maximum(np.abs(dx), np.abs(dy)) / safe, np.minimum(np.abs(dx), np.abs(dy)) / safe
    inside = RADIUS - distance  # of the pixel's centre, negative outside
    half = (wide + narrow) / 2
    depth = np.minimum(np.abs(inside), half)
    slope = depth / np.maximum(wide, 0.5)
    corner = 0.5 - (half - depth) ** 2 / np.maximum(2 * wide * narrow, 1e-9)
    return 0.5 + np.copysign(np.where(depth <= (wide - narrow) / 2, slope, corner), inside)
