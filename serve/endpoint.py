"""`POST /classify`: what the query asks, the body as it arrives, the drawing in it, and the answer.

Drawings that arrive together are drawn together and share a run of the network, whose whole numbers make an answer the
same in any company. Drawings and pictures of ordinary size are worked on where they arrive: that takes a millisecond at
most. Huge ones and streams of lines go to a few threads, and the loop goes on answering others.
"""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import numpy as np
import orjson
from numpy.typing import NDArray
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from doodle.drawing import Content, Drawn, draw_each, is_large
from doodle.parse import BodyError, BodySizeError, is_lines, unpack
from doodle.recognizer import Recognizer
from doodle.strokes import Points
from serve.limits import Limits
from serve.problems import PROBLEMS, QueryError, UnknownModelError, describe

PATIENCE = 4  # times as much as a body may have is read, and dropped, so that who sends too much can read why
CHUNK = 64 * 2**10  # bytes of lines that are answered together
BATCH = 32  # drawings that share a run of the network: more would gain little, and keep others waiting
LINES = 256  # of a stream that are answered together: more would be no faster, and take 20 KB each
QUERIES = 256  # whose parsed form is kept
NDJSON = (b"application/x-ndjson", b"application/ndjson", b"application/jsonl")

Result = TypeVar("Result")

_threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="pictures")


class Query(NamedTuple):
    """What a request asks beside its body: which model answers, how many labels, whether to show the bitmap."""

    model: Recognizer
    top: int
    show_bitmap: bool


class ClassifyEndpoint:
    """The ASGI endpoint that classifies by these models; `default` answers where a request names none.

    It reads and writes ASGI's messages itself: a Request and a Response take longer than drawing and network together.
    """

    def __init__(self, models: Mapping[str, Recognizer], default: str, limits: Limits) -> None:
        self._models, self._default, self._limits = models, default, limits
        self._query = lru_cache(QUERIES)(self._parse_query)
        self._batch = Batch()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = self._query(scope["query_string"])
        scope["state"]["model"] = query.model.name
        if _is_ndjson(scope):
            return await self._answer_stream(scope, send, Request(scope, receive).stream(), query)
        body = await read_body(receive, self._limits.body)
        if is_lines(body):
            return await self._answer_stream(scope, send, _chunks(body), query)
        content = unpack(body, self._limits.pixels)
        scope["state"]["kind"] = "strokes" if isinstance(content, list) else "picture"
        if is_large(content):
            answer = await _in_thread(_answer_alone, content, query)
        else:
            answer = await self._batch.answer(content, query)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answer_stream(self, scope: Scope, send: Send, chunks: AsyncIterable[bytes], query: Query) -> None:
        scope["state"]["kind"] = "lines"
        await send_lines(send, stream_answers(chunks, query, self._limits))

    def _parse_query(self, query_string: bytes) -> Query:
        parameters = QueryParams(query_string)
        name = parameters.get("model", self._default)
        if name not in self._models:
            raise UnknownModelError(f"no model is named {name!r}; there are: {', '.join(self._models)}")
        return Query(self._models[name], _top(parameters), _flag(parameters, "bitmap"))


class Batch:
    """Answers together what arrives together: BATCH at once, or fewer where a turn of the event loop brings no more."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Content, Query, asyncio.Future[bytes]]] = []

    def answer(self, content: Content, query: Query) -> asyncio.Future[bytes]:
        """Its JSON, or what is wrong with this content, whatever is wrong with others."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._run, 0)
        future: asyncio.Future[bytes] = loop.create_future()
        self._waiting.append((content, query, future))
        return future

    def _run(self, before: int) -> None:
        """Answer some, unless there are more than there were a turn `before`: then yet more may come in the next."""
        loop = asyncio.get_running_loop()
        if before < len(self._waiting) < BATCH:
            loop.call_soon(self._run, len(self._waiting))
            return
        some, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
        if self._waiting:
            loop.call_soon(self._run, 0)
        by_query: dict[Query, list[tuple[Content, asyncio.Future[bytes]]]] = {}
        for content, query, future in some:
            if not future.done():  # as one is that was cancelled while it waited
                by_query.setdefault(query, []).append((content, future))
        for query, asked in by_query.items():
            try:
                answers = answer_all([content for content, _ in asked], query)
            except Exception as error:  # a fault of ours: nobody may wait for ever
                answers = [error] * len(asked)
            for (_, future), answer in zip(asked, answers, strict=True):
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(_json(answer))


def answer_all(contents: Sequence[Content | Drawn], query: Query) -> list[dict[str, Any] | Exception]:
    """The answer to each, from one run of the network, or what is wrong with it."""
    bitmaps = query.model.draw(contents)
    drawn = [bitmap for bitmap in bitmaps if isinstance(bitmap, np.ndarray)]
    answers = iter(answer_bitmaps(query.model, np.array(drawn), query.top, query.show_bitmap) if drawn else [])
    return [bitmap if isinstance(bitmap, Exception) else next(answers) for bitmap in bitmaps]


