"""The connected parts of a mask: labelled by the runs of each row, as numpy does it without a loop over pixels."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]  # (height, width)
Indices = NDArray[np.intp]


class Parts:
    """The parts of a mask, pixels that touch diagonally included, in no particular order.

    `boxes` are (parts, 4): left, top, right, bottom, the latter two exclusive; `areas` are in pixels.
    """

    def __init__(self, mask: Mask) -> None:
        self.shape = mask.shape
        self._stride = mask.shape[1] + 2
        padded = np.zeros((mask.shape[0], self._stride), bool)
        padded[:, 1:-1] = mask
        flat = padded.ravel()
        self.edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
        self._starts, self._ends = self.edges[::2], self.edges[1::2]
        part = _connect(self._starts, self._ends, self._stride)
        first_runs = part == np.arange(len(part))
        self._part_of_run = (np.cumsum(first_runs) - 1)[part]
        self._count = int(first_runs.sum())

    @cached_property
    def areas(self) -> Indices:
        return np.bincount(self._part_of_run, self._ends - self._starts, self._count).astype(int)

    @cached_property
    def boxes(self) -> Indices:
        rows, lefts, rights = (
            self._starts // self._stride,
            self._starts % self._stride - 1,
            self._ends % self._stride - 1,
        )
        boxes = np.zeros((self._count, 4), int)
        boxes[:, :2] = max(self.shape)
        for column, reduce, values in (
            (0, np.minimum, lefts),
            (1, np.minimum, rows),
            (2, np.maximum, rights),
            (3, np.maximum, rows + 1),
        ):
            reduce.at(boxes[:, column], self._part_of_run, values)
        return boxes

    def __len__(self) -> int:
        return self._count

    def mask(self, kept: NDArray[np.bool_]) -> Mask:
        """The mask of some parts, given (parts,) bool."""
        of_run = kept[self._part_of_run]
        steps = np.zeros(self.shape[0] * self._stride, np.int8)
        steps[self._starts[of_run]] = 1
        steps[self._ends[of_run]] = -1
        return np.cumsum(steps, dtype=np.int8).astype(bool).reshape(self.shape[0], self._stride)[:, 1:-1]

    def largest(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """The largest value in each part, given one for each pixel, 0 or more."""
        peaks = np.zeros(len(self), np.float32)
        if len(self):
            padded = np.zeros((self.shape[0], self._stride), np.float32)
            padded[:, 1:-1] = values
            np.maximum.at(peaks, self._part_of_run, np.maximum.reduceat(padded.ravel(), self.edges)[::2])
        return peaks

    @property
    def widths(self) -> Indices:
        return self.boxes[:, 2] - self.boxes[:, 0]

    @property
    def heights(self) -> Indices:
        return self.boxes[:, 3] - self.boxes[:, 1]


def _connect(starts: Indices, ends: Indices, stride: int) -> Indices:
    """For each run, the first of those that are connected."""
    # those runs of the next row that touch a run, diagonally too, follow each other
    first = np.searchsorted(ends, starts + stride)
    count = np.searchsorted(starts, ends + stride, side="right") - first
    upper = np.repeat(np.arange(len(starts)), count)
    lower = np.arange(len(upper)) + np.repeat(first - (np.cumsum(count) - count), count)
    part = np.arange(len(starts))
    part[lower] = upper  # any of those before a run, if there are several
    part = _follow(part)
    while (apart := part[upper] != part[lower]).any():
        upper, lower = upper[apart], lower[apart]
        one, other = part[upper], part[lower]
        np.minimum.at(part, np.maximum(one, other), np.minimum(one, other))
        part = _follow(part)
    return part


def _follow(part: Indices) -> Indices:
    """Where each arrives that goes from run to run as long as there is another."""
    while ((farther := part[part]) != part).any():
        part = farther
    return part
