"""The event loop of one of several workers."""

import asyncio
from typing import Any


class WorkerLoop(asyncio.SelectorEventLoop):
    """Listens by a socket of its own, so that the kernel spreads connections evenly over the workers.

    Of a socket that all workers share, whoever wakes up first accepts every connection that waits.
    """

    async def create_server(self, *arguments: Any, **options: Any) -> asyncio.Server:
        """Listen at the address of `sock`, which reserves it (SO_REUSEPORT), beside the other workers."""
        host, port = options.pop("sock").getsockname()[:2]
        server: asyncio.Server = await super().create_server(*arguments, host, port, reuse_port=True, **options)
        return server
