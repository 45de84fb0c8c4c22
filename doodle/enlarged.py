"""Bitmaps that were enlarged so that each pixel became a square, as charts and pages show the data's own."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from doodle.raster import SIDE

LEAST_SQUARE = 3  # pixels: smaller squares are nothing unusual
MOST_SQUARES = 128  # along each side
FILLS = SIDE - 3  # pixels of a bitmap's longer side, which a drawing in it has at least
INK = 40  # grey levels: what has more belongs to the drawing, and is no trace of a file's compression


def undo_enlarging(image: Image.Image) -> Image.Image:
    """The picture with one pixel for each square; as it is where it is not made of squares."""
    square = _square(image)
    if square < LEAST_SQUARE or max(image.size) > MOST_SQUARES * square:
        return image
    size = image.width // square, image.height // square
    small = image.resize(size, Image.Resampling.NEAREST)
    return small if _same(small.resize(image.size, Image.Resampling.NEAREST), image) else image


def _square(image: Image.Image) -> int:
    """The side that squares would have, by some of the picture's rows: the divisor of all places where these change."""
    side = math.gcd(*image.size)
    for y in (image.height // 2, image.height // 4, 3 * image.height // 4):
        row = np.frombuffer(image.crop((0, y, image.width, y + 1)).tobytes(), np.uint8)
        channels = len(row) // image.width
        side = math.gcd(side, *(np.flatnonzero(row[channels:] != row[:-channels]) // channels + 1).tolist())
        if side < LEAST_SQUARE:
            break
    return side


def _same(one: Image.Image, other: Image.Image) -> bool:
    return one.tobytes() == other.tobytes()


def as_bitmap(image: Image.Image) -> NDArray[np.uint8] | None:
    """A picture of 28 x 28 grey levels that is the data's bitmap already, ink 255 on 0; None where it is none."""
    if image.size != (SIDE, SIDE):
        return None
    if image.mode == "RGBA":  # black ink on nothing, say, becomes ink on white
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    bitmap = np.asarray(image.convert("L"))
    corners = bitmap[[0, 0, -1, -1], [0, -1, 0, -1]]
    if np.ptp(corners) or corners[0] not in (0, 255):
        return None
    bitmap = 255 - bitmap if corners[0] else bitmap
    rows, columns = (np.flatnonzero((bitmap > INK).any(axis=axis)) for axis in (1, 0))
    if not len(rows) or max(np.ptp(rows), np.ptp(columns)) + 1 < FILLS:
        return None
    centred = all(abs(places[0] + places[-1] - (SIDE - 1)) <= 2 for places in (rows, columns))
    return bitmap if centred else None
