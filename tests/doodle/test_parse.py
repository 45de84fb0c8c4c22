import base64
import io
import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

from doodle.parse import BodyError, BodyKindError, is_large_body, is_lines, unpack, unpack_line
from doodle.strokes import DrawingError

DRAWING = b'{"drawing": [[[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]]]}'


def picture(kind="PNG"):
    image = Image.new("RGB", (60, 60), "white")
    ImageDraw.Draw(image).line([(5, 10), (50, 20), (30, 55)], "navy", 5)
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def in_base64(kind="PNG", url_safe=False):
    return (base64.urlsafe_b64encode if url_safe else base64.b64encode)(picture(kind)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "data:image/png;base64," + in_base64(),
        "DATA:image/png;charset=utf-8;BASE64," + in_base64(),
        "data:image/png;base64," + in_base64().replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
        "data:image/png," + "".join(f"%{byte:02x}" for byte in picture()),
        in_base64(),
        in_base64(url_safe=True),
        in_base64(url_safe=True).rstrip("="),
        "\n".join(in_base64()[start : start + 76] for start in range(0, len(in_base64()), 76)),
    ],
)
def test_picture_in_text(text):
    for body in (text, "\n" + text, json.dumps(text), json.dumps({"image": text})):
        assert unpack(body.encode()).tobytes() == unpack(picture()).tobytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_every_format_recognised_in_base64(kind):
    for url_safe in (False, True):
        assert unpack(in_base64(kind, url_safe).encode()).size == (60, 60)


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b"\n", b"\r\n \n", b"\n\xef\xbb\xbf\n"])
def test_byte_order_mark_and_blank_lines_at_the_beginning(start):
    assert np.array_equal(unpack(start + DRAWING), unpack(DRAWING))
    assert np.array_equal(unpack_line(start + DRAWING), unpack(DRAWING))
    assert not is_lines(start + DRAWING)
    assert is_lines(start + DRAWING + b"\n" + DRAWING)


def test_indented_json_is_not_lines():
    assert not is_lines(json.dumps(json.loads(DRAWING), indent=1).encode())


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", BodyError),
        (b"data:image/png;base64,!!", BodyError),
        (b"data:image/svg+xml,<svg/>", BodyKindError),
        (b"Qkumber", BodyKindError),
        (b'"hello"', BodyKindError),
        (b'{"image": "\xc3\xa9"}', BodyError),
        (b"[[[1, 2], [3, 4]]]", DrawingError),
    ],
)
def test_what_is_not_taken_is_refused(body, error):
    with pytest.raises(error):
        unpack(body)


def test_line_must_be_an_object():
    with pytest.raises(BodyError, match="JSON object"):
        unpack_line(picture())


def test_ordinary_bodies_are_not_large():
    assert not is_large_body(picture())
    assert is_large_body(bytes(100_000))
