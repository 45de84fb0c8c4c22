"""What a request's body holds: a picture's bytes, or a drawing's strokes. Knows nothing of HTTP but its forms.

The kind is recognised by the content itself, so a client that sends a wrong Content-Type, or none, is understood too.
"""

import base64
import binascii
import json
import re
from collections.abc import Sequence

import numpy as np
import orjson
from numpy.typing import NDArray
from PIL import Image
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from serve.drawing import DrawingError, Points, draw_all, parse_strokes
from serve.picture import PictureError, bitmap_of_image, is_picture, open_picture

Content = Image.Image | list[Points]  # a picture, opened but not decoded yet, or strokes, each (2, points) float64
Bitmap = NDArray[np.uint8]

LARGE_PICTURE, LARGE_DRAWING = 512 * 512, 2000  # pixels and points: those of more take several milliseconds

DATA_URL = re.compile(r"data:[^,]{0,200},")


class BodyError(ValueError):
    """The body is of a kind that we take, and cannot be read."""


class BodyKindError(ValueError):
    """The body is of a kind that we don't take."""


def unpack(body: bytes) -> Content:
    """Find what a body holds: a picture, or a drawing's strokes.

    Takes a picture, a form with one of these in it, or JSON: `{"drawing": [[[x...], [y...]], ...]}` or
    `{"image": "<base64 or data URL>"}`. Raises BodyError, BodyKindError, what `open_picture` raises, or DrawingError
    where there is no drawing.
    """
    if body.lstrip(b"\r\n").startswith(b"--"):
        body = _file_of_form(body)
    if is_picture(body):
        return open_picture(body)
    if body.lstrip().startswith((b"{", b"[", b"\xef\xbb\xbf")):
        return _unpack_json(body)
    if not body.strip():
        raise BodyError("the body is empty: send a picture, a form with one file, or JSON")
    raise BodyKindError("this is none of: PNG, JPEG, WebP, GIF or BMP, a form with one file, JSON")


def bitmaps_of(contents: Sequence[Content]) -> list[Bitmap | PictureError | DrawingError]:
    """Draw what `unpack` found: for each a bitmap (28, 28) uint8, ink 255 on 0, or what is wrong with it."""
    drawings = [content for content in contents if isinstance(content, list)]
    drawn = iter(_draw_each(drawings) if drawings else [])
    return [next(drawn) if isinstance(content, list) else _bitmap_of_image(content) for content in contents]


def _draw_each(drawings: Sequence[list[Points]]) -> Sequence[Bitmap | PictureError | DrawingError]:
    try:
        return list(draw_all(drawings))
    except DrawingError as error:
        if len(drawings) == 1:
            return [error]
        return [bitmap for drawing in drawings for bitmap in _draw_each([drawing])]


def _bitmap_of_image(image: Image.Image) -> Bitmap | PictureError | DrawingError:
    try:
        return bitmap_of_image(image)
    except (PictureError, DrawingError) as error:
        return error


def is_large(content: Content) -> bool:
    """Whether it takes so long to draw that others should not wait for it."""
    if isinstance(content, list):
        return sum(len(stroke[0]) for stroke in content) > LARGE_DRAWING
    width, height = content.size
    return width * height > LARGE_PICTURE


def is_lines(body: bytes) -> bool:
    """Whether a body is many lines of JSON (.ndjson), and not one JSON text that is broken into lines."""
    first, _, rest = body.partition(b"\n")
    if not first.startswith(b"{") or not rest.strip():
        return False
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return False
    return True


def _unpack_json(text: bytes) -> Content:
    try:
        value = _loads(text)
    except RecursionError:
        raise BodyError("the JSON is nested too deeply") from None
    except ValueError as error:
        raise BodyError(f"this is not JSON: {error}") from None
    if not isinstance(value, dict) or not value.keys() & {"drawing", "image"}:
        raise DrawingError('the JSON is no object with a "drawing" or an "image"')
    return parse_strokes(value["drawing"]) if "drawing" in value else _picture_of_text(value["image"])


def _loads(text: bytes) -> object:
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)  # takes more: a byte order mark, UTF-16, NaN, and tells what is wrong better


def _picture_of_text(text: object) -> Image.Image:
    if not isinstance(text, str):
        raise BodyError('"image" is not a string: it holds a picture in base64, or a data URL')
    try:
        picture = base64.b64decode("".join(DATA_URL.sub("", text, count=1).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BodyError(f'"image" is not base64: {error}') from None
    if not is_picture(picture):
        raise BodyKindError('"image" holds none of: PNG, JPEG, WebP, GIF or BMP')
    return open_picture(picture)


def _file_of_form(body: bytes) -> bytes:
    """The one file of a multipart form; where there is no file, its one field."""
    parts = _parts_of_form(body)
    files = [content for header, content in parts if b"filename" in header.lower()]
    candidates = files or [content for _, content in parts]
    if len(candidates) != 1:
        raise BodyError(f"the form holds {len(candidates)} files: send one")
    return candidates[0]


def _parts_of_form(body: bytes) -> list[tuple[bytes, bytes]]:
    """The header and the content of each part. The first line tells the boundary, whatever the Content-Type says."""
    body = body.lstrip(b"\r\n")
    boundary = body.partition(b"\r\n")[0].removeprefix(b"--")
    headers: list[bytearray] = []
    contents: list[bytearray] = []
    ends: list[bool] = []

    def begin() -> None:
        headers.append(bytearray())
        contents.append(bytearray())

    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": begin,
            "on_header_value": lambda data, start, end: headers[-1].extend(data[start:end]),
            "on_part_data": lambda data, start, end: contents[-1].extend(data[start:end]),
            "on_end": lambda: ends.append(True),
        },
    )
    try:
        parser.write(body)
    except FormParserError as error:
        raise BodyError(f"the form cannot be read: {error}") from None
    if not ends:
        raise BodyError("the form is cut short: its last boundary is missing")
    return [(bytes(header), bytes(content)) for header, content in zip(headers, contents, strict=True)]
