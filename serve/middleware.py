"""What stands before the routes: the API key, the limit of requests at a time, and security headers.

Plain ASGI: Starlette's BaseHTTPMiddleware would cost more than drawing and network together.
"""

import asyncio
import hmac
from collections.abc import Sequence
from concurrent.futures import Future

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import ApiKeyError, BusyError, error_response
from .responses import NOSNIFF


class RequestLimit:
    """Answers `max_requests` POST requests at a time, and others by 503. GET requests always get in.

    A request whose job still runs in a thread, as `run_in_thread` notes it, keeps its place until the thread is free.
    """

    def __init__(self, app: ASGIApp, max_requests: int) -> None:
        self.app, self.max_requests = app, max_requests
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        if self.in_flight >= self.max_requests:
            busy = BusyError(f"{self.max_requests} requests are being answered; retry later")
            await error_response(busy, scope)(scope, receive, send)
            return
        self.in_flight += 1
        try:
            await self.app(scope, receive, send)
        finally:
            job: Future[object] | None = scope["state"].get("job")
            if job is None or job.done():
                self._release()
            else:
                loop = asyncio.get_running_loop()
                job.add_done_callback(lambda _: loop.call_soon_threadsafe(self._release))

    def _release(self) -> None:
        self.in_flight -= 1


class ApiKey:
    """POST requests need one of these keys, as `Authorization: Bearer KEY` or `X-API-Key: KEY`."""

    def __init__(self, app: ASGIApp, keys: Sequence[bytes]) -> None:
        self.app, self.keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and not self._is_allowed(scope):
            message = "this server requires an API key: send 'Authorization: Bearer KEY' or 'X-API-Key: KEY'"
            await error_response(ApiKeyError(message), scope)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        offered = [value for name, value in scope["headers"] if name == b"x-api-key"]
        bearer = [value for name, value in scope["headers"] if name == b"authorization"]
        offered += [value[7:].strip() for value in bearer if value[:7].lower() == b"bearer "]
        # compare_digest takes a time that does not tell how much of a key is right
        return any(hmac.compare_digest(value, key) for value in offered for key in self.keys)


class SecurityHeaders:
    """Tells browsers to take an answer for what it says it is, and a page to load nothing from elsewhere.

    Answers to POST requests are JSON, whose one header of these, NOSNIFF, they have already.
    """

    HEADERS = NOSNIFF | {
        "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
        "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-frame-options": "DENY",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "POST":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)
