"""Strokes to the 28x28 bitmap that every model sees, by the rule that made Google's own bitmaps.

The rule is the `vector_to_raster` function that Google published in issue 19 of googlecreativelab/quickdraw-dataset:
the drawing's longer side spans 255 units, a round pen of 16 units draws it, it is centred on a square of 304 units, and
anti-aliasing brings that to 28 pixels. Here each pixel's coverage is computed from its distance to the nearest stroke.

`draw_maps` adds what a bitmap loses: which way the pen went and when. A drawing becomes six maps, each (28, 28) uint8:
the ink; the pen going right, left, down and up; the time. All arithmetic is float64 with one result per operation and
no sum whose order matters, so any implementation of the rule gives the same bits.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from doodle.strokes import DrawingError, Points, parse_strokes

SIDE = 28
PIXELS = SIDE * SIDE
EXTENT = 255.0  # units that the longer side of a drawing spans, as in Google's simplified drawings
PEN = 16.0  # units
CANVAS = 256.0 + 2 * 16.0 + PEN  # units along the bitmap's side: the drawing, its padding, and the pen's own width
UNIT = SIDE / CANVAS  # pixels
TOLERANCE = 2 * UNIT  # pixels: the Ramer-Douglas-Peucker epsilon of Google's simplified drawings, 2 units
MAX_LEVELS = 32  # of the simplification's recursion; below, all points stay, so that the work is bounded
LENGTH_STEPS = 64  # to a pixel: stroke lengths are integers, so that adding them up is exact

MAPS = ("ink", "right", "left", "down", "up", "time")

LARGEST = 1e300  # half the extent of a drawing, in its own units: beyond, computing with it would overflow
TINY = 1e-300  # changes no number but 0, which can then divide

# Strokes and segments drawn at a time: enough to hide numpy's call overhead, and few enough to bound memory.
STROKES_AT_ONCE, SEGMENTS_AT_ONCE = 128, 2048

# Offset of a box's pixels from its corner, in the bitmap's numbering; for a box of width w, from w * PIXELS on.
_numbers = np.arange(PIXELS)
PIXEL_IN_BOX = np.concatenate(
    [_numbers] + [_numbers // width * SIDE + _numbers % width for width in range(1, SIDE + 1)]
)
Y_IN_BOX, X_IN_BOX = np.divmod(PIXEL_IN_BOX, float(SIDE))

Bitmap = NDArray[np.uint8]
Indices = NDArray[np.intp]


class Strokes(NamedTuple):
    """Many drawings in flat arrays, drawing after drawing and stroke after stroke."""

    points: Points  # (2, points) float64
    lengths: Indices  # (strokes,): points of each stroke, at least 1
    counts: Indices  # (drawings,): strokes of each drawing, at least 1


def rasterize(drawing: object) -> Bitmap:
    """Draw strokes as a bitmap of shape (28, 28), uint8, ink 255 on 0.

    `drawing` is what `parse_strokes` takes, in any coordinate range, y downwards. Raises DrawingError as that does.
    """
    bitmap: Bitmap = draw([parse_strokes(drawing)])[0]
    return bitmap


def draw(drawings: Sequence[Sequence[Points]]) -> Bitmap:
    """Draw parsed drawings as bitmaps (N, 28, 28) uint8, each as if it were drawn alone.

    Raises DrawingError if one of them cannot be drawn.
    """
    return draw_flat(flatten(drawings))


def draw_flat(drawings: Strokes, pen: float = PEN) -> Bitmap:
    """As `draw`, for drawings in flat arrays; `pen` is the pen's width in units."""
    return _draw(_place(drawings), pen / 2 * UNIT)[:, 0]


def draw_maps(drawings: Strokes, pen: float = PEN) -> Bitmap:
    """Draw the maps of MAPS, (N, 6, 28, 28) uint8, each drawing as if it were drawn alone.

    The strokes are simplified first, as Google's were, so that a screen's dense points look like the data's. `pen` is
    the pen's width in units. Raises DrawingError if a drawing cannot be drawn.
    """
    return _draw(simplify(_place(drawings)), pen / 2 * UNIT, motion=True)


def flatten(drawings: Sequence[Sequence[Points]]) -> Strokes:
    """Parsed drawings as flat arrays."""
    strokes = [stroke for drawing in drawings for stroke in drawing]
    lengths = np.array([stroke.shape[1] for stroke in strokes], np.intp)
    return Strokes(np.concatenate(strokes, axis=1), lengths, np.array([len(drawing) for drawing in drawings], np.intp))


