"""Quick, Draw! drawings, in the layout of the public bucket, as arrays with labels and a fixed split.

A source is a URL (train/download.py keeps what was asked for in a cache laid out alike), a folder, or "synthetic". A
category's drawings come through two doors: as strokes and as Google's bitmaps; what the source lacks is not missed.
"""

import argparse
import codecs
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from doodle.raster import Bitmap, Strokes, draw, flatten
from doodle.strokes import DrawingError, Points, parse_strokes
from train import synthetic
from train.bucket import BUCKET, SYNTHETIC, DatasetError, NoNetworkError, is_url, read_bitmaps, stroke_file
from train.categories import OFFICIAL, check_names

CACHE = Path(".cache/quickdraw")
SYNTHETIC_SAMPLES = 3_000  # of each category at most: more take long to draw and teach nothing new
TRAIN, VALIDATION, TEST = 0, 1, 2
PERCENT = (90, 4, 6)  # of the drawings that train, validate and test
# Root mean square difference, in grey levels, below which a bitmap shows a drawing that is held as strokes: Google's
# bitmaps are nearer to ours than 11 in 99 of 100 cases, and other drawings' at least 40 away.
DUPLICATE = 14.0


@dataclass(frozen=True)
class StrokeDrawings:
    """Drawings as strokes; row n of `labels` and `split` is drawing n of `strokes`."""

    strokes: Strokes  # points float32
    labels: NDArray[np.int64]
    split: NDArray[np.uint8]  # TRAIN, VALIDATION or TEST

    def take(self, rows: NDArray[np.intp]) -> Strokes:
        """The drawings of these rows, points float64."""
        points, lengths, counts = self.strokes
        first_strokes, first_points = self._firsts
        strokes = _ranges(first_strokes[rows], counts[rows])
        taken = points.take(_ranges(first_points[strokes], lengths[strokes]), axis=1).astype(np.float64)
        return Strokes(taken, lengths[strokes], counts[rows])

    @cached_property
    def _firsts(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The first stroke of each drawing, and the first point of each stroke."""
        _, lengths, counts = self.strokes
        return np.cumsum(counts) - counts, np.cumsum(lengths) - lengths


class BitmapDrawings(NamedTuple):
    """Drawings as Google's bitmaps; none of them is among the strokes too."""

    bitmaps: Bitmap  # (N, 28, 28), ink 255 on 0
    labels: NDArray[np.int64]
    split: NDArray[np.uint8]


@dataclass(frozen=True)
class Drawings:
    """What a source holds of some categories; labels index `categories`."""

    strokes: StrokeDrawings
    bitmaps: BitmapDrawings
    categories: tuple[str, ...]
    source: str
    synthetic: bool = False

    def counts(self, *doors: StrokeDrawings | BitmapDrawings) -> dict[str, int]:
        """How many drawings each category has through these doors."""
        counts = sum(np.bincount(door.labels, minlength=len(self.categories)) for door in doors)
        return dict(zip(self.categories, np.asarray(counts).tolist(), strict=True))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over each category's name and drawings; the order of categories makes no difference."""
        digest = hashlib.sha256()
        for category in sorted(self.categories):
            label = self.categories.index(category)
            digest.update(f"{category}\n".encode())
            for array in self.strokes.take(np.flatnonzero(self.strokes.labels == label)):
                digest.update(np.ascontiguousarray(array).tobytes())
            digest.update(self.bitmaps.bitmaps[self.bitmaps.labels == label])
        return digest.hexdigest()


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that takes drawings: where they are, how many of each category, the cache."""
    parser.add_argument(
        "--data", default=BUCKET, help='a URL or a folder laid out like the public bucket, or "synthetic"'
    )
    parser.add_argument("--samples", type=positive, default=20_000, help="drawings of each category, at most")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where downloads are kept")


def positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def load(source: str, categories: Sequence[str], samples: int = 20_000, cache: Path = CACHE) -> Drawings:
    """The first `samples` drawings of each category through either door.

    A bitmap that shows a drawing that is held as strokes is left out, so no drawing stands on two sides of the split.
    Raises NoNetworkError where the source is a URL, can't be reached and nothing is cached, and DatasetError where a
    category is unknown, missing or broken.
    """
    check_names(categories)
    if source == SYNTHETIC:
        return _load_synthetic(categories, samples)
    folder = _folder_of(source, categories, samples, cache)
    strokes, bitmaps = [], []
    for category in tqdm(categories, "reading", leave=False, disable=None):
        of_strokes, of_bitmaps = read_strokes(folder, category, samples), read_bitmaps(folder, category, samples)
        if not of_strokes and not len(of_bitmaps):
            raise DatasetError(f"{source} has no drawings of {category}: neither strokes nor bitmaps")
        strokes.append(of_strokes)
        bitmaps.append(_without_duplicates(of_bitmaps, of_strokes))
    return Drawings(_join_strokes(strokes), _join_bitmaps(bitmaps), tuple(categories), _describe(source))


def load_or_synthetic(source: str, categories: Sequence[str], samples: int, cache: Path = CACHE) -> Drawings:
    """As `load`; but without a network and a cache, the built-in doodles of those categories, said loudly on stderr.

    Raises NoNetworkError where one of the categories is not built in.
    """
    try:
        return load(source, categories, samples, cache)
    except NoNetworkError as error:
        others = [category for category in categories if category not in synthetic.CATEGORIES]
        if others:
            raise NoNetworkError(
                f"{error}. There are no built-in doodles of {', '.join(others)}: connect, give a folder with the "
                f"drawings, or ask for some of {', '.join(synthetic.CATEGORIES)}"
            ) from error
        print(
            f"{'!' * 80}\n! {error}\n"
            "! TRAINING ON BUILT-IN SYNTHETIC DOODLES INSTEAD. The model will say so of itself.\n"
            f"! For one that knows how people draw, connect, or name a folder of drawings.\n{'!' * 80}",
            file=sys.stderr,
        )
        return load(SYNTHETIC, categories, samples, cache)


def load_others(source: str, known: Sequence[str], samples: int, cache: Path = CACHE) -> StrokeDrawings | None:
    """The first `samples` drawings of every other category that the source holds as strokes, all under one label.

    None where it holds none, or can't be reached for them.
    """
    others = [category for category in OFFICIAL if category not in known]
    if source == SYNTHETIC:
        return None
    try:
        folder = _folder_of(source, others, samples, cache, strokes_only=True)
    except NoNetworkError:
        return None
    drawings = [drawing for category in others for drawing in read_strokes(folder, category, samples)]
    return _join_strokes([drawings]) if drawings else None


def _folder_of(source: str, categories: Sequence[str], samples: int, cache: Path, strokes_only: bool = False) -> Path:
    if not is_url(source):
        return Path(source)
    from train.download import fetch  # here, so that training from a folder needs no HTTP client

    return fetch(source, categories, samples, cache, *([(stroke_file,)] if strokes_only else []))


def read_strokes(folder: Path, category: str, samples: int) -> list[list[Points]]:
    """The first `samples` drawings of a category as strokes; none where the folder has no file of them."""
    file = folder / stroke_file(category)
    drawings: list[list[Points]] = []
    if not file.is_file():
        return drawings
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if len(drawings) == samples:
                break
            text = line.removeprefix(codecs.BOM_UTF8).strip()
            if not text:
                continue
            try:
                strokes = parse_strokes(json.loads(text)["drawing"])
            except (ValueError, TypeError, KeyError) as error:
                reason = error if isinstance(error, DrawingError) else 'not an object with a "drawing"'
                raise DatasetError(f"{file}, line {number}: {reason}") from error
            drawings.append(strokes)
    return drawings


def split_of(contents: Sequence[bytes]) -> NDArray[np.uint8]:
    """TRAIN, VALIDATION or TEST for each drawing, by a fixed hash of its content alone.

    So a drawing stays where it is when others join, and equal drawings are never on two sides.
    """
    hashes = [int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little") for content in contents]
    sides: NDArray[np.uint8] = np.repeat(np.array([TRAIN, VALIDATION, TEST], np.uint8), PERCENT)
    return sides[np.array([value % 100 for value in hashes], np.intp)]


def _join_strokes(drawings: Sequence[list[list[Points]]]) -> StrokeDrawings:
    joined = [drawing for some in drawings for drawing in some]
    labels = np.repeat(np.arange(len(drawings)), [len(some) for some in drawings])
    split = split_of([b"|".join(stroke.tobytes() for stroke in drawing) for drawing in joined])
    points, lengths, counts = flatten(joined)
    return StrokeDrawings(Strokes(points.astype(np.float32), lengths, counts), labels, split)


def _ranges(firsts: NDArray[np.intp], lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """firsts[0], firsts[0] + 1, ... lengths[0] numbers; then from firsts[1]; and so on."""
    return np.arange(lengths.sum()) + np.repeat(firsts - np.cumsum(lengths) + lengths, lengths)


def _join_bitmaps(bitmaps: Sequence[Bitmap]) -> BitmapDrawings:
    joined = np.concatenate(bitmaps)
    labels = np.repeat(np.arange(len(bitmaps)), [len(some) for some in bitmaps])
    return BitmapDrawings(joined, labels, split_of([bitmap.tobytes() for bitmap in joined]))


def _without_duplicates(bitmaps: Bitmap, drawings: Sequence[list[Points]]) -> Bitmap:
    """The bitmaps (N, 28, 28) but for those that show one of the drawings, by a search at a quarter of the size."""
    if not len(bitmaps) or not drawings:
        return bitmaps
    kept = np.ones(len(bitmaps), bool)
    drawn = np.concatenate([draw(drawings[first : first + 256]) for first in range(0, len(drawings), 256)])
    small, small_drawn = _shrink(bitmaps), _shrink(drawn)
    for first in range(0, len(bitmaps), 2048):
        some = small[first : first + 2048]
        distance2 = (some**2).sum(1)[:, None] + (small_drawn**2).sum(1) - 2 * some @ small_drawn.T
        nearest = distance2.argmin(1)
        difference = bitmaps[first : first + 2048].astype(np.float32) - drawn[nearest]
        kept[first : first + 2048] = np.sqrt((difference**2).mean((1, 2))) > DUPLICATE
    return bitmaps[kept]


def _shrink(bitmaps: Bitmap) -> NDArray[np.float32]:
    """(N, 28, 28) uint8 -> (N, 49) float32, the mean of each 4x4 pixels."""
    small: NDArray[np.float32] = bitmaps.reshape(-1, 7, 4, 7, 4).mean((2, 4), dtype=np.float32).reshape(-1, 49)
    return small


def _load_synthetic(categories: Sequence[str], samples: int) -> Drawings:
    if others := [category for category in categories if category not in synthetic.CATEGORIES]:
        built_in = ", ".join(synthetic.CATEGORIES)
        raise DatasetError(f"there are no built-in doodles of {', '.join(others)}, only of {built_in}")
    count = min(samples, SYNTHETIC_SAMPLES)
    progress = tqdm(categories, "drawing doodles", leave=False, disable=None)
    strokes = [[parse_strokes(drawing) for drawing in synthetic.doodles(category, count)] for category in progress]
    none = _join_bitmaps([np.empty((0, 28, 28), np.uint8)])
    return Drawings(_join_strokes(strokes), none, tuple(categories), SYNTHETIC, synthetic=True)


def _describe(source: str) -> str:
    """A source as others may read it: a folder goes by its name, for its path is nobody's business."""
    return source if is_url(source) else Path(source).resolve().name
