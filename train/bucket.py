"""The public bucket's layout: which file holds a category, and what is in it.

A folder, a server and the cache are laid out alike, so this is said once for the three.
"""

from pathlib import Path
from typing import IO

import numpy as np

BUCKET = "https://storage.googleapis.com/quickdraw_dataset"
SYNTHETIC = "synthetic"  # the source of built-in doodles
BITMAP_BYTES = 784


class DatasetError(Exception):
    """The drawings that were asked for can't be had; the message says which, why and what to do."""


class NoNetworkError(DatasetError):
    """No connection to the source can be made, and nothing of what was asked for is in the cache."""


def is_url(source: str) -> bool:
    """Whether a source is a server; if not, it is a folder, or SYNTHETIC."""
    return source.startswith(("https://", "http://"))


def bitmap_file(category: str) -> str:
    """The file of a category's bitmaps, from the source's root: .npy, (N, 784) uint8, ink 255 on 0."""
    return f"full/numpy_bitmap/{category}.npy"


def stroke_file(category: str) -> str:
    """The file of a category's drawings as strokes, from the source's root: one in JSON on each line."""
    return f"full/simplified/{category}.ndjson"


def read_header(stream: IO[bytes], name: object) -> tuple[int, int]:
    """The header of a file of bitmaps -> how many it promises, and the byte at which they begin.

    Raises DatasetError, calling the file `name`, where the header is not that of (N, 784) uint8.
    """
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran_order, dtype = read(stream)
    except ValueError as error:
        raise DatasetError(f"{name} is not a whole .npy file: {error}") from error
    if dtype != np.uint8 or fortran_order or len(shape) != 2 or shape[1] != BITMAP_BYTES:
        raise DatasetError(f"{name} holds {shape} {dtype}, where bitmaps are (N, {BITMAP_BYTES}) uint8 row by row")
    return shape[0], stream.tell()


def read_bitmaps(folder: Path, category: str, samples: int) -> np.ndarray:
    """The first `samples` bitmaps of a category, (n, 28, 28) uint8; none where the folder has no file of them."""
    file = folder / bitmap_file(category)
    if not file.is_file():
        return np.empty((0, 28, 28), np.uint8)
    with file.open("rb") as stream:
        promised, offset = read_header(stream, file)
        count, held = min(samples, promised), (file.stat().st_size - offset) // BITMAP_BYTES
        if held < count:
            raise DatasetError(f"{file} is cut short: it holds {held} of {promised} drawings; copy it afresh")
        return np.frombuffer(stream.read(count * BITMAP_BYTES), np.uint8).reshape(count, 28, 28)