def answer_bitmaps(
    model: Recognizer, bitmaps: NDArray[np.uint8], top: int, show_bitmap: bool = False
) -> list[dict[str, Any]]:
    """One answer for each of the bitmaps (N, 28, 28) uint8; with `show_bitmap`, also the 784 bytes in base64."""
    answers: list[Any] = model.answers(bitmaps, top)
    if show_bitmap:
        for answer, bitmap in zip(answers, bitmaps, strict=True):
            answer["bitmap"] = base64.b64encode(bitmap.tobytes()).decode()
    return answers


def answer_lines(lines: Iterable[bytes], query: Query, limits: Limits) -> bytes:
    """One line of JSON for each line, in order: its answer, or its error. Blank lines are passed over."""
    contents = [_read_line(line, limits) for line in lines if line.strip()]
    return b"".join(_line_of(result) for result in answer_all(contents, query))


def _read_line(line: bytes, limits: Limits) -> list[Points] | Drawn:
    try:
        if len(line) > limits.body:
            raise BodySizeError(f"a line is at most {limits.body} bytes")
        if not line.lstrip().startswith(b"{"):
            raise BodyError('a line is a JSON object with a "drawing" or an "image"')
        content = unpack(line, limits.pixels)
        # strokes wait for those of the other lines; pictures, kept till then, could fill the memory
        return content if isinstance(content, list) else draw_each([content], False)[0]
    except tuple(PROBLEMS) as error:
        return type(error)(*error.args)  # without the frames that it was raised in, and what they hold


def _line_of(result: dict[str, Any] | Exception) -> bytes:
    if isinstance(result, Exception):
        # in ASCII, so that whatever a client sent, half a surrogate pair even, can be quoted in it
        return json.dumps(describe(result)).encode() + b"\n"
    return _json(result) + b"\n"


async def stream_answers(chunks: AsyncIterable[bytes], query: Query, limits: Limits) -> AsyncIterator[bytes]:
    """Answer the lines of a body as they arrive, those of a chunk together; holds no more than one line and a chunk."""
    pending = bytearray()
    left = limits.lines
    async for chunk in chunks:
        *lines, rest = chunk.split(b"\n")
        if lines:
            lines[0] = bytes(pending) + lines[0]
            pending.clear()
            for first in range(0, min(len(lines), left), LINES):
                yield await _in_thread(answer_lines, lines[first : min(first + LINES, left)], query, limits)
        if len(lines) > left:
            yield _line_of(BodySizeError(f"a stream has at most {limits.lines:,} lines: send the rest in another"))
            return
        left -= len(lines)
        pending += rest
        del pending[limits.body + 1 :]  # one byte more than a line may have, so that it is refused when it ends
    yield await _in_thread(answer_lines, [bytes(pending)], query, limits)


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), CHUNK):
        yield body[start : start + CHUNK]


async def send_lines(send: Send, chunks: AsyncIterable[bytes]) -> None:
    """Send a stream of JSON lines, which is written while the request's body is still being read."""
    headers = [(b"content-type", b"application/x-ndjson")]
    try:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "more_body": True})  # so that the headers don't wait for an answer
        async for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except (ClientDisconnect, OSError):
        return  # nobody is left to answer


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises BodySizeError where it is larger than the limit, having held no more than that of it."""
    chunks, size, more = [], 0, True
    while more and size <= PATIENCE * limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect("the client hung up before its body had arrived")
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        else:
            chunks.clear()
    if size > limit:
        raise BodySizeError(f"the body is larger than {limit} bytes")
    return b"".join(chunks)


def _answer_alone(content: Content, query: Query) -> bytes:
    (answer,) = answer_all([content], query)
    if isinstance(answer, Exception):
        raise answer
    return _json(answer)


def _json(answer: dict[str, Any]) -> bytes:
    text: bytes = orjson.dumps(answer)
    return text


def _top(parameters: QueryParams) -> int:
    text = parameters.get("top", "5")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise QueryError(f"top is a whole number, 0 for all labels; not {text[:40]!r}")
    return int(text)


def _flag(parameters: QueryParams, name: str) -> bool:
    text = parameters.get(name, "0")
    if text not in ("0", "1"):
        raise QueryError(f"{name} is 0 or 1; not {text[:40]!r}")
    return text == "1"


def _is_ndjson(scope: Scope) -> bool:
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    return bool(kinds) and kinds[0].partition(b";")[0].strip().lower() in NDJSON


async def _in_thread(function: Callable[..., Result], *arguments: object) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_threads, function, *arguments)
