"""Leave what is not the drawing: frames, rules, grids, axes, bars, captions, dots and specks.

A drawing is a group of parts that lie near each other. What a program printed is told by its regularity: lines that
are straight to the pixel and longer than the drawing, dots of one size, letters in a row. Where nothing would be left,
everything is kept: a square is a drawing too.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from doodle.grouping import LEAST_LEFT, NONE, keep_drawing
from doodle.parts import Mask, Parts
from doodle.strokes import DrawingError

LONG = 0.6  # of the ink's width or height, which a frame, a rule or an axis spans
THIN = 0.02  # of the picture's longer side: a line's thickness at most
STRAIGHT = 0.6  # of a line's length, where nothing crosses it and it is nowhere higher or lower
CROSSED = 0.25  # the same, of lines beside others, which the drawing may cross more often
GAP = 0.02  # of the picture's width: a larger one ends a line
UNBROKEN = 0.85  # of a line's length, which is ink
REPEATED = 3  # lines of one direction that are rules, and no part of a drawing
MEETS = 0.06  # of the picture's longer side: ends of a frame's lines that are so near each other meet
LEAST_SHAPE = 0.05  # of its longer side: the shorter one of a drawing on rules
JOINED = 0.3  # of the other ink, which may be joined to a frame or an axis, as ticks are

BAR = 0.035  # of the picture's longer side: the least height of a bar
FULL, TITLED = 0.97, 0.5  # of a bar's rows, which are ink: of the outermost, and between them
VISIBLE_GAP = 0.03  # of the ink's longer side: a smaller one, from side to side, is nothing unusual in a drawing


class _Line(NamedTuple):
    """A straight line: its rows (or columns) `begin` to `end`, and its ends along these."""

    begin: int
    end: int
    first: int
    last: int


def leave_clutter(ink: Mask) -> Mask:
    """The drawing in the ink of a whole picture or sheet; `ink` itself where all of it is.

    Raises DrawingError where there are only a grid's lines, or many small letters or dots.
    """
    kept = keep_drawing(_without_lines(_without_bars(ink)))
    return kept if kept is ink or _size(kept) >= LEAST_LEFT * max(ink.shape) else ink


def may_be_clutter(ink: Mask) -> bool:
    """A quick look for what `leave_clutter` leaves: gaps between parts, thin lines and bars."""
    for covered, across in ((_count_rows(ink), ink.shape[1]), (_count_rows(ink.T), ink.shape[0])):
        filled = np.flatnonzero(covered)
        if (filled[1:] - filled[:-1]).max(initial=0) > VISIBLE_GAP * max(ink.shape):
            return True
        if covered.max() >= FULL * across or _dense_rows(covered, LONG * across, ink.shape):
            return True
    return False


def _size(ink: Mask) -> int:
    return max(_extent(ink))


def _extent(ink: Mask) -> tuple[int, int]:
    left, top, right, bottom = _box(ink)
    return right - left, bottom - top


def _box(ink: Mask) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1) if len(rows) else (0, 0, 0, 0)


def _without_bars(ink: Mask) -> Mask:
    """Without filled bars from one side to the other, as an app's, and what lies beyond them."""
    kept = ink
    for turn in (False, True):
        turned = kept.T if turn else kept
        bars = _bars(turned)
        if not bars:
            continue
        left = turned.copy()
        for begin, end in bars:
            left[begin:end] = False
            before, after = left[:begin], left[end:]
            (before if before.sum() < after.sum() else after)[:] = False
        if _size(left) >= LEAST_LEFT * max(ink.shape):
            kept = left.T if turn else left
    return kept


def _bars(ink: Mask) -> list[tuple[int, int]]:
    """The rows of bars, whose first and last are full; between, a title may leave gaps."""
    covered = _count_rows(ink) / np.float64(ink.shape[1])
    if covered.max() < FULL:
        return []
    bars = []
    for begin, end in _runs(covered >= TITLED):
        full = begin + np.flatnonzero(covered[begin:end] >= FULL)
        if not len(full):
            continue
        first, last = int(full[0]), int(full[-1]) + 1
        if last - first >= BAR * max(ink.shape) and _clean_columns(ink, first, last).all():
            bars.append((first, last))
    return bars


def _without_lines(ink: Mask) -> Mask:
    """Without rules, grids, frames and axes, and without what lies beyond a frame or a bar."""
    rows, columns = _count_rows(ink), _count_rows(ink.T)
    across, down = _lines(ink, rows, columns), _lines(ink.T, columns, rows)
    repeated = max(len(across), len(down)) >= REPEATED
    bounding = (across, down) if repeated else _bounding(across, down, ink.shape)
    if not any(bounding):
        return ink
    rest = _erase(_erase(ink, across).T, down).T
    width, height = _extent(rest)
    if max(width, height) < LEAST_LEFT * max(ink.shape) or min(width, height) < LEAST_SHAPE * max(width, height):
        if min(len(across), len(down)) >= REPEATED:
            raise DrawingError(NONE)
        return ink  # what is left is nothing, or a line as those are: then they are the drawing
    if repeated:
        return rest
    across, down = bounding
    rest = _erase(_erase(ink, across).T, down).T
    lines = ink & ~rest
    if not lines.any() or _is_joined(rest, lines):
        return ink
    return _between(rest, across, down)


