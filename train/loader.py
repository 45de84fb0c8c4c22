"""Batches of drawings for training: which drawings, in what form, varied and drawn by worker processes.

From the bitmap on there is one path. No category is told by the door that its drawings came through, since each one's
share of every kind of view is the same: with motion (strokes, sharp), sharp ink without motion (strokes), and resampled
ink (strokes and bitmaps, varied alike).
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from doodle.raster import MAPS, PEN, SIDE, Bitmap, Strokes, draw_flat, draw_maps
from train.augment import StrokeAugmentation
from train.data import TRAIN, Drawings, StrokeDrawings

MOTION, SHARP, RESAMPLED = 0, 1, 2  # kinds of views
PENS = 128  # drawings that share a pen

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Mix:
    """How an epoch is put together."""

    balance: float = 0.0  # categories are drawn by their size to this power: 0 equally, 1 as they come
    motion: float = 0.65  # share of views with motion
    sharp: float = 0.10  # share of views of sharp ink without motion; the rest is resampled ink
    others: float = 0.0  # drawings of no category beside one of a category, where there are some


@dataclass(frozen=True)
class Epoch:
    """The views of one epoch, in order. Rows count the strokes first and then the bitmaps."""

    rows: Rows
    kinds: NDArray[np.uint8]
    labels: NDArray[np.int64]


def plan_epoch(drawings: Drawings, others: int, mix: Mix, rng: np.random.Generator) -> Epoch:
    """As many views as there are training drawings, categories in their shares, in random order.

    Of each category and kind, all drawings are taken equally often, give or take one. `others` is the number of
    drawings of no category, whose rows are counted last and whose label is K.
    """
    strokes, bitmaps = drawings.strokes, drawings.bitmaps
    of_strokes = _members(strokes.labels, strokes.split == TRAIN, len(drawings.categories))
    of_bitmaps = _members(bitmaps.labels, bitmaps.split == TRAIN, len(drawings.categories))
    counts = np.array([len(a) + len(b) for a, b in zip(of_strokes, of_bitmaps, strict=True)])
    shares = category_shares(counts, mix.balance)
    quotas = np.diff(np.round(np.cumsum(shares) * counts.sum()), prepend=0).astype(int)
    rows, kinds, labels = [], [], []
    for label, (drawn, given, quota) in enumerate(zip(of_strokes, of_bitmaps, quotas, strict=True)):
        both = np.concatenate([drawn, given + len(strokes.labels)])
        parts = np.diff(np.round(np.cumsum([0, mix.motion, mix.sharp, 1 - mix.motion - mix.sharp]) * quota))
        for kind, part in enumerate(parts.astype(int)):
            pool = both if kind == RESAMPLED or not len(drawn) else drawn
            rows.append(np.resize(rng.permutation(pool), part))
            kinds.append(np.full(part, kind if len(drawn) else RESAMPLED, np.uint8))
        labels.append(np.full(int(parts.sum()), label))
    if others and mix.others:
        count = round(mix.others * counts.sum())
        rows.append(np.resize(rng.permutation(others), count) + len(strokes.labels) + len(bitmaps.labels))
        kinds.append(np.where(rng.random(count) < mix.sharp / (1 - mix.motion), SHARP, RESAMPLED).astype(np.uint8))
        labels.append(np.full(count, len(drawings.categories)))
    order = rng.permutation(sum(map(len, rows)))
    return Epoch(np.concatenate(rows)[order], np.concatenate(kinds)[order], np.concatenate(labels)[order])


def category_shares(counts: NDArray[np.intp], balance: float) -> NDArray[np.float64]:
    """The share (K,) of the training that each category gets: its size to the power of `balance`."""
    if not counts.all():
        raise ValueError(f"category number {int(np.argmin(counts))} has no drawing to train on: ask for more drawings")
    shares: NDArray[np.float64] = counts**balance / (counts**balance).sum()
    return shares


class Batches(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Batch n of a run, epoch after epoch: maps (B, C, 28, 28) uint8, kinds (B,) uint8, labels (B,) int64.

    `share` is the part of each batch that this process takes.
    """

    def __init__(
        self,
        drawings: Drawings,
        others: StrokeDrawings | None,
        mix: Mix,
        augmentation: StrokeAugmentation | None,
        maps: int,
        batch_size: int,
        seed: int,
        share: slice = slice(None),
    ) -> None:
        self.drawings, self.others, self.mix, self.augmentation = drawings, others, mix, augmentation
        self.maps, self.batch_size, self.seed, self.share = maps, batch_size, seed, share
        self._epoch, self._plan = 0, self._plan_epoch(0)
        self.steps = len(self._plan.rows) // batch_size  # of an epoch

    def _plan_epoch(self, epoch: int) -> Epoch:
        others = 0 if self.others is None else len(self.others.labels)
        return plan_epoch(self.drawings, others, self.mix, np.random.default_rng((self.seed, epoch)))

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor, Tensor]:
        epoch, step = divmod(number, self.steps)
        if epoch != self._epoch:
            self._epoch, self._plan = epoch, self._plan_epoch(epoch)
        some = np.arange(step * self.batch_size, (step + 1) * self.batch_size)[self.share]
        rows, kinds, labels = self._plan.rows[some], self._plan.kinds[some], self._plan.labels[some]
        maps = self._draw(rows, kinds == MOTION, np.random.default_rng((self.seed, number, int(some[0]))))
        return torch.from_numpy(maps), torch.from_numpy(kinds), torch.from_numpy(labels)

    def _draw(self, rows: Rows, motion: NDArray[np.bool_], rng: np.random.Generator) -> Bitmap:
        maps = np.zeros((len(rows), self.maps, SIDE, SIDE), np.uint8)
        strokes, bitmaps = self.drawings.strokes, self.drawings.bitmaps
        first_bitmap, first_other = len(strokes.labels), len(strokes.labels) + len(bitmaps.labels)
        given = (rows >= first_bitmap) & (rows < first_other)
        maps[given, 0] = bitmaps.bitmaps[rows[given] - first_bitmap]
        for with_motion, held, source, first in (
            (True, motion & (rows < first_bitmap), strokes, 0),
            (False, ~motion & (rows < first_bitmap), strokes, 0),
            (False, rows >= first_other, self.others, first_other),
        ):
            where = np.flatnonzero(held)
            for begin in range(0, len(where), PENS):
                part = where[begin : begin + PENS]
                assert source is not None
                drawn = self._vary_and_draw(source.take(rows[part] - first), with_motion, rng)
                maps[part, : drawn.shape[1]] = drawn
        return maps

    def _vary_and_draw(self, drawings: Strokes, motion: bool, rng: np.random.Generator) -> Bitmap:
        pen = PEN
        if self.augmentation:
            drawings, pen = self.augmentation(drawings, rng), PEN * self.augmentation.pen_factor(rng)
        return draw_maps(drawings, pen) if motion else draw_flat(drawings, pen)[:, None]