def _place(drawings: Strokes) -> Strokes:
    """Scale and centre drawings on their bitmaps, in pixels; pixel (0, 0) covers 0 to 1."""
    points, lengths, counts = drawings
    sizes = np.add.reduceat(lengths, np.cumsum(counts) - counts)  # points of each drawing
    begins = np.cumsum(sizes) - sizes
    lowest, highest = np.minimum.reduceat(points, begins, axis=1), np.maximum.reduceat(points, begins, axis=1)
    middle = lowest / 2 + highest / 2
    half = (highest / 2 - lowest / 2).max(axis=0)  # of the longer side; halves don't overflow
    with np.errstate(over="ignore"):
        scale = np.divide(EXTENT / 2 * UNIT, half, out=np.zeros_like(half), where=half > 0)
    if not np.isfinite(scale).all() or half.max() > LARGEST:
        raise DrawingError("the drawing's coordinates are too far apart, or too close together, to draw")
    placed = (points - np.repeat(middle, sizes, axis=1)) * np.repeat(scale, sizes) + SIDE / 2
    return Strokes(placed, lengths, counts)


def simplify(drawings: Strokes) -> Strokes:
    """Drop points that lie within TOLERANCE of the line through the others (Ramer-Douglas-Peucker), in pixels.

    All strokes are split level by level: of each run of points between two kept ones, the farthest from the segment
    that joins these is kept too if it is farther than TOLERANCE.
    """
    points, lengths, counts = drawings
    stops = np.cumsum(lengths)
    first, last = stops - lengths, stops - 1
    keep = np.zeros(points.shape[1], bool)
    keep[first] = keep[last] = True
    for _ in range(MAX_LEVELS):
        long = last - first > 1
        first, last = first[long], last[long]
        if not len(first):
            break
        farthest, distance2 = _farthest(points, first, last)
        split = distance2 > TOLERANCE * TOLERANCE
        farthest, first, last = farthest[split], first[split], last[split]
        keep[farthest] = True
        first, last = np.concatenate([first, farthest]), np.concatenate([farthest, last])
    else:
        for begin, end in zip(first, last, strict=True):
            keep[begin:end] = True
    kept = np.add.reduceat(keep, stops - lengths, dtype=np.intp)
    return Strokes(points[:, keep], kept, counts)


def _farthest(points: Points, first: Indices, last: Indices) -> tuple[Indices, Points]:
    """Between `first` and `last` of each run: the point farthest from the segment that joins them, and how far."""
    inner = last - first - 1
    begins = np.cumsum(inner) - inner
    index = np.arange(inner.sum()) + np.repeat(first + 1 - begins, inner)
    start = points.take(first, axis=1)
    along = points.take(last, axis=1) - start
    length2 = along[0] * along[0] + along[1] * along[1]
    unit = along / np.where(length2 > 0, length2, 1.0)
    (dx, dy), (x, y), (ux, uy) = (
        points.take(index, axis=1) - np.repeat(start, inner, axis=1),
        np.repeat(along, inner, axis=1),
        np.repeat(unit, inner, axis=1),
    )
    t = (dx * ux + dy * uy).clip(0, 1)
    dx -= t * x
    dy -= t * y
    distance2 = dx * dx + dy * dy
    largest = np.maximum.reduceat(distance2, begins)
    is_largest = np.flatnonzero(distance2 == np.repeat(largest, inner))
    return index[is_largest[np.searchsorted(is_largest, begins)]], largest


