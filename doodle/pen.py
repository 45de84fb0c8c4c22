"""A drawing's ink is drawn again, with the pen that drew the data.

Ink is what a round pen covered. To draw it by another pen is to move its edge, out or in, by the difference of the two
radii; the pen's own is how deep the ink is along the middle of its lines.
"""

import math

import numpy as np
from numpy.typing import NDArray

from doodle.raster import CANVAS, EXTENT, PEN, SIDE

Mask = NDArray[np.bool_]
Squares = NDArray[np.unsignedinteger]

# How far ink reaches beyond the centres of its outermost pixels, and which part of the middle of lines, in order of
# depth, tells the pen: what is less deep is an end, what is deeper a crossing or a filled area. Both measured: real
# drawings get the mean brightness of their strokes.
EDGE = 0.27
TYPICAL = (0.2, 0.8)

# Distances are exact, and known at every second pixel both ways: a bitmap's pixel is the mean of at least a dozen. The
# edge fades over as many pixels, so that none is missed between them.
GRID = 2
NEAR = 5  # pixels: the middle of most lines is no deeper, and to look farther takes longer


def redraw(ink: Mask) -> NDArray[np.uint8]:
    """Draw ink, (height, width) bool that touches all sides of its mask, again: (28, 28) uint8, ink 255 on 0."""
    depth = _pen_depth(ink)
    length = max(ink.shape) + 1 - 2 * depth  # of the pen's path, which ends half a pen inside the ink
    if length <= depth:  # a dot, however large
        ink, depth, length = np.ones((1, 1), bool), 1.0, EXTENT
    unit = length / EXTENT  # pixels
    grown = PEN / 2 * unit - depth + EDGE  # by how much the edge moves outwards, in pixels; inwards if negative
    side = CANVAS * unit
    margin = GRID + math.ceil(max(0, grown, (side - min(ink.shape)) / 2))
    levels = _levels(ink, margin, grown)
    # the pixels of `levels` are GRID wide, and the centre of the first is that of the canvas's first
    top, left = ((margin + extent / 2 - 0.5 - side / 2) / GRID + 0.5 for extent in ink.shape)
    rows, columns = _shares(top, side / GRID, len(levels)), _shares(left, side / GRID, levels.shape[1])
    bitmap: NDArray[np.uint8] = np.rint(rows @ levels @ columns.T).astype(np.uint8)
    return bitmap


def _shares(begin: float, extent: float, pixels: int) -> NDArray[np.float32]:
    """How much each pixel of a row counts in each of the bitmap's, which together span so much of it."""
    edges = np.linspace(begin, begin + extent, SIDE + 1)
    before = (edges[:, None] - np.arange(pixels)).clip(0, 1)  # how much of each pixel lies before each edge
    shares: NDArray[np.float32] = ((before[1:] - before[:-1]) * (SIDE / extent)).astype(np.float32)
    return shares


def _pen_depth(ink: Mask) -> float:
    """How far the middle of lines lies from the nearest pixel that is no ink, in pixels."""
    paper = ~_pad(ink, 1)
    reach = NEAR
    while True:
        middle = _middle(_distance2(paper, reach))
        first, last = (int(part * len(middle)) for part in TYPICAL)
        if middle[last] <= reach * reach or reach >= max(ink.shape):
            return float(np.sqrt(middle[first : last + 1]).mean())
        reach *= 2


def _middle(depth2: Squares) -> Squares:
    """The squared depths along the middle of lines, which are less in no neighbouring pixel, in order.

    The pixels at the sides are 0, so neighbours may be looked for over the end of a row: numpy is fast on long rows.
    """
    flat = depth2.ravel()
    deepest = flat.copy()  # of each pixel and its neighbours
    for step in (depth2.shape[1], 1):
        alone = deepest.copy()
        np.maximum(deepest[step:], alone[:-step], out=deepest[step:])
        np.maximum(deepest[:-step], alone[step:], out=deepest[:-step])
    middle: Squares = np.sort(flat[(flat == deepest) & (flat > 0)], kind="stable")
    return middle


def _pad(ink: Mask, margin: int) -> Mask:
    """Ink with so much paper on each side; numpy's own `pad` takes several times as long."""
    height, width = ink.shape
    padded = np.zeros((height + 2 * margin, width + 2 * margin), bool)
    padded[margin : margin + height, margin : margin + width] = ink
    return padded


def _levels(ink: Mask, margin: int, grown: float) -> NDArray[np.float32]:
    """How much of each GRID pixels by GRID ink covers whose edge has moved outwards so far, 0 to 255.

    There is so much paper on each side; only in what is near the ink need distances be measured.
    """
    reach = max(math.ceil(grown), 0) + GRID
    empty = (margin - reach) // GRID
    near = _pad(ink, margin - empty * GRID)
    covered = _fade(_distance2(near, reach, GRID), grown + 0.5, -1)
    if grown < 1 + GRID / 2:  # what covers a pixel of ink wholly even at the edge needs no measuring within
        within = _fade(_distance2(~near, max(math.ceil(-grown), 0) + GRID, GRID), grown - 0.5, 1)
        covered = np.where(near[::GRID, ::GRID], within, covered)
    height, width = (math.ceil((extent + 2 * margin) / GRID) for extent in ink.shape)
    levels = np.zeros((height, width), np.float32)
    levels[empty : empty + len(covered), empty : empty + covered.shape[1]] = covered
    return levels


def _fade(distance2: Squares, offset: float, sign: int) -> NDArray[np.float32]:
    """Grey levels of pixels whose squared distances are given: half of 255 where offset + sign * distance is 0."""
    distance = np.sqrt(np.arange(int(distance2.max()) + 1))
    levels = 255 * ((offset + sign * distance) / GRID + 0.5).clip(0, 1)
    return levels.astype(np.float32).take(distance2)


def _distance2(mask: Mask, reach: int, step: int = 1) -> Squares:
    """From each pixel, or each `step`-th both ways, to the nearest of the mask, squared; beyond `reach` any larger.

    The mask has the pixels at the sides, or none within `reach` of them. So neighbours may be looked for over the end
    of a row: numpy is fast on long rows.
    """
    kind = np.min_scalar_type((reach + 1) ** 2)
    nearest: Squares = (~mask * kind.type(reach + 1)).ravel()
    reached = 0
    while reached < reach:  # within each column: what is exact so far, from both ends of as large a step as it allows
        shift = min(reached + 1, reach - reached)
        _look_aside(nearest, shift * mask.shape[1], shift)
        reached += shift
    farthest = np.full_like(nearest, reach * reach + 1)  # numpy is slow to compare with a scalar
    squares = np.minimum(nearest * nearest, farthest).reshape(mask.shape)[::step]
    nearest = squares.ravel()
    for n in range(reach):  # along the rows, pixel by pixel: (n + 1)² is the sum of the first odd numbers
        _look_aside(nearest, 1, 2 * n + 1)
    return nearest.reshape(squares.shape)[:, ::step]


def _look_aside(nearest: Squares, offset: int, farther: int) -> None:
    """Lower each to what the one so far before or after it has, which is so much farther."""
    aside = nearest + nearest.dtype.type(farther)
    np.minimum(nearest[offset:], aside[:-offset], out=nearest[offset:])
    np.minimum(nearest[:-offset], aside[offset:], out=nearest[:-offset])
