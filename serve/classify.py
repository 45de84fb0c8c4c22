"""`POST /classify`: read the query and the body, and send the answer.

Drawings and pictures of ordinary size are answered in the event loop, batched: that takes a millisecond at most. Huge
ones and streams of lines go to a few threads, while the loop answers others.
"""

from collections.abc import AsyncIterable, Mapping
from functools import lru_cache, partial

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from doodle.drawing import Content, is_large
from doodle.parse import is_large_body, is_lines, unpack
from doodle.recognizer import Recognizer

from .batch import Batch, Query, answer_each
from .body import read_body, read_chunks, run_in_thread
from .errors import QueryError, UnknownModelError
from .forms import decompress, decompress_stream, read_form
from .lines import chunks_of, stream_answers, with_length
from .settings import Settings

CACHED_QUERIES = 256
NDJSON = (b"application/x-ndjson", b"application/ndjson", b"application/jsonl")
HEADERS = ((b"x-content-type-options", b"nosniff"),)


class ClassifyEndpoint:
    """The ASGI endpoint. `default` answers where a request names no model.

    It handles ASGI's messages itself: a Request and a Response would take longer than drawing and network together.
    """

    def __init__(self, models: Mapping[str, Recognizer], default: str, settings: Settings) -> None:
        self._models, self._default, self._settings = models, default, settings
        self._query = lru_cache(CACHED_QUERIES)(self._parse_query)
        self._batch = Batch()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        settings = self._settings
        query = self._query(scope["query_string"])
        scope["state"]["model"] = query.model.name
        request_headers = dict(scope["headers"])
        encoding = request_headers.get(b"content-encoding", b"").decode("latin-1")
        if request_headers.get(b"content-type", b"").partition(b";")[0].strip().lower() in NDJSON:
            chunks = decompress_stream(read_chunks(receive, settings.client_timeout_s), encoding)
            return await self._answer_stream(scope, send, chunks, query)
        body = await read_body(receive, settings.max_body_bytes, settings.client_timeout_s)
        if encoding or is_large_body(body):
            content = await run_in_thread(scope, settings.response_timeout_s, _unpack, body, encoding, settings)
        else:
            content = _unpack(body, encoding, settings)
        if isinstance(content, bytes):
            return await self._answer_stream(scope, send, chunks_of(content), query)
        scope["state"]["kind"] = "strokes" if isinstance(content, list) else "picture"
        if is_large(content):
            answer = await run_in_thread(scope, settings.response_timeout_s, _answer_one, content, query)
        else:
            answer = await self._batch.answer(content, query)
        headers = [*HEADERS, (b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answer_stream(self, scope: Scope, send: Send, chunks: AsyncIterable[bytes], query: Query) -> None:
        """Send answers while the request's body is still being read."""
        scope["state"]["kind"] = "lines"
        answers = stream_answers(chunks, query, self._settings, partial(run_in_thread, scope, None))
        headers = [*HEADERS, (b"content-type", b"application/x-ndjson")]
        try:
            if scope.get("http_version") == "1.0":  # whoever speaks it knows no chunks, and wants the length first
                answers, length = await with_length(answers)
                headers.append((b"content-length", b"%d" % length))
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "more_body": True})  # the headers don't wait for an answer
            async for lines in answers:
                await send({"type": "http.response.body", "body": lines, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except (ClientDisconnect, OSError):
            return  # nobody is left to answer

    def _parse_query(self, query_string: bytes) -> Query:
        parameters = QueryParams(query_string)
        name = parameters.get("model", self._default)
        if name not in self._models:
            raise UnknownModelError(f"no model is named {name!r}; there are: {', '.join(self._models)}")
        model = self._models[name]
        return Query(model, _top(parameters), _columns(parameters, model), _flag(parameters, "bitmap"))


def _unpack(body: bytes, encoding: str, settings: Settings) -> Content | bytes:
    """What a body holds: a picture or strokes, or many lines."""
    body = read_form(decompress(body, encoding, settings.max_body_bytes))
    return body if is_lines(body) else unpack(body, settings.max_pixels)


def _answer_one(content: Content, query: Query) -> bytes:
    (answer,) = answer_each([content], query)
    if isinstance(answer, Exception):
        raise answer
    return orjson.dumps(answer)


def _top(parameters: QueryParams) -> int:
    text = parameters.get("top", "5")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise QueryError(f"top is a whole number, 0 for all labels; not {text[:40]!r}")
    return int(text)


def _columns(parameters: QueryParams, model: Recognizer) -> tuple[int, ...] | None:
    text = parameters.get("among")
    return None if text is None else model.columns([label.strip() for label in text.split(",") if label.strip()])


def _flag(parameters: QueryParams, name: str) -> bool:
    text = parameters.get(name, "0")
    if text not in ("0", "1"):
        raise QueryError(f"{name} is 0 or 1; not {text[:40]!r}")
    return text == "1"
