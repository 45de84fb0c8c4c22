"""A request's body as it arrives: whole or in chunks, within its size and its time; and work for threads."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from doodle.parse import BodySizeError

from .errors import BodyTimeoutError, BusyError

DRAIN_FACTOR = 4  # discard up to 4x the limit, so that the client can read the 413

Result = TypeVar("Result")

threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="drawings")


async def read_body(receive: Receive, max_bytes: int, timeout_s: float) -> bytes:
    """The whole body. Raises BodySizeError above `max_bytes`, having held no more; BodyTimeoutError."""
    chunks: list[bytes] = []
    size, more = 0, True
    try:
        async with asyncio.timeout(timeout_s):
            while more and size <= DRAIN_FACTOR * max_bytes:
                chunk, more = _part(await receive())
                size += len(chunk)
                if size <= max_bytes:
                    chunks.append(chunk)
                else:
                    chunks.clear()
    except TimeoutError:
        raise BodyTimeoutError(f"the body did not arrive within {timeout_s} s") from None
    if size > max_bytes:
        raise BodySizeError(f"the body is larger than {max_bytes} bytes")
    return b"".join(chunks)


async def read_chunks(receive: Receive, timeout_s: float) -> AsyncIterator[bytes]:
    """The body in chunks as they arrive. Raises BodyTimeoutError where the next one takes too long."""
    more = True
    while more:
        try:
            async with asyncio.timeout(timeout_s):
                chunk, more = _part(await receive())
        except TimeoutError:
            raise BodyTimeoutError(f"nothing arrived for {timeout_s} s") from None
        yield chunk


async def run_in_thread(
    scope: Scope, timeout_s: float | None, function: Callable[..., Result], *arguments: object, on: Executor = threads
) -> Result:
    """Call a function in a thread. Raises BusyError after `timeout_s`; the thread then still finishes its job."""
    job = on.submit(function, *arguments)
    scope["state"]["job"] = job
    try:
        async with asyncio.timeout(timeout_s):
            return await asyncio.wrap_future(job)
    except TimeoutError:
        raise BusyError(f"there was no answer within {timeout_s} s; retry later") from None


def _part(message: object) -> tuple[bytes, bool]:
    assert isinstance(message, dict)
    if message["type"] == "http.disconnect":
        raise ClientDisconnect("the client closed the connection before its body had arrived")
    return message.get("body", b""), message.get("more_body", False)
