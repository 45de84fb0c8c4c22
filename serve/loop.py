"""The event loop of one of several workers."""

import asyncio
from typing import Any


class WorkerLoop(asyncio.SelectorEventLoop):
    """Listens by a socket of its own, so that the kernel spreads connections evenly over the workers.

    Of a socket that all workers share, whoever wakes up first accepts every connection that waits.
    """

    async def create_server(self, protocol_factory: Any, *, sock: Any, **options: Any) -> asyncio.Server:  # type: ignore[override]
        """Listen at the address of `sock`, which reserves it (SO_REUSEPORT), beside the other workers."""
        host, port = sock.getsockname()[:2]
        return await super().create_server(protocol_factory, host, port, reuse_port=True, **options)
