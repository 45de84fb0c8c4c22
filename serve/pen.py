"""A drawing's ink is drawn again, with the pen that drew the data.

Ink is what a round pen covered. Where it is as wide as the pen, the pen's path is its middle, found by thinning; where
it is wider, the path is all that lies a pen's radius from its edge. The path is drawn by the rule of `serve.drawing`.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from serve.drawing import CANVAS, EXTENT, PEN, SIDE

Mask = NDArray[np.bool_]

# What is inked beyond the pen's radius, in pixels of the path. For a smooth path it would be half a pixel; a thinned
# path is a little jagged, which widens the line. Measured: real drawings get the mean brightness of their strokes.
EDGE = 0.45


def redraw(ink: Mask) -> NDArray[np.uint8]:
    """Draw ink, (height, width) bool with some True, again: (28, 28) uint8, ink 255 on 0."""
    depth = _distance(np.pad(ink, 1))[1:-1, 1:-1]
    path = _thin(ink)
    # most of a path has the pen's width; less at an end, more where strokes meet or an area is filled
    radius = float(np.quantile(depth[path], 0.25))
    path |= depth > radius + 0.5
    (top, bottom), (left, right) = _ends(path, axis=1), _ends(path, axis=0)
    if max(bottom - top, right - left) <= radius:
        return _paint(np.ones((1, 1), bool))  # a dot, however large
    return _paint(path[top:bottom, left:right])


def _ends(path: Mask, axis: int) -> tuple[int, int]:
    """The first row (axis 1) or column (axis 0) that holds some of the path, and the one after the last."""
    indices = np.flatnonzero(path.any(axis=axis))
    return int(indices[0]), int(indices[-1]) + 1


def _paint(path: Mask) -> NDArray[np.uint8]:
    """Draw a path that touches all sides of its mask as a bitmap, (28, 28) uint8."""
    height, width = path.shape
    unit = (max(height, width) - 1 or EXTENT) / EXTENT  # pixels of the path; for a dot any will do
    side = CANVAS * unit
    paper = np.ones((int(side) + 2, int(side) + 2), bool)
    x, y = (len(paper) - width) // 2, (len(paper) - height) // 2
    paper[y : y + height, x : x + width] = ~path
    radius = PEN / 2 * unit
    inked = (radius + EDGE - _distance(paper, reach=radius + 1)).clip(0, 1) * 255
    left, top = x + (width - side) / 2, y + (height - side) / 2
    box = (left, top, left + side, top + side)
    bitmap = Image.fromarray(inked).resize((SIDE, SIDE), Image.Resampling.BOX, box)
    return np.asarray(bitmap).round().astype(np.uint8)


def _distance(mask: Mask, reach: float = np.inf) -> NDArray[np.float32]:
    """From each pixel of the mask to the nearest outside it, in pixels; not exact beyond `reach`."""
    height, width = mask.shape
    far = np.float32(height + width)
    row = np.arange(height, dtype=np.float32)[:, None]
    above = row - np.maximum.accumulate(np.where(mask, -far, row), axis=0)
    below = np.minimum.accumulate(np.where(mask, 2 * far, row)[::-1], axis=0)[::-1] - row
    column2 = np.minimum(above, below) ** 2  # within its own column
    nearest2 = column2.copy()
    for step in range(1, width):
        step2 = step * step
        if step > reach or step2 >= nearest2.max():
            break
        np.minimum(nearest2[:, step:], column2[:, :-step] + step2, out=nearest2[:, step:])
        np.minimum(nearest2[:, :-step], column2[:, step:] + step2, out=nearest2[:, :-step])
    distance: NDArray[np.float32] = np.sqrt(nearest2)
    return distance


def _thin(mask: Mask) -> Mask:
    """Thin a mask to lines one pixel wide, connected as it was.

    Guo and Hall, "Parallel thinning with two-subiteration algorithms" (1989), their algorithm A1.
    """
    ink = np.pad(mask, 1).astype(np.uint16)
    inside = ink[1:-1, 1:-1]
    changed = True
    while changed:
        changed = False
        for removable in _removable():
            row = ink[:, :-2] << 2 | ink[:, 1:-1] << 1 | ink[:, 2:]
            gone = removable[row[:-2] << 6 | row[1:-1] << 3 | row[2:]]
            inside[gone] = 0
            changed = changed or bool(gone.any())
    return inside.astype(bool)


@cache
def _removable() -> tuple[Mask, Mask]:
    """For each of the 512 neighbourhoods, its rows written as bits: may the middle go in this subiteration?"""
    neighbourhood = np.arange(512)
    p9, p2, p3, p8, p1, p4, p7, p6, p5 = ((neighbourhood >> bit & 1).astype(bool) for bit in range(8, -1, -1))
    branches = sum(
        (~side & (corner | next_side)).astype(int)
        for side, corner, next_side in ((p2, p3, p4), (p4, p5, p6), (p6, p7, p8), (p8, p9, p2))
    )
    pairs = sum((a | b).astype(int) for a, b in ((p9, p2), (p3, p4), (p5, p6), (p7, p8)))
    other_pairs = sum((a | b).astype(int) for a, b in ((p2, p3), (p4, p5), (p6, p7), (p8, p9)))
    fewest = np.minimum(pairs, other_pairs)
    thick = p1 & (branches == 1) & (fewest >= 2) & (fewest <= 3)
    return thick & ~((p2 | p3 | ~p5) & p4), thick & ~((p6 | p7 | ~p9) & p8)
