import asyncio
import base64
import gzip
import json
import zlib
from urllib.parse import quote

import pytest

from benchmarks.fuzz import pictures
from doodle.parse import BodyError, BodyKindError, BodySizeError, is_lines, unpack
from serve.forms import CHUNK, decompress, decompress_stream, read_form

PICTURE = pictures()[0]
JPEG = next(picture for picture in pictures() if picture.startswith(b"\xff\xd8"))
DATA_URL = b"data:image/png;base64," + base64.b64encode(PICTURE)
DRAWING = b'{"drawing": [[[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]]]}'


def form(*parts):
    """A form of (what follows "form-data", content) pairs."""
    body = b"".join(
        b"--edge\r\nContent-Disposition: form-data%b\r\n\r\n%b\r\n" % (options, content) for options, content in parts
    )
    return body + b"--edge--\r\n"


FILE = b'; name="image"; filename="a.png"', PICTURE
EMPTY_FILE = b'; name="other"; filename=""', b""
USER = b'; name="user"', b"me"


@pytest.mark.parametrize(
    "body",
    [
        form(FILE),
        form(USER, FILE),
        form(FILE, EMPTY_FILE),
        form((b'; name="filename"', b"a.png"), FILE),
        form((b'; name="qqfilename"', b"a.png"), FILE),
        form((b"; name=image; filename*=UTF-8''%C3%A9.png", PICTURE), USER),
        form((b'; name="image"', PICTURE), USER),
        form((b'; name="notes"; filename="notes.txt"', b"a cat, I think"), FILE),
        form((b'; name="settings"', b"[1, 2]"), FILE),
        b"\r\n" + form(FILE),
    ],
)
def test_file_found_beside_others(body):
    assert read_form(body) == PICTURE


@pytest.mark.parametrize(
    "body",
    [
        form((b'; name="image"', DATA_URL)),
        form(USER, (b'; name="image"', DATA_URL), EMPTY_FILE),
        form((b'; name="meta"', b'{"n": 1}'), (b'; name="image"', DATA_URL)),
        form((b'; name="image"', DATA_URL.partition(b",")[2])),
        b"image=" + quote(DATA_URL, safe="").encode(),
        b"user=me&imgBase64=" + quote(DATA_URL, safe="").encode() + b"&n=3",
        b"image=" + DATA_URL.replace(b";", b"%3B"),  # its + signs were not encoded
        b"image=" + quote(DATA_URL.partition(b",")[2], safe="").encode(),
    ],
)
def test_data_url_found_in_field(body):
    assert unpack(read_form(body)).tobytes() == unpack(PICTURE).tobytes()


@pytest.mark.parametrize(
    "body",
    [
        form((b'; name="drawing"', DRAWING)),
        form((b'; name="drawing"', DRAWING[12:-1])),
        form((b'; name="f"; filename="a.json"', DRAWING)),
        b"drawing=" + quote(DRAWING).encode(),
        b"drawing=" + quote(DRAWING[12:-1]).encode(),
    ],
)
def test_json_found_in_field(body):
    assert json.loads(read_form(body)) == json.loads(DRAWING)


def test_file_of_lines_stays_lines():
    lines = DRAWING + b"\n" + DRAWING + b"\n"
    assert is_lines(read_form(form((b'; name="f"; filename="a.ndjson"', lines))))


@pytest.mark.parametrize("body", [b"", PICTURE, JPEG, DATA_URL, DRAWING, DRAWING + b"\n" + DRAWING, b"hello", b"\xff"])
def test_other_bodies_returned_as_they_are(body):
    assert read_form(body) is body


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (form(FILE, FILE), "2 files"),
        (form(USER), "0 files"),
        (form(EMPTY_FILE), "0 files"),
        (b"user=me", "0 files"),
        (form(FILE)[:-12], "cut short"),
        (b"--edge\r\nContent-Disposition form-data\r\n\r\n", "cannot be read"),
    ],
)
def test_unclear_form_refused(body, message):
    with pytest.raises(BodyError, match=message):
        read_form(body)


def test_form_of_too_many_parts_refused():
    with pytest.raises(BodySizeError, match="100 parts"):
        read_form(form(*[USER] * 101))
    with pytest.raises(BodySizeError, match="100 fields"):
        read_form(b"user=me&" * 101)


def test_content_encodings_removed():
    for encoding in ("gzip", "GZIP", "x-gzip", "deflate"):
        compress = zlib.compress if encoding == "deflate" else gzip.compress
        assert decompress(compress(DRAWING), encoding, 1000) == DRAWING
    assert decompress(DRAWING, "identity", 1000) == decompress(DRAWING, "", 1000) == DRAWING


def test_content_encoding_refused():
    with pytest.raises(BodyKindError, match="br"):
        decompress(DRAWING, "br", 1000)
    with pytest.raises(BodySizeError, match="1000 bytes"):
        decompress(gzip.compress(b"0" * 10**7), "gzip", 1000)
    for damaged in (b"", DRAWING, gzip.compress(DRAWING)[:-9]):
        with pytest.raises(BodyError, match="not gzip"):
            decompress(damaged, "gzip", 1000)


def test_stream_decompressed_in_small_chunks():
    async def collect(body, size, encoding="gzip"):
        async def chunks():
            for start in range(0, len(body), size):
                yield body[start : start + size]

        return [chunk async for chunk in decompress_stream(chunks(), encoding)]

    content = b"".join(b"%d" % number for number in range(100_000))
    zipped = gzip.compress(content)
    for size in (1000, len(zipped)):
        unzipped = asyncio.run(collect(zipped, size))
        assert b"".join(unzipped) == content
        assert max(map(len, unzipped)) <= CHUNK
    assert asyncio.run(collect(content, 1000, "")) == [content[i : i + 1000] for i in range(0, len(content), 1000)]
    with pytest.raises(BodyError, match="cut short"):
        asyncio.run(collect(zipped[:-20], 1000))
