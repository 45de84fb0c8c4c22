"""`python -m serve`, or `doodle serve`: load the models, say where to open the page, and answer."""

import json
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from doodle.recognizer import MODELS, ModelError

from .settings import Settings

__all__ = ["MODELS", "main"]

SHARED_MEMORY = Path("/dev/shm")


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop. Returns the exit code: 2 where the models, or the options, cannot be used."""
    arguments = sys.argv[1:] if arguments is None else arguments
    settings = Settings.from_arguments(arguments)
    try:
        with counts_folder(settings.workers):
            from .app import ARGUMENTS, app_from_settings  # the metrics look for the folder when they are imported

            app = app_from_settings(settings)
            listener = listen(settings)
            default = app.state.default
            os.environ[ARGUMENTS] = json.dumps(arguments)
            # uvicorn passes the signal on when it has ended; this turns that into the exit code 0
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            threading.Thread(target=greet, args=(listener, default), daemon=True).start()
            run(app if settings.workers == 1 else f"{__package__}.app:app_of_worker", listener, settings)
    except (ModelError, OSError, ValueError) as error:
        print(f"serve: {error}", file=sys.stderr)
        return 2
    return 0


def listen(settings: Settings) -> socket.socket:
    """The listening socket or, for several workers, one that reserves the address for theirs.

    Raises OSError where the address is taken, or none of ours.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.create_server((settings.host, settings.port), family=family, backlog=settings.backlog)
    if settings.workers > 1:
        address = listener.getsockname()
        listener.close()  # it had to be there first: SO_REUSEPORT would share an address with another server too
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
    # connections inherit it; without it every answer waits 40 ms for the client's delayed ACK
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def run(app: object, listener: socket.socket, settings: Settings) -> None:
    """Have uvicorn serve the app, or for several workers the factory of this name, until a signal says to stop."""
    uvicorn.run(
        app,  # type: ignore[arg-type]
        factory=isinstance(app, str),
        fd=listener.fileno(),
        workers=settings.workers,
        root_path=settings.root_path,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        limit_concurrency=settings.max_connections,
        backlog=settings.backlog,
        timeout_keep_alive=settings.keep_alive_timeout_s,
        timeout_graceful_shutdown=settings.shutdown_timeout_s,
        # with uvloop, some connections wait: p99 was 9 times p50, not 3
        loop="asyncio" if settings.workers == 1 else f"{__package__}.loop:WorkerLoop",
        ws="none",
        log_level="error",
        access_log=False,
        server_header=False,
    )


def greet(listener: socket.socket, default: str) -> None:
    """Say where the page is, as soon as somebody listens there."""
    host, port = listener.getsockname()[:2]
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.02)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        print(f"Draw at http://{address} ({default} answers; Ctrl-C stops)", flush=True)
    except OSError:  # a full disk is no reason not to serve; what is left in the buffer would fail again at the exit
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115


@contextmanager
def counts_folder(workers: int) -> Iterator[None]:
    """Where several workers keep their counts for /metrics: a folder in memory. One counts in its own memory."""
    name = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client looks for it when it is imported
    os.environ.pop(name, None)
    if workers == 1:
        yield
        return
    memory = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=f"doodle-{os.getpid()}-", dir=memory) as folder:
        os.environ[name] = folder
        yield


if __name__ == "__main__":
    sys.exit(main())
