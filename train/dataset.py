"""Quick, Draw! drawings, in the layout of the public bucket -> uint8 bitmaps, labels and a fixed split.

A source is a URL (train/download.py keeps what was asked of it in a cache laid out alike), a folder, or "synthetic".
What is loaded is one array, (N, 28, 28) uint8 with ink 255 on 0, beside a label and a split for each drawing.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from doodle.raster import rasterize
from train import synthetic
from train.categories import OFFICIAL, TEN, UNFAMILIAR, check_names, held_categories, resolve_categories
from train.download import NoNetworkError, fetch_bitmaps, fetch_strokes, one_process_at_a_time
from train.layout import (
    BITMAP_BYTES,
    BUCKET,
    SYNTHETIC,
    DatasetError,
    bitmap_file,
    count_bitmaps,
    is_url,
    read_bitmaps,
    stroke_file,
)
from train.split import TEST, TRAIN, VALIDATION, split_of

__all__ = [
    "OFFICIAL",
    "TEN",
    "TEST",
    "TRAIN",
    "VALIDATION",
    "DatasetError",
    "Drawings",
    "NoNetworkError",
    "load",
    "load_or_synthetic",
    "load_stroke_bitmaps",
    "load_strokes",
    "resolve_categories",
    "split_of",
    "top_up",
]

CACHE = Path(".cache/quickdraw")
SYNTHETIC_SAMPLES = 3_000  # of each category at most: more take long to draw and teach nothing new
IN_MEMORY = 4 << 30  # bytes of bitmaps; more are mapped from a file


@dataclass(frozen=True)
class Drawings:
    """Bitmaps and what is known of each: row n of every array is the same drawing."""

    bitmaps: np.ndarray  # (N, 28, 28) uint8, ink 255 on 0
    labels: np.ndarray  # (N,) int64, index into categories
    split: np.ndarray  # (N,) uint8: TRAIN, VALIDATION or TEST
    categories: tuple[str, ...]
    source: str
    synthetic: bool

    @property
    def counts(self) -> dict[str, int]:
        """How many drawings each category has."""
        counts = np.bincount(self.labels, minlength=len(self.categories))
        return dict(zip(self.categories, counts.tolist(), strict=True))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256, in hex, over the name and bitmaps of each category; the order of categories makes no difference."""
        digest = hashlib.sha256()
        for category in sorted(self.categories):
            digest.update(f"{category}\n".encode())
            digest.update(self.bitmaps[self.labels == self.categories.index(category)])
        return digest.hexdigest()


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that takes drawings: where they are, how many of each category, the cache."""
    parser.add_argument(
        "--data", default=BUCKET, help='a URL or a folder laid out like the public bucket, or "synthetic"'
    )
    parser.add_argument("--samples", type=int, default=20_000, help="drawings of each category, at most")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where downloads are kept")


def load(
    source: str, categories: Sequence[str], samples: int = 20_000, cache: Path = CACHE, memmap: bool | None = None
) -> Drawings:
    """The first `samples` drawings of each category, or all where a source has fewer, in the order of `categories`.

    With `memmap` the bitmaps are gathered in a file under `cache` and mapped from there (copy on write), so that they
    may be more than fits in memory; None does so above 4 GiB. Raises NoNetworkError where the source is a URL, can't
    be reached and nothing is cached, and DatasetError where a category is unknown, missing or broken.
    """
    check_names(categories)
    if source == SYNTHETIC:
        return _load_synthetic(categories, samples)
    folder = fetch_bitmaps(source, categories, samples, cache) if is_url(source) else Path(source)
    files = [folder / bitmap_file(category) for category in categories]
    if absent := [file.stem for file in files if not file.is_file()]:
        held = ", ".join(held_categories(source))
        raise DatasetError(f"{source} has no bitmaps of {', '.join(absent)}; it has {held}")
    counts = [count_bitmaps(file, samples) for file in files]
    if memmap is None:
        memmap = sum(counts) * BITMAP_BYTES > IN_MEMORY
    if memmap:
        bitmaps = _map(files, counts, cache)
    else:
        bitmaps = _gather(files, counts, np.empty((sum(counts), 28, 28), np.uint8))
    labels = np.repeat(np.arange(len(files), dtype=np.int64), counts)
    return Drawings(bitmaps, labels, split_of(bitmaps), tuple(categories), _describe(source), synthetic=False)


def load_or_synthetic(source: str, categories: Sequence[str], samples: int = 20_000, cache: Path = CACHE) -> Drawings:
    """As `load`; but without a network and a cache, the built-in doodles of those categories, said loudly on stderr.

    Raises NoNetworkError where one of the categories is not built in.
    """
    try:
        return load(source, categories, samples, cache)
    except NoNetworkError as error:
        others = [category for category in categories if category not in TEN]
        if others:
            raise NoNetworkError(
                f"{error}. There are no built-in doodles of {', '.join(others)}: connect, give a folder with the "
                f"drawings, or ask for some of {', '.join(TEN)}"
            ) from error
        print(
            f"{'!' * 80}\n! {error}\n"
            "! TRAINING ON BUILT-IN SYNTHETIC DOODLES INSTEAD. The model will say so of itself.\n"
            f"! For one that knows how people draw, connect, or name a folder of drawings.\n{'!' * 80}",
            file=sys.stderr,
        )
        return load(SYNTHETIC, categories, samples, cache)


def top_up(drawings: Drawings, least: int) -> Drawings:
    """Add built-in doodles to the training split, for each of their categories that has fewer than `least` there."""
    trained = np.bincount(drawings.labels[drawings.split == TRAIN], minlength=len(drawings.categories))
    lacking = {
        label: least - int(trained[label])
        for label, category in enumerate(drawings.categories)
        if category in synthetic.CATEGORIES and trained[label] < least
    }
    if drawings.synthetic or not lacking:
        return drawings
    doodles = [synthetic.bitmaps(drawings.categories[label], count, seed=0) for label, count in lacking.items()]
    labels = np.repeat(list(lacking), list(lacking.values()))
    return replace(
        drawings,
        bitmaps=np.concatenate([drawings.bitmaps, *doodles]),
        labels=np.concatenate([drawings.labels, labels]),
        split=np.concatenate([drawings.split, np.full(len(labels), TRAIN, np.uint8)]),
    )


def load_strokes(source: str, category: str, samples: int = 20_000, cache: Path = CACHE) -> list[Any]:
    """The first `samples` drawings of a category as strokes: each a list of [[x, ...], [y, ...]], 0 to 255.

    Raises as `load` does.
    """
    check_names([category])
    folder = fetch_strokes(source, [category], samples, cache) if is_url(source) else Path(source)
    file = folder / stroke_file(category)
    if not file.is_file():
        raise DatasetError(f"{source} has no strokes of {category}: {file} is absent")
    with file.open(encoding="utf-8") as lines:
        return [_drawing(line, f"{file}, line {number}") for number, line in enumerate(islice(lines, samples), start=1)]


def load_stroke_bitmaps(source: str, category: str, samples: int = 20_000, cache: Path = CACHE) -> np.ndarray:
    """The drawings of `load_strokes`, rendered as the server does: (n, 28, 28) uint8."""
    drawings = load_strokes(source, category, samples, cache)
    return np.stack([rasterize(drawing) for drawing in drawings]) if drawings else np.empty((0, 28, 28), np.uint8)


def load_outliers(source: str, taught: Sequence[str], samples: int, cache: Path = CACHE) -> np.ndarray:
    """The first `samples` drawings of each category that is neither taught nor UNFAMILIAR: (M, 28, 28) uint8.

    A folder gives what it holds of them, as bitmaps or as strokes. There are none of the built-in doodles.
    """
    others = [category for category in OFFICIAL if category not in (*taught, *UNFAMILIAR)]
    if source == SYNTHETIC or not samples:
        return np.empty((0, 28, 28), np.uint8)
    if is_url(source):
        return load(source, others, samples, cache).bitmaps
    as_bitmaps = [category for category in others if (Path(source) / bitmap_file(category)).is_file()]
    as_strokes = [category for category in others if (Path(source) / stroke_file(category)).is_file()]
    found = [load(source, as_bitmaps, samples, cache).bitmaps] if as_bitmaps else []
    found += [load_stroke_bitmaps(source, name, samples, cache) for name in as_strokes if name not in as_bitmaps]
    return np.concatenate([np.empty((0, 28, 28), np.uint8), *found])


def _load_synthetic(categories: Sequence[str], samples: int) -> Drawings:
    if others := [category for category in categories if category not in TEN]:
        raise DatasetError(f"there are no built-in doodles of {', '.join(others)}, only of {', '.join(TEN)}")
    count = min(samples, SYNTHETIC_SAMPLES)
    progress = tqdm(categories, "drawing doodles", disable=None)
    bitmaps = np.concatenate([synthetic.bitmaps(category, count, seed=0) for category in progress])
    labels = np.repeat(np.arange(len(categories), dtype=np.int64), count)
    return Drawings(bitmaps, labels, split_of(bitmaps), tuple(categories), SYNTHETIC, synthetic=True)


def _gather(files: Sequence[Path], counts: Sequence[int], bitmaps: np.ndarray) -> np.ndarray:
    """Fill `bitmaps` with the first drawings of each file, file after file."""
    for file, count, end in zip(files, counts, accumulate(counts), strict=True):
        read_bitmaps(file, bitmaps[end - count : end])
    return bitmaps


def _map(files: Sequence[Path], counts: Sequence[int], cache: Path) -> np.ndarray:
    """As `_gather`, into a file under `cache` that is made once for the same drawings, and mapped copy-on-write.

    Such a file may be deleted when nothing maps it.
    """
    states = [(str(file.resolve()), file.stat().st_mtime_ns, count) for file, count in zip(files, counts, strict=True)]
    gathered = cache / f"gathered-{hashlib.sha256(repr(states).encode()).hexdigest()[:16]}.npy"
    with one_process_at_a_time(cache):
        if not gathered.exists():
            part = gathered.with_suffix(".part")
            bitmaps = np.lib.format.open_memmap(part, "w+", np.uint8, (sum(counts), 28, 28))
            _gather(files, counts, bitmaps)
            bitmaps.flush()
            part.replace(gathered)
    return np.lib.format.open_memmap(gathered, "c")


def _drawing(line: str, place: str) -> Any:
    try:
        return json.loads(line)["drawing"]
    except (ValueError, TypeError, KeyError) as error:
        raise DatasetError(f'{place} is no drawing, an object with a list of strokes as "drawing"') from error


def _describe(source: str) -> str:
    """A source as others may read it: a folder goes by its name, for its path is nobody's business."""
    return source if is_url(source) else Path(source).resolve().name