def load_batches(
    batches: Batches, numbers: range, workers: int, device: torch.device
) -> DataLoader[tuple[Tensor, Tensor, Tensor]]:
    """The batches of these numbers in order, drawn ahead by worker processes."""
    ahead = 4 if workers else None
    return DataLoader(
        batches,
        batch_size=None,
        sampler=numbers,
        num_workers=workers,
        prefetch_factor=ahead,
        pin_memory=device.type == "cuda",
    )


def draw_rows(drawings: StrokeDrawings, rows: Rows, motion: bool) -> Bitmap:
    """Drawings as they are served: maps (N, 6, 28, 28), or their ink alone (N, 1, 28, 28)."""
    parts = [rows[begin : begin + 256] for begin in range(0, len(rows), 256)]
    drawn = [draw_maps(drawings.take(part)) if motion else draw_flat(drawings.take(part))[:, None] for part in parts]
    return np.concatenate([np.empty((0, len(MAPS) if motion else 1, SIDE, SIDE), np.uint8), *drawn])


def served(drawings: Drawings, side: int, maps: int) -> tuple[Bitmap, NDArray[np.int64]]:
    """A side's strokes as they are served, and their labels; its bitmaps where there are no strokes."""
    rows = np.flatnonzero(drawings.strokes.split == side)
    if len(rows):
        return draw_rows(drawings.strokes, rows, maps > 1), drawings.strokes.labels[rows]
    held = drawings.bitmaps.split == side
    if not held.any():
        raise ValueError("there are too few drawings to measure the network with: ask for more with --samples")
    return with_maps(drawings.bitmaps.bitmaps[held], maps), drawings.bitmaps.labels[held]


def with_maps(bitmaps: Bitmap, maps: int) -> Bitmap:
    """Bitmaps (N, 28, 28) as the ink of `maps` maps (N, maps, 28, 28)."""
    shown = np.zeros((len(bitmaps), maps, 28, 28), np.uint8)
    shown[:, 0] = bitmaps
    return shown


def _members(labels: NDArray[np.int64], chosen: NDArray[np.bool_], categories: int) -> list[Rows]:
    """The chosen rows of each category."""
    rows = np.flatnonzero(chosen)
    rows = rows[np.argsort(labels[rows], kind="stable")]
    return np.split(rows, np.searchsorted(labels[rows], np.arange(1, categories)))
