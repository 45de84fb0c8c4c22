"""What stands before the routes: the key, the number of requests at a time, and the headers that browsers heed.

Plain ASGI, so that a request pays for no object that nobody looks at.
"""

import asyncio
import hmac
from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.problems import BusyError, CredentialsError, refusal


class Admission:
    """Takes on so many requests with a body at a time, and gives none longer than so many seconds to begin its answer.

    Both are answered by 503. Requests without a body (the page, health, metrics) always get in.
    """

    def __init__(self, app: ASGIApp, requests: int, seconds: float) -> None:
        self.app, self.requests, self.seconds = app, requests, seconds
        self.deadlines: dict[asyncio.Task[object], float] = {}
        self.in_flight = 0
        self.watched: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        if self.in_flight >= self.requests:
            busy = BusyError(f"{self.requests} requests are being answered; come again")
            await refusal(busy, scope["path"])(scope, receive, send)
            return

        task = asyncio.current_task()
        assert task is not None
        loop = task.get_loop()
        self.deadlines[task] = loop.time() + self.seconds
        if self.watched is not loop:
            self.watched = loop
            loop.call_later(1, self.watch)

        async def send_in_time(message: Message) -> None:
            self.deadlines.pop(task, None)
            await send(message)

        self.in_flight += 1
        try:
            await self.app(scope, receive, send_in_time)
        except asyncio.CancelledError:  # by `watch`, or by a server whose grace time is over
            task.uncancel()
            if task in self.deadlines:  # else the answer has begun, and is cut off
                late = self.deadlines[task] == 0
                why = f"there was no answer within {self.seconds} s" if late else "the server stops"
                await refusal(BusyError(f"{why}; come again"), scope["path"])(scope, receive, send)
        finally:
            self.in_flight -= 1
            self.deadlines.pop(task, None)

    def watch(self) -> None:
        """Once a second, while there are requests, cancel those whose time is over: cheaper than a timer for each."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for task, deadline in self.deadlines.items():
            if 0 < deadline < now:
                self.deadlines[task] = 0
                task.cancel()
        if self.in_flight:
            loop.call_later(1, self.watch)
        else:
            self.watched = None


class ApiKey:
    """Requests with a body need one of these keys, as `Authorization: Bearer KEY` or `X-API-Key: KEY`."""

    def __init__(self, app: ASGIApp, keys: Sequence[bytes]) -> None:
        self.app, self.keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and not self.admits(scope):
            message = "this server wants a key: send it as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'"
            await refusal(CredentialsError(message), scope["path"])(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def admits(self, scope: Scope) -> bool:
        offered = b""
        for name, value in scope["headers"]:
            if name == b"x-api-key":
                offered = value
            elif name == b"authorization" and value[:7].lower() == b"bearer ":
                offered = value[7:].strip()
        # in a time that doesn't tell how much of a key is right
        return any(hmac.compare_digest(offered, key) for key in self.keys)


class SecurityHeaders:
    """Says with every answer what a browser may make of it, and of a page, that it loads nothing from elsewhere."""

    EVERY = ((b"x-content-type-options", b"nosniff"),)
    PAGE = (
        *EVERY,
        (
            b"content-security-policy",
            b"default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
            b"img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
            b"frame-ancestors 'none'",
        ),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-frame-options", b"DENY"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    )

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *(self.EVERY if scope["method"] == "POST" else self.PAGE)]
            await send(message)

        await self.app(scope, receive, send_with_headers)
