"""Can a classifier tell Google's bitmaps from drawn strokes? If it can, a network can take the door for the category.

A small convolutional network learns on half of the drawings, the same number through both doors of each category, so
that categories themselves say nothing, and is asked about the other half.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from doodle.raster import PEN, Bitmap, draw_flat
from train.augment import BitmapAugmentation, StrokeAugmentation
from train.data import Drawings
from train.loader import PENS
from train.metrics import auroc

DRAWINGS = 24_000  # of all categories together, through both doors, at most
EPOCHS, BATCH = 6, 128


@dataclass(frozen=True)
class Told:
    """How well doors are told apart, on drawings that the classifier had not seen; 0.5 is chance."""

    accuracy: float
    auroc: float
    per_category: dict[str, float]  # AUROC, the worst first
    drawings: int


def with_bitmaps(drawings: Drawings) -> NDArray[np.bool_]:
    """Which categories (K,) have bitmaps."""
    return np.bincount(drawings.bitmaps.labels, minlength=len(drawings.categories)) > 0


def tell(
    drawings: Drawings, of_strokes: StrokeAugmentation | None, of_bitmaps: BitmapAugmentation | None, seed: int = 0
) -> Told:
    """Strokes varied by `of_strokes` and drawn, then those and bitmaps varied by `of_bitmaps`, told apart."""
    rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    stroke_rows, bitmap_rows = _choose(drawings, rng)
    drawn = _draw(drawings, stroke_rows, of_strokes, rng)
    ink = np.concatenate([drawn, drawings.bitmaps.bitmaps[bitmap_rows]])
    is_bitmap = np.arange(len(ink)) >= len(drawn)
    labels = np.concatenate([drawings.strokes.labels[stroke_rows], drawings.bitmaps.labels[bitmap_rows]])
    tested = np.tile(np.arange(len(drawn)) % 2 == 1, 2)

    def view(rows: NDArray[np.intp]) -> Tensor:
        x = torch.from_numpy(ink[rows])[:, None].float() / 255
        return of_bitmaps(x, generator) if of_bitmaps else x

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _train(view, is_bitmap, np.flatnonzero(~tested), rng)
    rows = np.flatnonzero(tested)
    with torch.inference_mode():
        parts = np.array_split(rows, max(1, len(rows) // 500))
        scores = torch.cat([network(view(part))[:, 0] for part in parts]).numpy()
    truth, of = is_bitmap[rows], labels[rows]
    each = {
        drawings.categories[label]: auroc(scores[(of == label) & truth], scores[(of == label) & ~truth])
        for label in np.unique(of)
    }
    worst_first = dict(sorted(each.items(), key=lambda item: -item[1]))
    right = float(((scores > 0) == truth).mean())
    return Told(right, auroc(scores[truth], scores[~truth]), worst_first, len(rows))


def _choose(drawings: Drawings, rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows of strokes and of bitmaps, as many of each category; its halves are drawings of even and odd places."""
    most = DRAWINGS // 2 // max(1, int(with_bitmaps(drawings).sum()))
    chosen: tuple[list[NDArray[np.intp]], list[NDArray[np.intp]]] = ([], [])
    for label in np.flatnonzero(with_bitmaps(drawings)):
        both = [rng.permutation(np.flatnonzero(door.labels == label)) for door in (drawings.strokes, drawings.bitmaps)]
        count = min(most, *map(len, both)) // 2 * 2
        for rows, part in zip(chosen, both, strict=True):
            rows.append(part[:count])
    strokes, bitmaps = (np.concatenate([np.empty(0, np.intp), *rows]) for rows in chosen)
    return strokes, bitmaps


def _draw(
    drawings: Drawings, rows: NDArray[np.intp], variation: StrokeAugmentation | None, rng: np.random.Generator
) -> Bitmap:
    parts = [np.empty((0, 28, 28), np.uint8)]
    for begin in range(0, len(rows), PENS):
        strokes, pen = drawings.strokes.take(rows[begin : begin + PENS]), PEN
        if variation:
            strokes, pen = variation(strokes, rng), PEN * variation.pen_factor(rng)
        parts.append(draw_flat(strokes, pen))
    return np.concatenate(parts)


def _train(
    view: Callable[[NDArray[np.intp]], Tensor],
    is_bitmap: NDArray[np.bool_],
    rows: NDArray[np.intp],
    rng: np.random.Generator,
) -> nn.Module:
    layers: list[nn.Module] = []
    for inputs, outputs in ((1, 8), (8, 24), (24, 48)):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]
    network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(48, 1))
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3)
    steps = max(1, len(rows) // BATCH) * EPOCHS
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for _ in range(EPOCHS):
        for part in np.array_split(rng.permutation(rows), max(1, len(rows) // BATCH)):
            loss = F.binary_cross_entropy_with_logits(
                network(view(part))[:, 0], torch.from_numpy(is_bitmap[part]).float()
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return network.eval()
