"""Strokes become the 28x28 bitmap that every model sees, by the rule that made Google's own bitmaps.

The rule is the `vector_to_raster` function that Google published in issue 19 of googlecreativelab/quickdraw-dataset:
the drawing's longer side spans 255 units, a round pen of 16 units draws it, it is centred on a square of 304 units, and
anti-aliasing brings that to 28 pixels. Here each pixel's coverage is computed from its distance to the nearest stroke.
"""

import math
import sys
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
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
# The same along a row or a column: a pixel with ink is no farther than RADIUS + (cos a + sin a) / 2, where a is the
# angle of the way to it, and cos a times that, the way's part along the row, is at most this.
REACH_ALONG = RADIUS + (1 + 2**0.5) / 4

LARGEST = 1e300  # half the extent of a drawing, in its own units: beyond, computing with it would overflow
MAX_STROKES, MAX_POINTS = 2_000, 20_000  # of a drawing; the largest that people drew in 20 seconds has 52 and 727

# What is drawn in one go: enough that numpy's calls cost little beside their work, and bounded whatever is drawn.
STROKES_AT_ONCE, SEGMENTS_AT_ONCE = 128, 2048

PIXELS = SIDE * SIDE
# How far, in a bitmap's numbering, a box's pixels lie from its corner; of a box of width w, from w * PIXELS on.
_numbers = np.arange(PIXELS)
PIXEL_IN_BOX = np.concatenate(
    [_numbers] + [_numbers // width * SIDE + _numbers % width for width in range(1, SIDE + 1)]
)
Y_IN_BOX, X_IN_BOX = np.divmod(PIXEL_IN_BOX, float(SIDE))
TINY = 1e-300  # changes no number but 0, which can be divided by it

Points = NDArray[np.float64]
Indices = NDArray[np.intp]


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
    points = _as_points(xs, ys)
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


def _as_points(xs: list[float], ys: list[float]) -> Points:
    try:
        return np.array(xs + ys, np.float64).reshape(2, -1)
    except OverflowError:  # a whole number beyond float64
        largest = int(sys.float_info.max)
        return np.array([[x if abs(x) <= largest else math.inf for x in values] for values in (xs, ys)], np.float64)


def rasterize(drawing: object) -> NDArray[np.uint8]:
    """Draw strokes as a bitmap of shape (28, 28), uint8, ink 255 on 0.

    `drawing` is what `parse_strokes` takes, in any coordinate range, y downwards; raises DrawingError as that does.
    """
    return draw(parse_strokes(drawing))


def draw(strokes: Sequence[Points]) -> NDArray[np.uint8]:
    """Draw checked strokes, each (2, points) float64, as a bitmap of shape (28, 28), uint8, ink 255 on 0."""
    bitmap: NDArray[np.uint8] = draw_all([strokes])[0]
    return bitmap


def draw_all(drawings: Sequence[Sequence[Points]]) -> NDArray[np.uint8]:
    """Draw many drawings, as `draw` draws one: (drawings, 28, 28) uint8, each as if it were drawn alone.

    Raises DrawingError if any of them cannot be drawn.
    """
    strokes = [stroke for drawing in drawings for stroke in drawing]
    lengths = np.array([stroke.shape[1] for stroke in strokes])
    owner = np.repeat(np.arange(len(drawings)), [len(drawing) for drawing in drawings])  # of each stroke: its drawing
    placed = _place(np.concatenate(strokes, axis=1), np.bincount(owner, lengths).astype(np.intp))
    starts, ends, first_segments = _segments(placed, lengths)
    paper = np.ones(len(drawings) * PIXELS)
    for first in range(0, len(strokes), STROKES_AT_ONCE):
        covered = _coverage(starts, ends, first_segments[first : first + STROKES_AT_ONCE + 1])
        # each stroke lies over those before it, so a pixel stays white only as far as every stroke leaves it white
        inked = np.flatnonzero(covered > 0)
        sheet = owner[first : first + STROKES_AT_ONCE]
        to_paper = (sheet - np.arange(len(sheet))) * PIXELS  # from a pixel's number in `covered` to that on the paper
        np.multiply.at(paper, inked + to_paper.take(inked // PIXELS), 1 - covered.take(inked))
    return np.rint(255 * (1 - paper)).astype(np.uint8).reshape(-1, SIDE, SIDE)


def _place(points: Points, sizes: Indices) -> Points:
    """Scale and centre drawings of `sizes` points each on their bitmaps, in pixels; pixel (0, 0) covers 0 to 1."""
    begins = np.cumsum(sizes) - sizes
    lowest, highest = np.minimum.reduceat(points, begins, axis=1), np.maximum.reduceat(points, begins, axis=1)
    middle = lowest / 2 + highest / 2
    half = (highest / 2 - lowest / 2).max(axis=0)  # of the longer side; halves don't overflow
    with np.errstate(over="ignore"):
        scale = np.divide(EXTENT / 2 * UNIT, half, out=np.zeros_like(half), where=half > 0)
    if not np.isfinite(scale).all() or half.max() > LARGEST:
        raise DrawingError("the drawing's coordinates are too far apart, or too close together, to draw")
    placed: Points = (points - np.repeat(middle, sizes, axis=1)) * np.repeat(scale, sizes) + SIDE / 2
    return placed


def _segments(points: Points, lengths: Indices) -> tuple[Points, Points, Indices]:
    """Every stroke is a chain of segments; a single point is a segment of no length.

    Returns where they start and end, each (2, segments), and the number of each stroke's first segment, and one more.
    """
    last_points = np.cumsum(lengths) - 1
    starts_one = np.ones(points.shape[1], bool)
    starts_one[last_points[lengths > 1]] = False
    start = np.flatnonzero(starts_one)
    end = start + 1
    first_segments = np.concatenate([[0], np.cumsum(np.maximum(lengths - 1, 1))])
    dots = first_segments[:-1][lengths == 1]
    end[dots] = start[dots]
    return points.take(start, axis=1), points.take(end, axis=1), first_segments


def _coverage(starts: Points, ends: Points, first_segments: Indices) -> Points:
    """How much of each pixel each stroke covers: (strokes * 784), 0 to 1. A stroke ends where the next one begins."""
    covered = np.zeros((len(first_segments) - 1) * PIXELS)
    place = np.repeat(np.arange(0, len(covered), PIXELS), np.diff(first_segments))  # of each segment's stroke in it
    begin, end = int(first_segments[0]), int(first_segments[-1])
    for first in range(begin, end, SEGMENTS_AT_ONCE):
        some = slice(first, min(first + SEGMENTS_AT_ONCE, end))
        reached, dx, dy, distance2 = _reached_pixels(starts[:, some], ends[:, some], place[first - begin :])
        np.maximum.at(covered, reached, _edge_coverage(dx, dy, np.sqrt(distance2)))
    return covered


def _reached_pixels(starts: Points, ends: Points, place: Indices) -> tuple[Indices, Points, Points, Points]:
    """The pixels that a pen on these segments may reach, and the way to each one's centre from the nearest point.

    Returns the numbers of the pixels, counted from each segment's `place`, the x and the y of the way, and its squared
    length.
    """
    first = np.ceil(np.minimum(starts, ends) - (REACH_ALONG + 0.5)).clip(0, SIDE - 1)
    last = np.floor(np.maximum(starts, ends) + (REACH_ALONG - 0.5)).clip(0, SIDE - 1)
    width, height = (last - first + 1).astype(np.intp)
    area = width * height
    along = ends - starts
    length2 = along[0] * along[0] + along[1] * along[1]
    along_unit = along / np.where(length2 > 0, length2, 1.0)

    # the pixels of the boxes around all segments in one list, each beside what is known of its segment
    in_box = np.arange(area.sum()) + np.repeat(width * PIXELS - np.cumsum(area) + area, area)
    beside = np.concatenate([first + 0.5 - starts, along, along_unit])
    dx, dy, along_x, along_y, unit_x, unit_y = np.repeat(beside, area, axis=1)
    dx += X_IN_BOX.take(in_box)
    dy += Y_IN_BOX.take(in_box)
    t = (dx * unit_x + dy * unit_y).clip(0, 1)
    dx -= t * along_x
    dy -= t * along_y
    distance2 = dx * dx + dy * dy
    near = np.flatnonzero(distance2 < REACH * REACH)
    corner = place[: len(area)] + (first[1] * SIDE + first[0]).astype(np.intp)  # of each box: the number of its pixel
    pixel = PIXEL_IN_BOX.take(in_box.take(near)) + np.repeat(corner, area).take(near)
    return pixel, dx.take(near), dy.take(near), distance2.take(near)


def _edge_coverage(dx: Points, dy: Points, distance: Points) -> Points:
    """The part of a pixel that lies inside a pen's edge, the nearest point of the pen's path being (dx, dy) away.

    Exact for a straight edge: a unit square, seen along the edge's normal, is the convolution of two boxes. All lengths
    along the normal are multiplied by `distance`, that of (dx, dy), which spares dividing by it.
    """
    dx, dy = np.abs(dx), np.abs(dy)
    wide, narrow = np.maximum(dx, dy), np.minimum(dx, dy)  # of the two boxes
    inside = RADIUS - distance  # of the pixel's centre, negative outside
    # how much of the pixel lies on the edge's farther side; `clip` takes half as long as `maximum` with a number
    beyond = ((wide + narrow) * 0.5 - np.abs(inside) * distance).clip(0, np.inf)
    corner = np.minimum(beyond, narrow)
    area = corner * corner / (2 * narrow + TINY) + (beyond - corner)
    coverage: Points = 0.5 + np.copysign(0.5 - area / (wide + TINY), inside)
    return coverage
