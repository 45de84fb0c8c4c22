"""The connected parts of a mask: labelled by the runs of each row, as numpy does it without a loop over pixels."""

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
        _, self._part_of_run = np.unique(_connect(self._starts, self._ends, self._stride), return_inverse=True)
        count = int(self._part_of_run.max()) + 1 if len(self._part_of_run) else 0
        self.areas = np.bincount(self._part_of_run, self._ends - self._starts, count).astype(int)
        rows, lefts, rights = (
            self._starts // self._stride,
            self._starts % self._stride - 1,
            self._ends % self._stride - 1,
        )
        self.boxes = np.zeros((count, 4), int)
        self.boxes[:, :2] = max(mask.shape)
        for column, reduce, values in (
            (0, np.minimum, lefts),
            (1, np.minimum, rows),
            (2, np.maximum, rights),
            (3, np.maximum, rows + 1),
        ):
            reduce.at(self.boxes[:, column], self._part_of_run, values)

    def __len__(self) -> int:
        return len(self.areas)

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
    """A number for each run, the same for those that are connected."""
    # those runs of the next row that touch a run, diagonally too, follow each other
    first = np.searchsorted(ends, starts + stride)
    count = np.searchsorted(starts, ends + stride, side="right") - first
    upper = np.repeat(np.arange(len(starts)), count)
    lower = np.arange(len(upper)) + np.repeat(first - (np.cumsum(count) - count), count)
    part = np.arange(len(starts))
    while (part[upper] != part[lower]).any():
        lowest = np.minimum(part[upper], part[lower])
        np.minimum.at(part, part[upper], lowest)
        np.minimum.at(part, part[lower], lowest)
        while (part != part[part]).any():
            part = part[part]
    return part
