"""Wrappers that HTTP clients put around a body: forms, urlencoded or multipart, and Content-Encoding."""

import logging
import re
import zlib
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from doodle.parse import BodyError, BodyKindError, BodySizeError, holds_drawing, is_picture_text
from doodle.picture_file import is_picture

MAX_PARTS = 100  # of a form
URLENCODED = re.compile(rb"[\w.%+*\[\]-]{1,100}=[^\s{]")  # a field's name, and the beginning of its value
FILE_NAMES = {b"filename", b"filename*"}
CHUNK = 64 * 2**10  # bytes that are unzipped at a time

logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # a bad form is its sender's affair, not the log's


class Part(NamedTuple):
    """A field of a form, or a file."""

    name: bytes
    is_file: bool
    content: bytes


def read_form(body: bytes) -> bytes:
    """The drawing that a form holds, as `doodle.parse.unpack` takes it; a body that is no form is returned as it is.

    It is the form's one file. Where there is none, it is the one field that holds a picture or a data URL, or JSON.
    Raises BodyError where the form cannot be read, or holds none or several, and BodySizeError for too many parts.
    """
    start = body[:200].lstrip(b"\r\n")
    if start.startswith(b"--"):
        parts = _multipart(body)
    elif URLENCODED.match(start):
        parts = _urlencoded(body)
    else:
        return body
    files = [part for part in parts if part.is_file and part.content]
    drawings = [part for part in files if holds_drawing(part.content)]
    fields = [part for part in parts if not part.is_file and holds_drawing(part.content)]
    pictures = [part for part in fields if is_picture(part.content) or is_picture_text(part.content)]
    found = drawings or pictures or fields or files
    if len(found) != 1:
        raise BodyError(f"the form holds {len(found)} files: send one, or one field with a data URL or JSON")
    return _with_key(found[0])


def _with_key(part: Part) -> bytes:
    """JSON as `unpack` takes it: the value of a field called "drawing" may be the strokes alone."""
    bare = part.name == b"drawing" and part.content.lstrip().startswith(b"[")
    return b'{"drawing": %b}' % part.content if bare else part.content


def _urlencoded(body: bytes) -> list[Part]:
    try:
        fields = parse_qsl(body, keep_blank_values=True, max_num_fields=MAX_PARTS)
    except ValueError:
        raise BodySizeError(f"the form has more than {MAX_PARTS} fields") from None
    parts = [Part(name, False, value.strip()) for name, value in fields]
    # base64 has no spaces: those were + signs, which the client did not encode
    return [
        part._replace(content=part.content.replace(b" ", b"+")) if is_picture_text(part.content) else part
        for part in parts
    ]


def _multipart(body: bytes) -> list[Part]:
    """The parts of a form. The first line tells the boundary, whatever the Content-Type says."""
    body = body.lstrip(b"\r\n")
    boundary = body.partition(b"\r\n")[0].removeprefix(b"--")
    parts: list[_PartReader] = []
    ends: list[bool] = []

    def begin() -> None:
        if len(parts) == MAX_PARTS:
            raise BodySizeError(f"the form has more than {MAX_PARTS} parts")
        parts.append(_PartReader())

    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": begin,
                "on_header_field": lambda data, start, end: parts[-1].header_name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: parts[-1].header_value.extend(data[start:end]),
                "on_header_end": lambda: parts[-1].end_header(),
                "on_part_data": lambda data, start, end: parts[-1].content.extend(data[start:end]),
                "on_end": lambda: ends.append(True),
            },
        )
        parser.write(body)
    except FormParserError as error:
        raise BodyError(f"the form cannot be read: {error}") from None
    if not ends:
        raise BodyError("the form is cut short: its last boundary is missing")
    return [part.read() for part in parts]


class _PartReader:
    """Collects what the parser finds of one part."""

    def __init__(self) -> None:
        self.header_name, self.header_value, self.content = bytearray(), bytearray(), bytearray()
        self.disposition: dict[bytes, bytes] = {}

    def end_header(self) -> None:
        if self.header_name.lower() == b"content-disposition":
            self.disposition = parse_options_header(bytes(self.header_value))[1]
        self.header_name.clear()
        self.header_value.clear()

    def read(self) -> Part:
        return Part(
            self.disposition.get(b"name", b""), not self.disposition.keys().isdisjoint(FILE_NAMES), bytes(self.content)
        )


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """A body without its Content-Encoding: gzip, x-gzip, deflate, identity or none.

    Raises BodyKindError for others, BodyError for a damaged body, and BodySizeError for one above `limit` bytes.
    """
    decompressor = _decompressor(encoding)
    if decompressor is None:
        return body
    try:
        content: bytes = decompressor.decompress(body, limit + 1)
    except zlib.error as error:
        raise BodyError(f"the body is not {encoding}: {error}") from None
    if len(content) > limit:
        raise BodySizeError(f"the body is larger than {limit} bytes when it is unzipped")
    if not decompressor.eof:
        raise BodyError(f"the body is not {encoding}, or cut short")
    return content


def decompress_stream(chunks: AsyncIterable[bytes], encoding: str) -> AsyncIterable[bytes]:
    """The chunks of a body without its Content-Encoding, at most CHUNK bytes each. Raises as `decompress` does."""
    decompressor = _decompressor(encoding)
    return chunks if decompressor is None else _unzip(chunks, encoding, decompressor)


async def _unzip(chunks: AsyncIterable[bytes], encoding: str, decompressor: Any) -> AsyncIterator[bytes]:
    try:
        async for chunk in chunks:
            rest = chunk
            while rest and not decompressor.eof:
                yield decompressor.decompress(rest, CHUNK)
                rest = decompressor.unconsumed_tail
    except zlib.error as error:
        raise BodyError(f"the body is not {encoding}: {error}") from None
    if not decompressor.eof:
        raise BodyError(f"the body is not {encoding}, or cut short")


def _decompressor(encoding: str) -> Any:
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name not in ("gzip", "x-gzip", "deflate"):
        raise BodyKindError(f"Content-Encoding {encoding[:40]!r} is not taken: send gzip, deflate or none")
    return zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, by their headers
