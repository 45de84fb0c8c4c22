"""A drawing is a group of parts that lie near each other; a grid's dots and letters in a row are no part of it."""

import numpy as np
from numpy.typing import NDArray

from doodle.parts import Mask, Parts
from doodle.strokes import DrawingError

LEAST_LEFT = 0.12  # of the picture's longer side: a drawing that is smaller is none
PRINTED = 60  # so many parts, none of them large, are a page of text or dots
DOTS, DOT = 12, 0.025  # so many parts of at most that share of the picture's longer side are a grid's dots
LETTERS, DASHES = 3, 6  # parts in a row, and in a column, that are no drawing's
LETTER = 0.16  # of the drawing's size: a letter's height at most
LETTER_GAP = 1.3  # of a row's height, by which its letters and words lie apart at most
NEAR, FAR = 0.1, 1.0  # a part is the drawing's where its distance is less than NEAR of that and FAR of its own size
NONE = "no drawing can be told from the lines, dots or letters in the picture"


def keep_drawing(ink: Mask) -> Mask:
    """The largest part with all that lies near it, and no dots of a grid, no letters."""
    parts = Parts(ink)
    if len(parts) < 2:
        return ink
    sizes = np.maximum(parts.widths, parts.heights)
    if len(parts) >= PRINTED and sizes.max() < LEAST_LEFT * max(ink.shape):
        raise DrawingError(NONE)
    considered = np.ones(len(parts), bool)
    dots = sizes <= max(3, DOT * max(ink.shape))
    if dots.sum() >= DOTS:
        dots &= sizes <= max(3, 1.5 * float(np.median(sizes[dots])))  # a grid's dots are of one size
        if dots.sum() >= DOTS and _spread(parts.boxes[dots]) > _spread(parts.boxes[~dots]):
            considered = ~dots
    if not considered.any():
        return ink
    main = int(np.where(considered, sizes, 0).argmax())
    considered &= ~_letters(parts.boxes, main, LETTERS) & ~_letters(parts.boxes[:, [1, 0, 3, 2]], main, DASHES)
    kept = _group(parts.boxes, np.sqrt(parts.widths * parts.heights), considered, main)
    return ink if kept.all() else parts.mask(kept)


def _spread(boxes: NDArray[np.intp]) -> int:
    """The area of the box around these."""
    if not len(boxes):
        return 0
    width, height = boxes[:, 2:].max(axis=0) - boxes[:, :2].min(axis=0)
    return int(width * height)


def _letters(boxes: NDArray[np.intp], main: int, least: int) -> NDArray[np.bool_]:
    """Which parts are letters, or dashes: small, in a row of at least so many above or below the main part."""
    left, top, right, bottom = boxes[main]
    heights = boxes[:, 3] - boxes[:, 1]
    small = heights <= LETTER * max(right - left, bottom - top)
    small &= (boxes[:, 1] >= bottom) | (boxes[:, 3] <= top)
    found = np.zeros(len(boxes), bool)
    if small.sum() < least:
        return found
    for seed in np.flatnonzero(small)[np.argsort(-heights[small])]:
        if found[seed]:
            continue
        middle, height = (boxes[seed, 1] + boxes[seed, 3]) / 2, heights[seed]
        row = np.flatnonzero(small & (boxes[:, 1] < middle + 0.6 * height) & (boxes[:, 3] > middle - 0.6 * height))
        row = row[np.argsort(boxes[row, 0])]
        ends = np.maximum.accumulate(boxes[row, 2])
        breaks = np.flatnonzero(boxes[row[1:], 0] - ends[:-1] > LETTER_GAP * height) + 1
        for word in np.split(row, breaks):
            if len(word) >= least and seed in word:
                found[word] = True
    return found


def _group(
    boxes: NDArray[np.intp], sizes: NDArray[np.float64], considered: NDArray[np.bool_], main: int
) -> NDArray[np.bool_]:
    """The main part, and one after another those that are near the box around what belongs to it so far."""
    kept = np.zeros(len(boxes), bool)
    kept[main] = True
    while True:
        left, top = boxes[kept, :2].min(axis=0)
        right, bottom = boxes[kept, 2:].max(axis=0)
        gap = np.maximum(
            np.maximum(left - boxes[:, 2], boxes[:, 0] - right), np.maximum(top - boxes[:, 3], boxes[:, 1] - bottom)
        )
        near = considered & (gap <= NEAR * max(right - left, bottom - top) + FAR * sizes)
        if not (near & ~kept).any():
            return kept
        kept |= near
        if kept.all():
            return kept
