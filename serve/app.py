"""The HTTP face: routes whose handlers call functions that know nothing of HTTP, and one place for errors.

Strokes are classified where they arrive: that takes a fraction of a millisecond. Pictures and streams of lines take
milliseconds, a huge picture much more, so they go to a few threads and the loop goes on answering others.
"""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.body import BodyError, BodyKindError, bitmap_of, is_lines, unpack
from serve.classifier import Classifier
from serve.drawing import DrawingError
from serve.picture import PictureError, PictureSizeError

WEB = Path(__file__).parent.parent / "web"
MAX_BODY = 16 * 2**20  # bytes of a body, and of one line of a stream
PATIENCE = 4 * MAX_BODY  # bytes that are read, and dropped, so that a client who sends too much can read why
CHUNK = 64 * 2**10  # bytes of lines that are answered together
INLINE_POINTS = 2000  # a drawing of more is drawn in a thread

Result = TypeVar("Result")

_threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="pictures")


class QueryError(ValueError):
    """A query parameter that makes no sense."""


class UnknownModelError(LookupError):
    """The request names a model that is not served."""


class BodySizeError(ValueError):
    """The body, or a line of it, is larger than we take."""


PROBLEMS: dict[type[Exception], tuple[int, str]] = {
    BodyError: (400, "unreadable"),
    PictureError: (400, "unreadable"),
    QueryError: (400, "bad_query"),
    ClientDisconnect: (400, "incomplete"),
    UnknownModelError: (404, "unknown_model"),
    BodySizeError: (413, "too_large"),
    PictureSizeError: (413, "too_large"),
    BodyKindError: (415, "unknown_kind"),
    DrawingError: (422, "no_drawing"),
}


def create_app(models: Mapping[str, Classifier], default: str, web: Path = WEB) -> Starlette:
    """The server for these models; `default` answers where a request names none. `web` is the page's folder."""
    reports = [
        Mount(f"/models/{name}", StaticFiles(directory=model.report, html=True), name=f"report of {name}")
        for name, model in models.items()
        if model.report
    ]
    app = Starlette(
        routes=[
            Route("/classify", classify, methods=["POST"]),
            Route("/models", list_models),
            *reports,
            Route("/healthz", healthy),
            Route("/readyz", healthy),
        ],
        exception_handlers={
            **dict.fromkeys(PROBLEMS, explain_problem),
            HTTPException: explain_http_error,
            Exception: explain_fault,
        },
        middleware=[Middleware(SecurityHeaders)],
    )
    # not a Mount at "/", which would answer "not found" where a route above is asked by a wrong method
    app.router.default = StaticFiles(directory=web, html=True)
    app.state.models, app.state.default = models, default
    return app


async def classify(request: Request) -> Response:
    model, top, show_bitmap = _model(request), _top(request), _flag(request, "bitmap")

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
    return _json(answer_bitmaps(model, bitmap[None], top, show_bitmap)[0])


async def list_models(request: Request) -> Response:
    models, default = request.app.state.models, request.app.state.default
    descriptions = [
        {**model.description(), "default": name == default, "report": f"/models/{name}/" if model.report else None}
        for name, model in models.items()
    ]
    return _json({"models": descriptions})


async def healthy(request: Request) -> Response:
    # the models were loaded and run before the server began to listen, so to answer is to be ready
    return _json({"status": "ok"})


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


def describe(error: Exception) -> dict[str, Any]:
    """An error as the JSON that every kind of request gets."""
    _, code = PROBLEMS[type(error)]
    return {"error": {"code": code, "message": str(error)}}


async def explain_problem(request: Request, error: Exception) -> Response:
    status, _ = PROBLEMS[type(error)]
    return _json(describe(error), status)


async def explain_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
    message = {
        404: f"there is nothing at {request.url.path}",
        405: f"{request.url.path} does not take {request.method}",
    }.get(error.status_code, error.detail)
    return _json({"error": {"code": code, "message": message}}, error.status_code, error.headers)


async def explain_fault(request: Request, error: Exception) -> Response:
    return _json({"error": {"code": "internal", "message": "the server failed; its log says how"}}, 500)


def _model(request: Request) -> Classifier:
    models: Mapping[str, Classifier] = request.app.state.models
    name = request.query_params.get("model", request.app.state.default)
    if name not in models:
        raise UnknownModelError(f"no model is named {name!r}; there are: {', '.join(models)}")
    return models[name]


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


def _json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    # ASCII, as json.dumps writes it: whatever a client sent, half a surrogate pair even, can be quoted in an error
    return Response(json.dumps(content), status, headers, media_type="application/json")


class SecurityHeaders:
    """Says with every answer that the page loads nothing from elsewhere, and is framed by nobody."""

    HEADERS = (
        (b"content-security-policy", b"default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'"),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
    )

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self.HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_headers)