def _draw(placed: Strokes, radius: float, motion: bool = False) -> Bitmap:
    """Placed drawings as maps (N, 6, 28, 28) with `motion`, as their ink alone (N, 1, 28, 28) without.

    Each segment marks the pixels that it covers with the positive parts of its direction and with its time, the part of
    the drawing's ink that was drawn when the pen was in the segment's middle. The largest mark stays.
    """
    starts, ends, first_segments = _segments(placed)
    drawing_of_stroke = np.repeat(np.arange(len(placed.counts)), placed.counts)
    stroke_of_segment = np.repeat(np.arange(len(placed.lengths)), np.diff(first_segments))
    if motion:
        of_segment = drawing_of_stroke[stroke_of_segment]
        right, down, time = _motion(starts, ends, np.bincount(of_segment))
        marks = np.zeros((len(placed.counts), 5, PIXELS)).ravel()
    paper = np.ones(len(placed.counts) * PIXELS)
    for first in range(0, len(placed.lengths), STROKES_AT_ONCE):
        strokes = drawing_of_stroke[first : first + STROKES_AT_ONCE]
        covered = np.zeros(len(strokes) * PIXELS)
        begin, end = first_segments[first], first_segments[first + len(strokes)]
        for start in range(begin, end, SEGMENTS_AT_ONCE):
            some = slice(start, min(start + SEGMENTS_AT_ONCE, end))
            pixel, segment, coverage = _covered_pixels(starts[:, some], ends[:, some], radius)
            page = (stroke_of_segment[some] - first) * PIXELS
            np.maximum.at(covered, pixel + page.take(segment), coverage)
            if motion:
                pixel += (of_segment[some] * (5 * PIXELS)).take(segment)
                for number, part in enumerate((right[some], down[some])):
                    direction = (2 * number + (part < 0)) * PIXELS
                    np.maximum.at(marks, pixel + direction.take(segment), coverage * np.abs(part).take(segment))
                np.maximum.at(marks, pixel + 4 * PIXELS, coverage * time[some].take(segment))
        # each stroke lies over those before it, so a pixel stays white only as far as every stroke leaves it white
        inked = np.flatnonzero(covered > 0)
        to_paper = (
            strokes - np.arange(len(strokes))
        ) * PIXELS  # from a pixel's number in `covered` to that on the paper
        np.multiply.at(paper, inked + to_paper.take(inked // PIXELS), 1 - covered.take(inked))
    maps = (1 - paper).reshape(-1, 1, PIXELS)
    if motion:
        maps = np.concatenate([maps, marks.reshape(-1, 5, PIXELS)], axis=1)
    return np.rint(255 * maps).astype(np.uint8).reshape(*maps.shape[:2], SIDE, SIDE)


def _motion(starts: Points, ends: Points, counts: Indices) -> tuple[Points, Points, Points]:
    """Of each segment: the x and the y of its direction, and its time. A drawing has `counts` segments."""
    x, y = ends - starts
    length = np.sqrt(x * x + y * y)
    steps = np.rint(length * LENGTH_STEPS)
    before = np.cumsum(steps) - steps  # integers: exact
    begins = np.cumsum(counts) - counts
    total = np.maximum(np.add.reduceat(steps, begins), 1)
    time = (before - np.repeat(before[begins], counts) + steps / 2) / np.repeat(total, counts)
    return x / (length + TINY), y / (length + TINY), time


def _segments(placed: Strokes) -> tuple[Points, Points, Indices]:
    """Every stroke is a chain of segments; a single point is a segment of no length.

    Returns where they start and end, each (2, segments), and the number of each stroke's first segment, and one more.
    """
    points, lengths, _ = placed
    last_points = np.cumsum(lengths) - 1
    starts_one = np.ones(points.shape[1], bool)
    starts_one[last_points[lengths > 1]] = False
    start = np.flatnonzero(starts_one)
    end = start + 1
    first_segments = np.concatenate([[0], np.cumsum(np.maximum(lengths - 1, 1))])
    dots = first_segments[:-1][lengths == 1]
    end[dots] = start[dots]
    return points.take(start, axis=1), points.take(end, axis=1), first_segments


def _covered_pixels(starts: Points, ends: Points, radius: float) -> tuple[Indices, Indices, Points]:
    """The pixels that a pen on these segments may reach: numbers, numbers of their segments, how much is covered."""
    reach = radius + 0.5**0.5  # a pixel whose centre is farther than this from a stroke has no ink
    # The same along a row or a column: a pixel with ink is no farther than radius + (cos a + sin a) / 2, where a is the
    # angle of the way to it, and cos a times that, the way's part along the row, is at most this.
    reach_along = radius + (1 + 2**0.5) / 4
    first = np.ceil(np.minimum(starts, ends) - (reach_along + 0.5)).clip(0, SIDE - 1)
    last = np.floor(np.maximum(starts, ends) + (reach_along - 0.5)).clip(0, SIDE - 1)
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
    near = np.flatnonzero(distance2 < reach * reach)
    segment = np.repeat(np.arange(len(area)), area).take(near)
    corner = (first[1] * SIDE + first[0]).astype(np.intp)  # the number of each box's first pixel
    pixel = PIXEL_IN_BOX.take(in_box.take(near)) + corner.take(segment)
    return pixel, segment, _edge_coverage(dx.take(near), dy.take(near), np.sqrt(distance2.take(near)), radius)


def _edge_coverage(dx: Points, dy: Points, distance: Points, radius: float) -> Points:
    """The part of a pixel that lies inside a pen's edge, the nearest point of the pen's path being (dx, dy) away.

    Exact for a straight edge: a unit square, seen along the edge's normal, is the convolution of two boxes. All lengths
    along the normal are multiplied by `distance`, that of (dx, dy), which spares dividing by it.
    """
    dx, dy = np.abs(dx), np.abs(dy)
    wide, narrow = np.maximum(dx, dy), np.minimum(dx, dy)  # of the two boxes
    inside = radius - distance  # of the pixel's centre, negative outside
    # how much of the pixel lies on the edge's farther side; `clip` takes half as long as `maximum` with a number
    beyond = ((wide + narrow) * 0.5 - np.abs(inside) * distance).clip(0, np.inf)
    corner = np.minimum(beyond, narrow)
    area = corner * corner / (2 * narrow + TINY) + (beyond - corner)
    coverage: Points = 0.5 + np.copysign(0.5 - area / (wide + TINY), inside)
    return coverage
