"""A stream of .ndjson: each line's answer or error, in order, while the body is still arriving."""

import json
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable

import orjson

from doodle.drawing import Content, draw_each
from doodle.parse import BodyError, BodySizeError, unpack_line
from doodle.recognizer import Answer

from .batch import Query, answer_each
from .errors import STATUS_AND_CODE, BodyTimeoutError, describe
from .settings import Settings

CHUNK_BYTES = 64 * 2**10  # of a body that has arrived, or of a file
SPOOL_BYTES = 4 * 2**20  # of answers that are kept in memory
CHUNK_LINES = 256  # that are answered together: more would be no faster, and take 20 KB each

Run = Callable[..., Awaitable[bytes]]  # runs a function, in a thread or at once


async def stream_answers(
    chunks: AsyncIterable[bytes], query: Query, settings: Settings, run: Run
) -> AsyncIterator[bytes]:
    """Answer the lines of a body as they arrive, those of a chunk together; holds no more than one line and a chunk.

    The last line tells of a body of too many lines, or of one that stops arriving or cannot be decompressed.
    """
    pending = bytearray()
    left = settings.max_lines
    try:
        async for chunk in chunks:
            *lines, rest = chunk.split(b"\n")
            if lines:
                lines[0] = bytes(pending) + lines[0]
                pending.clear()
                for first in range(0, min(len(lines), left), CHUNK_LINES):
                    yield await run(answer_lines, lines[first : min(first + CHUNK_LINES, left)], query, settings)
            if len(lines) > left:
                message = f"a stream has at most {settings.max_lines:,} lines: send the rest in another"
                yield _line_of(BodySizeError(message))
                return
            left -= len(lines)
            pending += rest
            del pending[settings.max_body_bytes + 1 :]  # one byte above the limit, so that the line is refused
    except (BodyError, BodyTimeoutError) as error:
        yield _line_of(error)
        return
    yield await run(answer_lines, [bytes(pending)], query, settings)


def answer_lines(lines: Iterable[bytes], query: Query, settings: Settings) -> bytes:
    """One line of JSON for each line, in order: its answer, or its error. Blank lines are skipped."""
    contents = [_read_line(line, settings) for line in lines if line.strip()]
    return b"".join(_line_of(result) for result in answer_each(contents, query))


async def with_length(answers: AsyncIterator[bytes]) -> tuple[AsyncIterator[bytes], int]:
    """The answers, all of them computed first, and their length in bytes; many are kept in a file."""
    spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115, `read` closes it
    async for lines in answers:
        spool.write(lines)
    length = spool.tell()

    async def read() -> AsyncIterator[bytes]:
        with spool:
            spool.seek(0)
            while chunk := spool.read(CHUNK_BYTES):
                yield chunk

    return read(), length


async def chunks_of(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), CHUNK_BYTES):
        yield body[start : start + CHUNK_BYTES]


def _read_line(line: bytes, settings: Settings) -> Content | Exception:
    try:
        if len(line) > settings.max_body_bytes:
            raise BodySizeError(f"a line is at most {settings.max_body_bytes} bytes")
        content = unpack_line(line, settings.max_pixels)
        # strokes wait for those of the other lines; pictures, kept till then, could fill the memory
        return content if isinstance(content, list) else draw_each([content], motion=False)[0]
    except tuple(STATUS_AND_CODE) as error:
        return type(error)(*error.args)  # without the frames that it was raised in, and what they hold


def _line_of(result: Answer | Exception) -> bytes:
    if isinstance(result, Exception):
        return json.dumps(describe(result)).encode() + b"\n"  # ASCII, as in json_response
    return orjson.dumps(result) + b"\n"