def _lines(ink: Mask, covered: NDArray[np.uint16], by_column: NDArray[np.uint16]) -> list[_Line]:
    """The straight thin lines of rows, given how many pixels of each row and of each column are ink."""
    columns = np.flatnonzero(by_column)
    width = int(columns[-1] - columns[0]) + 1
    lines: list[_Line] = []
    crossed: list[_Line] = []
    for begin, end in _dense_rows(covered, LONG * width, ink.shape):
        there = _longest_run(np.flatnonzero(ink[begin:end].any(axis=0)), GAP * len(ink[0]))
        line = _Line(begin, end, int(there[0]), int(there[-1]) + 1)
        if len(there) < UNBROKEN * (line.last - line.first) or line.last - line.first < LONG * width:
            continue
        straight = _clean_columns(ink, begin, end)[there].mean()
        if straight >= STRAIGHT:
            lines.append(line)
        elif straight >= CROSSED:
            crossed.append(line)
    return lines + crossed if len(lines) >= REPEATED else lines


def _count_rows(ink: Mask) -> NDArray[np.uint16]:
    """How many pixels of each row are ink; twice as fast as to sum bools."""
    counts: NDArray[np.uint16] = ink.view(np.uint8).sum(axis=1, dtype=np.uint16)
    return counts


def _dense_rows(covered: NDArray[np.uint16], least: float, shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Where so many pixels of a row are ink, and of few rows only."""
    if covered.max() < least:
        return []
    thin = max(3, THIN * max(shape))
    return [(begin, end) for begin, end in _runs(covered >= least) if end - begin <= thin]


def _runs(there: Mask) -> list[tuple[int, int]]:
    """Where each run of True begins and ends."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]))).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def _longest_run(places: NDArray[np.intp], gap: float) -> NDArray[np.intp]:
    """The longest part of these, in order, in which none is farther from the next."""
    breaks = np.flatnonzero(np.diff(places) > gap) + 1
    return max(np.split(places, breaks), key=lambda run: int(run[-1] - run[0]))


def _clean_columns(ink: Mask, begin: int, end: int) -> Mask:
    """Where nothing crosses these rows: a stroke is ink in both rows above or below, a line's soft edge in one."""
    above, below = ink[max(0, begin - 2) : begin], ink[end : end + 2]
    clean = np.ones(ink.shape[1], bool)
    for beside in (above, below):
        if len(beside) == 2:
            clean &= ~(beside[0] & beside[1])
    return clean


def _erase(ink: Mask, lines: list[_Line]) -> Mask:
    """Without lines of rows, except where something crosses them."""
    erased = ink.copy()
    for begin, end, _, _ in lines:
        erased[max(0, begin - 1) : end + 1, _clean_columns(ink, begin, end)] = False
    return erased


def _bounding(across: list[_Line], down: list[_Line], shape: tuple[int, ...]) -> tuple[list[_Line], list[_Line]]:
    """Those lines that meet one of the other direction in a frame's corner, or span the picture."""
    tolerance = MEETS * max(shape)

    def meet(row: _Line, column: _Line) -> bool:
        x = min(abs(column.begin - row.first), abs(column.end - row.last))
        y = min(abs(row.begin - column.first), abs(row.end - column.last))
        return max(x, y) <= tolerance

    def spans(line: _Line, extent: int) -> bool:
        return line.first <= 1 and line.last >= extent - 1

    return (
        [row for row in across if spans(row, shape[1]) or any(meet(row, column) for column in down)],
        [column for column in down if spans(column, shape[0]) or any(meet(row, column) for row in across)],
    )


def _is_joined(rest: Mask, lines: Mask) -> bool:
    """Whether much of the other ink touches the lines, as a roof does a wall's."""
    parts = Parts(rest)
    near = np.pad(lines, 2)
    touched = near[:-4, 2:-2] | near[4:, 2:-2] | near[2:-2, :-4] | near[2:-2, 4:]
    joined = parts.largest(touched.astype(np.float32)) > 0
    return bool(parts.areas[joined].sum() > JOINED * parts.areas.sum())


def _between(rest: Mask, across: list[_Line], down: list[_Line]) -> Mask:
    """What lies on the same side of each line as most of the ink."""
    kept = rest.copy()
    for turned, lines in ((kept, across), (kept.T, down)):
        for line in lines:
            before, after = turned[: line.end + 1], turned[max(0, line.begin - 1) :]
            (before if before.sum() < after.sum() else after)[:] = False
    return kept
