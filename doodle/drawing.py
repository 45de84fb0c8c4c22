"""What a drawing is, and what a model sees of it: the ink (28, 28), or all maps of `doodle.raster` (6, 28, 28)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from doodle.parse import unpack
from doodle.picture import PictureError, bitmap_of_image
from doodle.raster import MAPS, SIDE, draw, draw_maps, flatten
from doodle.strokes import DrawingError, Points, parse_strokes

Bitmap = NDArray[np.uint8]
Content = Image.Image | list[Points] | Bitmap  # a picture, parsed strokes, or a bitmap (28, 28)
Drawn = Bitmap | Exception  # (28, 28) or (6, 28, 28) uint8, or what is wrong with the drawing

LARGE_PICTURE, LARGE_DRAWING = 512 * 512, 2000  # pixels and points: more take several milliseconds
MAPS_AT_ONCE = 32  # drawings: the maps of more would be drawn no faster, and each takes 0.2 MB meanwhile


def draw_each(contents: Sequence[Content | Exception], motion: bool) -> list[Drawn]:
    """Draw each as (28, 28) uint8, ink 255 on 0, or with `motion` as the maps (6, 28, 28); strokes together.

    Pictures and bitmaps have no motion: their other maps are 0. A drawing that cannot be drawn gives its DrawingError
    or PictureError, and what is an error already stays one.
    """
    drawn = iter(_draw_strokes([content for content in contents if isinstance(content, list)], motion))
    return [next(drawn) if isinstance(content, list) else _draw_other(content, motion) for content in contents]


def is_large(content: Content) -> bool:
    """Whether it takes so long to draw that other requests should not wait for it."""
    if isinstance(content, list):
        return sum(len(stroke[0]) for stroke in content) > LARGE_DRAWING
    width, height = content.size if isinstance(content, Image.Image) else (SIDE, SIDE)
    return width * height > LARGE_PICTURE


def is_batch(drawing: object) -> bool:
    """Whether it is many drawings, and not one: `[[xs, ys], ...]` is one, and so is an array (28, 28)."""
    if isinstance(drawing, np.ndarray):
        return drawing.ndim == 3
    if not isinstance(drawing, list | tuple) or not drawing:
        return False
    first = drawing[0]
    if isinstance(first, np.ndarray):  # a bitmap; an array (2, points) is a stroke
        return bool(first.shape == (SIDE, SIDE))
    if not isinstance(first, list | tuple):
        return True  # of paths, bytes or images
    # a stroke's first element is numbers, a drawing's first element is a stroke
    return bool(first) and isinstance(first[0], list | tuple | np.ndarray) and _holds_sequences(first[0])


def content_of(drawing: Any) -> Content:
    """What `draw_each` takes, of anything that `Recognizer.classify` takes as one drawing; raises what that says."""
    if isinstance(drawing, str | Path):
        drawing = Path(drawing).read_bytes()
    if isinstance(drawing, bytes | bytearray):
        return unpack(bytes(drawing))
    if isinstance(drawing, Image.Image):
        return drawing
    if isinstance(drawing, np.ndarray):
        if drawing.shape != (SIDE, SIDE) or drawing.dtype != np.uint8:
            raise DrawingError(
                f"a bitmap is (28, 28) uint8, ink 255 on 0; this array is {drawing.shape} {drawing.dtype}"
            )
        return drawing
    if isinstance(drawing, list | tuple):
        drawing = [
            [*map(_to_list, stroke)] if isinstance(stroke, list | tuple) else _to_list(stroke) for stroke in drawing
        ]
    return parse_strokes(drawing)


def _draw_strokes(drawings: Sequence[list[Points]], motion: bool) -> Sequence[Drawn]:
    try:
        if not drawings:
            return []
        if not motion:
            return list(draw(drawings))
        parts = [drawings[first : first + MAPS_AT_ONCE] for first in range(0, len(drawings), MAPS_AT_ONCE)]
        return [maps for part in parts for maps in draw_maps(flatten(part))]
    except DrawingError as error:
        if len(drawings) == 1:
            return [error]
        return [drawn for drawing in drawings for drawn in _draw_strokes([drawing], motion)]


def _draw_other(content: Image.Image | Bitmap | Exception, motion: bool) -> Drawn:
    if isinstance(content, Exception):
        return content
    try:
        bitmap = bitmap_of_image(content) if isinstance(content, Image.Image) else content
    except (PictureError, DrawingError) as error:
        return type(error)(*error.args)  # a new one: the raised one keeps its frames, and they keep the pixels
    if not motion or bitmap.ndim == 3:
        return bitmap
    maps = np.zeros((len(MAPS), SIDE, SIDE), np.uint8)
    maps[MAPS.index("ink")] = bitmap
    return maps


def _holds_sequences(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim > 1
    return bool(value) and isinstance(value[0], list | tuple | np.ndarray)


def _to_list(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
