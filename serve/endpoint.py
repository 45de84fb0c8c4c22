"""`POST /classify`: what the query asks, the body as it arrives, the drawing in it, and the answer.

Strokes are classified where they arrive: that takes a fraction of a millisecond. Pictures and streams of lines take
milliseconds, a huge picture much more, so they go to a few threads and the loop goes on answering others.
"""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from serve.body import BodyError, BodySizeError, bitmap_of, is_lines, unpack
from serve.classifier import Classifier
from serve.problems import PROBLEMS, QueryError, UnknownModelError, describe

MAX_BODY = 16 * 2**20  # bytes of a body, and of one line of a stream
PATIENCE = 4 * MAX_BODY  # bytes that are read, and dropped, so that a client who sends too much can read why
CHUNK = 64 * 2**10  # bytes of lines that are answered together
INLINE_POINTS = 2000  # a drawing of more is drawn in a thread

Result = TypeVar("Result")

_threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="pictures")


class ClassifyEndpoint:
    """The ASGI endpoint that classifies by these models; `default` answers where a request names none."""

    def __init__(self, models: Mapping[str, Classifier], default: str) -> None:
        self.models, self.default = models, default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.classify(Request(scope, receive))
        await response(scope, receive, send)

    async def classify(self, request: Request) -> Response:
        model, top, show_bitmap = self._model(request), _top(request), _flag(request, "bitmap")

        def answer(lines: list[bytes]) -> bytes:
            return answer_lines(model, lines, top, show_bitmap)

        if _is_ndjson(request):
            return LineStream(stream_answers(request.stream(), answer))
        body = await read_body(request)
        if is_lines(body):
            return LineStream(stream_answers(_chunks(body), answer))
        content = unpack(body)
        if isinstance(content, bytes) or sum(stroke.shape[1] for stroke in content) > INLINE_POINTS:
            bitmap = await _in_thread(bitmap_of, content)
        else:
            bitmap = bitmap_of(content)
        answers = answer_bitmaps(model, bitmap[None], top, show_bitmap)
        return Response(json.dumps(answers[0]), media_type="application/json")

    def _model(self, request: Request) -> Classifier:
        name = request.query_params.get("model", self.default)
        if name not in self.models:
            raise UnknownModelError(f"no model is named {name!r}; there are: {', '.join(self.models)}")
        return self.models[name]


def answer_bitmaps(
    model: Classifier, bitmaps: NDArray[np.uint8], top: int, show_bitmap: bool = False
) -> list[dict[str, Any]]:
    """One answer for each of the bitmaps (N, 28, 28) uint8; with `show_bitmap`, also the 784 bytes in base64."""
    answers = [model.answer(row, top) for row in model.probabilities(bitmaps)]
    if show_bitmap:
        for answer, bitmap in zip(answers, bitmaps, strict=True):
            answer["bitmap"] = base64.b64encode(bitmap.tobytes()).decode()
    return answers


def answer_lines(model: Classifier, lines: Iterable[bytes], top: int, show_bitmap: bool = False) -> bytes:
    """One line of JSON for each line, in order: its answer, or its error. Blank lines are passed over."""
    results: list[dict[str, Any] | None] = []
    bitmaps = []
    for line in lines:
        if not line.strip():
            continue
        try:
            bitmaps.append(_bitmap_of_line(line))
            results.append(None)
        except tuple(PROBLEMS) as error:
            results.append(describe(error))
    if bitmaps:
        answers = iter(answer_bitmaps(model, np.stack(bitmaps), top, show_bitmap))
        results = [next(answers) if result is None else result for result in results]
    return b"".join(json.dumps(result).encode() + b"\n" for result in results)


def _bitmap_of_line(line: bytes) -> NDArray[np.uint8]:
    if len(line) > MAX_BODY:
        raise BodySizeError(f"a line is at most {MAX_BODY} bytes")
    if not line.lstrip().startswith(b"{"):
        raise BodyError('a line is a JSON object with a "drawing" or an "image"')
    return bitmap_of(unpack(line))


async def stream_answers(chunks: AsyncIterable[bytes], answer: Callable[[list[bytes]], bytes]) -> AsyncIterator[bytes]:
    """Answer the lines of a body as they arrive, those of a chunk together; holds no more than one line and a chunk."""
    pending = bytearray()
    async for chunk in chunks:
        end = chunk.rfind(b"\n")
        if end >= 0:
            pending += chunk[:end]
            yield await _in_thread(answer, bytes(pending).split(b"\n"))
            pending = bytearray(chunk[end + 1 :])
        else:
            pending += chunk
            del pending[MAX_BODY + 1 :]  # one byte more than a line may have, so that it is refused when it ends
    yield await _in_thread(answer, [bytes(pending)])


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), CHUNK):
        yield body[start : start + CHUNK]


class LineStream(StreamingResponse):
    """A stream of JSON lines that is written while the request's body is still being read.

    Starlette's own would listen for the client's hanging up meanwhile, and so swallow parts of the body.
    """

    media_type = "application/x-ndjson"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.stream_response(send)
        except (ClientDisconnect, OSError):
            return  # nobody is left to answer


async def read_body(request: Request) -> bytes:
    """The whole body. Raises BodySizeError where it is too large, having held no more than MAX_BODY of it."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_BODY:
            chunks.append(chunk)
        elif size <= PATIENCE:
            chunks.clear()
        else:
            break
    if size > MAX_BODY:
        raise BodySizeError(f"the body is larger than {MAX_BODY} bytes")
    return b"".join(chunks)


def _top(request: Request) -> int:
    text = request.query_params.get("top", "5")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise QueryError(f"top is a whole number, 0 for all labels; not {text[:40]!r}")
    return int(text)


def _flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "0")
    if text not in ("0", "1"):
        raise QueryError(f"{name} is 0 or 1; not {text[:40]!r}")
    return text == "1"


def _is_ndjson(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in ("application/x-ndjson", "application/ndjson", "application/jsonl")


async def _in_thread(function: Callable[..., Result], *arguments: object) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_threads, function, *arguments)
