"""What bytes hold: a picture, or a drawing's strokes.

The kind is recognised by the content itself, so a client that names a wrong type, or none, is understood too.
"""

import binascii
import json
import re
from urllib.parse import unquote_to_bytes

import orjson
from PIL import Image

from doodle.picture_file import MAX_PIXELS, is_picture, open_picture
from doodle.strokes import DrawingError, Points, parse_strokes

Content = Image.Image | list[Points]  # a picture, opened but not decoded yet, or strokes, each (2, points) float64

LARGE_BODY = 32 * 2**10  # bytes: longer ones may take several milliseconds to parse

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
DATA_URL = re.compile(rb"data:[^,]{0,200},", re.IGNORECASE)
BASE64_PICTURE = re.compile(rb"(iVBORw0KGgo|[/_]9j[/_]|R0lGOD[dl]h|Qk|UklGR)[\w+/%\r\n-]{40}")
WHITESPACE = b" \t\r\n"
URL_SAFE = bytes.maketrans(b"-_", b"+/")
BASE64_CHUNK = 2**18  # digits decoded at a time, so that other threads need not wait for all of them
MAX_VALUES = 100_000  # in a JSON text: a drawing of as many points as we draw, with their times, and as much besides


class BodyError(ValueError):
    """The body is of a kind that we take, and cannot be read."""


class BodySizeError(ValueError):
    """The body, or a line or a part of it, is larger than we take."""


class BodyKindError(ValueError):
    """The body is of a kind that we don't take."""


def unpack(body: bytes, max_pixels: int = MAX_PIXELS) -> Content:
    """Find what a body holds: a picture, or a drawing's strokes.

    Takes a picture, the same in base64 or as a data URL, or JSON: `{"drawing": [[[x...], [y...]], ...]}` or
    `{"image": "<base64 or data URL>"}`. Raises BodyError, BodyKindError, BodySizeError, what `open_picture` raises, or
    DrawingError where there is no drawing.
    """
    if is_picture(body):
        return open_picture(body, max_pixels)
    text = without_mark(body)
    if text[:1] in (b"{", b"["):
        return _unpack_json(text, max_pixels)
    if is_picture_text(text):
        return _picture_of_text(_parse(text) if text.startswith(b'"') else text, "the body", max_pixels)
    if not text:
        raise BodyError("the body is empty: send a picture, a form with one file, or JSON")
    raise BodyKindError("this is none of: PNG, JPEG, WebP, GIF or BMP, a data URL of one, a form with one file, JSON")


def unpack_line(line: bytes, max_pixels: int = MAX_PIXELS) -> Content:
    """Find what a line of .ndjson holds, as `unpack` does. Raises BodyError where it is no JSON object."""
    text = without_mark(line)
    if not text.startswith(b"{"):
        raise BodyError('a line is a JSON object with a "drawing" or an "image"')
    return _unpack_json(text, max_pixels)


def holds_drawing(content: bytes) -> bool:
    """Whether this begins as what `unpack` takes, so that it can be told from a form's other fields."""
    text = without_mark(content[:1024])
    return is_picture(content) or text[:1] in (b"{", b"[") or is_picture_text(text)


def is_picture_text(text: bytes) -> bool:
    """Whether this begins as a data URL, or as a picture in base64, perhaps within quotes."""
    text = text[:300].lstrip(b'"')
    return DATA_URL.match(text) is not None or BASE64_PICTURE.match(text) is not None


def without_mark(text: bytes) -> bytes:
    """Without a byte order mark and blank lines at the beginning."""
    return text.lstrip().removeprefix(BYTE_ORDER_MARK).lstrip()


def is_large_body(body: bytes) -> bool:
    """Whether it may take so long to `unpack` that others should not wait for it."""
    return len(body) > LARGE_BODY


def is_lines(body: bytes) -> bool:
    """Whether a body is many lines of JSON (.ndjson), and not one JSON text that is broken into lines."""
    first, _, rest = without_mark(body).partition(b"\n")
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
    if "drawing" in value:
        return parse_strokes(value["drawing"])
    return _picture_of_text(value["image"], '"image"', max_pixels)


def _loads(text: bytes) -> object:
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)  # takes more: a byte order mark, UTF-16, NaN, and tells what is wrong better


def _picture_of_text(text: object, name: str, max_pixels: int) -> Image.Image:
    """Open a picture in base64, url-safe or not, or a data URL; `name` is what an error calls it."""
    if isinstance(text, str) and text.isascii():
        text = text.encode()
    if not isinstance(text, bytes):
        raise BodyError(f"{name} is not a string of base64, nor a data URL")
    header = DATA_URL.match(text)
    content = text[header.end() :] if header else text
    if b"%" in content:
        content = unquote_to_bytes(content)
    if header is None or b";base64" in header[0].lower():
        try:
            content = _decode_base64(content)
        except binascii.Error as error:
            raise BodyError(f"{name} is not base64: {error}") from None
    if not is_picture(content):
        raise BodyKindError(f"{name} holds none of: PNG, JPEG, WebP, GIF or BMP")
    return open_picture(content, max_pixels)


def _decode_base64(digits: bytes) -> bytes:
    digits = digits.translate(URL_SAFE, WHITESPACE).rstrip(b"=")
    digits += b"=" * (-len(digits) % 4)
    chunks = [digits[start : start + BASE64_CHUNK] for start in range(0, len(digits), BASE64_CHUNK)]
    return b"".join(binascii.a2b_base64(chunk, strict_mode=True) for chunk in chunks)
