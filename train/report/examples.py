"""Pictures of single drawings, for who looks into the data or into what a model gets wrong. They are not shipped."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from train.dataset import TEST, Drawings
from train.report import measures

ACROSS = 16  # drawings to a row
TILE = 56  # pixels to a side, two for each of the bitmap's
TEXT = 260  # pixels for a row's name


def write(folder: Path, drawings: Drawings, probabilities: np.ndarray) -> None:
    """`samples.png`, some drawings of each category, and `confused.png`, drawings that were taken for others.

    `probabilities` (N, K) are those of the test split, in its order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sheet(samples(drawings)).save(folder / "samples.png", optimize=True)
    sheet(confused(drawings, probabilities)).save(folder / "confused.png", optimize=True)


def samples(drawings: Drawings) -> list[tuple[str, np.ndarray]]:
    """A row for each category: its name and drawings of it (n, 28, 28), spread evenly over what there is."""
    rows = []
    for number, name in enumerate(drawings.categories):
        held = np.flatnonzero(drawings.labels == number)
        rows.append((name, drawings.bitmaps[held[:: max(1, len(held) // ACROSS)][:ACROSS]]))
    return rows


def confused(drawings: Drawings, probabilities: np.ndarray, pairs: int = 40) -> list[tuple[str, np.ndarray]]:
    """A row for each of the most confused pairs: those of the test split that were surest to be the other, first."""
    test = np.flatnonzero(drawings.split == TEST)
    labels, guesses, sure = drawings.labels[test], probabilities.argmax(axis=1), probabilities.max(axis=1)
    rows = []
    for pair in measures.most_confused(measures.confusion_counts(probabilities, labels), pairs):
        wrong = np.flatnonzero((labels == pair.drawn) & (guesses == pair.taken))
        chosen = test[wrong[np.argsort(-sure[wrong], kind="stable")][:ACROSS]]
        name = f"{drawings.categories[pair.drawn]}, taken for {drawings.categories[pair.taken]}"
        rows.append((name, drawings.bitmaps[chosen]))
    return rows


def sheet(rows: Sequence[tuple[str, np.ndarray]]) -> Image.Image:
    """Names and drawings, row by row, as one picture: dark ink on white."""
    picture = Image.new("L", (TEXT + ACROSS * TILE, max(1, len(rows)) * TILE), 255)
    draw = ImageDraw.Draw(picture)
    for row, (name, bitmaps) in enumerate(rows):
        draw.text((8, row * TILE + TILE // 2), name, fill=0, anchor="lm", font_size=13)
        for column, bitmap in enumerate(bitmaps):
            tile = Image.fromarray(255 - bitmap).resize((TILE, TILE), Image.Resampling.NEAREST)
            picture.paste(tile, (TEXT + column * TILE, row * TILE))
    return picture
