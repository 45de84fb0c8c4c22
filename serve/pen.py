"""A drawing's ink is drawn again, with the pen that drew the data.

Ink is what a round pen covered. To draw it by another pen is to move its edge, out or in, by the difference of the two
radii; the pen's own is how deep the ink is along the middle of its lines.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from serve.drawing import CANVAS, EXTENT, PEN, SIDE

Mask = NDArray[np.bool_]
Squares = NDArray[np.unsignedinteger]

# How far ink reaches beyond the centres of its outermost pixels, and which part of the middle of lines, in order of
# depth, tells the pen: what is less deep is an end, what is deeper a crossing or a filled area. Both measured: real
# drawings get the mean brightness of their strokes.
EDGE = 0.25
TYPICAL = (0.2, 0.8)


def redraw(ink: Mask) -> NDArray[np.uint8]:
    """Draw ink, (height, width) bool that touches all sides of its mask, again: (28, 28) uint8, ink 255 on 0."""
    depth2 = _depth2(ink)
    depth = _pen_depth(ink, depth2)
    length = max(ink.shape) + 1 - 2 * depth  # of the pen's path, which ends half a pen inside the ink
    if length <= depth:  # a dot, however large
        ink, depth2, depth, length = np.ones((1, 1), bool), np.ones((1, 1), np.uint8), 1.0, EXTENT
    unit = length / EXTENT  # pixels
    grown = PEN / 2 * unit - depth + EDGE  # by how much the edge moves outwards, in pixels; inwards if negative
    side = CANVAS * unit
    canvas = np.zeros([int(max(side, *ink.shape)) + 2] * 2, bool)
    y, x = ((len(canvas) - extent) // 2 for extent in ink.shape)
    inside = slice(y, y + ink.shape[0]), slice(x, x + ink.shape[1])
    canvas[inside] = ink
    levels = _levels(_distance2(canvas, math.ceil(max(grown, 0)) + 1), grown + 1, -1)
    if grown < 0:
        levels[inside] = np.where(ink, _levels(depth2, grown, 1), levels[inside])
    left, top = x + (ink.shape[1] - side) / 2, y + (ink.shape[0] - side) / 2
    box = (left, top, left + side, top + side)
    return np.asarray(Image.fromarray(levels).resize((SIDE, SIDE), Image.Resampling.BOX, box))


def _pen_depth(ink: Mask, depth2: Squares) -> float:
    """How far the middle of lines lies from the nearest pixel that is no ink, in pixels."""
    deepest = depth2.copy()  # of each pixel and its neighbours
    np.maximum(deepest[1:], depth2[:-1], out=deepest[1:])
    np.maximum(deepest[:-1], depth2[1:], out=deepest[:-1])
    column = deepest.copy()
    np.maximum(deepest[:, 1:], column[:, :-1], out=deepest[:, 1:])
    np.maximum(deepest[:, :-1], column[:, 1:], out=deepest[:, :-1])
    middle = np.sort(depth2[(depth2 == deepest) & ink])
    first, last = (int(part * len(middle)) for part in TYPICAL)
    return float(np.sqrt(middle[first : last + 1]).mean())


def _levels(distance2: Squares, offset: float, sign: int) -> NDArray[np.uint8]:
    """Grey levels, 255 * (offset + sign * distance) within 0 to 255, of pixels whose squared distances are given."""
    distance = np.sqrt(np.arange(int(distance2.max()) + 1))
    return (255 * (offset + sign * distance).clip(0, 1)).round().astype(np.uint8).take(distance2)


def _depth2(ink: Mask) -> Squares:
    """From each pixel of ink to the nearest that is none, in pixels, squared; beyond the mask there is none."""
    paper = np.pad(~ink, 1, constant_values=True)
    reach = 4
    while True:
        depth2 = _distance2(paper, reach)
        if reach >= max(ink.shape) or depth2.max() <= reach * reach:
            return depth2[1:-1, 1:-1]
        reach *= 4


def _distance2(mask: Mask, reach: int) -> Squares:
    """From each pixel to the nearest of the mask, in pixels, squared; any larger number beyond `reach`."""
    height, width = mask.shape
    kind = np.min_scalar_type(2 * reach * reach + 1)
    # numpy is fast on long rows, so the picture is one, with gaps in which what leaves a row's end gets lost
    nearest = np.full((height, width + reach), reach * reach + 1, kind)
    nearest[:, :width] = ~mask * nearest[0, 0]
    flat = nearest.reshape(-1)
    for stride in (width + reach, 1):  # first within each column, then along the rows
        before = flat.copy()
        for step in range(1, min(reach, height - 1 if stride > 1 else reach) + 1):
            shift = step * stride
            farther = before + kind.type(step * step)
            np.minimum(flat[shift:], farther[:-shift], out=flat[shift:])
            np.minimum(flat[:-shift], farther[shift:], out=flat[:-shift])
    return nearest[:, :width]
