"""What a request's body holds: a picture's bytes, or a drawing's strokes. Knows nothing of HTTP but its forms.

The kind is recognised by the content itself, so a client that sends a wrong Content-Type, or none, is understood too.
"""

import base64
import binascii
import json
import logging
import re
from collections.abc import Sequence

import numpy as np
import orjson
from numpy.typing import NDArray
from PIL import Image
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from doodle.picture import MAX_PIXELS, PictureError, bitmap_of_image, is_picture, open_picture
from doodle.raster import draw
from doodle.strokes import DrawingError, Points, parse_strokes

Content = Image.Image | list[Points]  # a picture, opened but not decoded yet, or strokes, each (2, points) float64
Bitmap = NDArray[np.uint8]
Drawn = Bitmap | Exception  # (28, 28) uint8, ink 255 on 0, or what is wrong with a drawing

LARGE_PICTURE, LARGE_DRAWING = 512 * 512, 2000  # pixels and points: those of more take several milliseconds

logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # a bad form is its sender's affair, not the log's

DATA_URL = re.compile(r"data:[^,]{0,200},")
WHITESPACE = b" \t\r\n"
MAX_VALUES = 100_000  # in a JSON text: a drawing of as many points as we draw, with their times, and as much besides
MAX_PARTS = 100  # of a form


class BodyError(ValueError):
    """The body is of a kind that we take, and cannot be read."""


class BodySizeError(ValueError):
    """The body, or a line or a part of it, is larger than we take."""


class BodyKindError(ValueError):
    """The body is of a kind that we don't take."""


def unpack(body: bytes, max_pixels: int = MAX_PIXELS) -> Content:
    """Find what a body holds: a picture, or a drawing's strokes.

    Takes a picture, a form with one of these in it, or JSON: `{"drawing": [[[x...], [y...]], ...]}` or
    `{"image": "<base64 or data URL>"}`. Raises BodyError, BodyKindError, BodySizeError, what `open_picture` raises, or
    DrawingError where there is no drawing.
    """
    if body.lstrip(b"\r\n").startswith(b"--"):
        body = _file_of_form(body)
    if is_picture(body):
        return open_picture(body, max_pixels)
    if body.lstrip().startswith((b"{", b"[", b"\xef\xbb\xbf")):
        return _unpack_json(body, max_pixels)
    if not body.strip():
        raise BodyError("the body is empty: send a picture, a form with one file, or JSON")
    raise BodyKindError("this is none of: PNG, JPEG, WebP, GIF or BMP, a form with one file, JSON")


def bitmaps_of(contents: Sequence[Content | Drawn]) -> list[Drawn]:
    """Draw what `unpack` found, and pass on what is drawn, or was wrong, already."""
    drawn = iter(_draw_each([content for content in contents if isinstance(content, list)]))
    return [next(drawn) if isinstance(content, list) else draw_picture(content) for content in contents]


def _draw_each(drawings: Sequence[list[Points]]) -> Sequence[Drawn]:
    try:
        return list(draw(drawings)) if drawings else []
    except DrawingError as error:
        if len(drawings) == 1:
            return [error]
        return [bitmap for drawing in drawings for bitmap in _draw_each([drawing])]


def draw_picture(content: Image.Image | Drawn) -> Drawn:
    """Draw a picture that `unpack` found; what is none is passed on."""
    if not isinstance(content, Image.Image):
        return content
    try:
        return bitmap_of_image(content)
    except (PictureError, DrawingError) as error:
        return type(error)(*error.args)  # a new one: what was raised holds on to the frames, and they to the pixels


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
        _parse(first)
    except (BodyError, BodySizeError):
        return False
    return True


def _parse(text: bytes) -> object:
    # to count takes a hundredth of the time, and none of the memory, that parsing would
    if len(text) > MAX_VALUES and text.count(b",") >= MAX_VALUES:
        raise BodySizeError(f"the JSON holds more than {MAX_VALUES:,} values")
    try:
        return _loads(text)
    except RecursionError:
        raise BodyError("the JSON is nested too deeply") from None
    except ValueError as error:
        raise BodyError(f"this is not JSON: {error}") from None


def _unpack_json(text: bytes, max_pixels: int) -> Content:
    value = _parse(text)
    if not isinstance(value, dict) or not value.keys() & {"drawing", "image"}:
        raise DrawingError('the JSON is no object with a "drawing" or an "image"')
    return parse_strokes(value["drawing"]) if "drawing" in value else _picture_of_text(value["image"], max_pixels)


def _loads(text: bytes) -> object:
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)  # takes more: a byte order mark, UTF-16, NaN, and tells what is wrong better


def _picture_of_text(text: object, max_pixels: int) -> Image.Image:
    if not isinstance(text, str):
        raise BodyError('"image" is not a string: it holds a picture in base64, or a data URL')
    try:
        digits = DATA_URL.sub("", text, count=1).encode("ascii").translate(None, WHITESPACE)
        picture = base64.b64decode(digits, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BodyError(f'"image" is not base64: {error}') from None
    if not is_picture(picture):
        raise BodyKindError('"image" holds none of: PNG, JPEG, WebP, GIF or BMP')
    return open_picture(picture, max_pixels)


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
        if len(headers) == MAX_PARTS:
            raise BodySizeError(f"the form has more than {MAX_PARTS} parts")
        headers.append(bytearray())
        contents.append(bytearray())

    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": begin,
                "on_header_value": lambda data, start, end: headers[-1].extend(data[start:end]),
                "on_part_data": lambda data, start, end: contents[-1].extend(data[start:end]),
                "on_end": lambda: ends.append(True),
            },
        )
        parser.write(body)
    except FormParserError as error:
        raise BodyError(f"the form cannot be read: {error}") from None
    if not ends:
        raise BodyError("the form is cut short: its last boundary is missing")
    return [(bytes(header), bytes(content)) for header, content in zip(headers, contents, strict=True)]
