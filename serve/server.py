"""The process that serves: clients that are slow, gone or too many, and the end.

uvicorn speaks HTTP; what it leaves to a proxy is added here, so that no proxy is needed to stay up: nobody holds a
connection for long without using it, and a server that is told to stop answers first what it has been asked.
"""

import asyncio
import ctypes
import gc
import json
import os
import re
import resource
import signal
import socket
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from doodle.parse import BodySizeError
from serve.endpoint import read_body
from serve.limits import Limits
from serve.problems import BusyError, refusal

SLOWEST = 200  # bytes a second: who sends as much in the long run does not keep the server waiting
HEADERS = 64 * 2**10  # bytes of a request's headers
FRAMING = 16  # bytes in which each byte of a body may be wrapped, by a client that sends chunks of one
SHARED_COUNTS = "PROMETHEUS_MULTIPROC_DIR"  # the variable by which prometheus_client knows the processes' folder
SO_ATTACH_FILTER, PR_SET_PDEATHSIG = 26, 1  # Linux; Python has no names for them
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # glibc
UPGRADE = re.compile(rb"(\r\n)(upgrade:)", re.IGNORECASE)
BACKLOG = 2048  # connections that the system keeps until they are let in
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"  # what uvicorn tells a client that asks before it sends its body
UNHEARD = 2**18  # bytes of a body from a client who is told to come again: four times as many are read, the rest is not
LINGER = 1.0  # seconds in which a client that is used to asking may ask once more, when the server is told to stop


class State(ServerState):
    """What all connections share."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self.limits = limits
        self.stopping = False


class AnswerTransport:
    """Sends the head of an answer together with what follows it, in one call of the system instead of two."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.is_closing = transport.is_closing
        self.head = b""

    def write(self, data: bytes) -> None:
        if not self.head and data.startswith(b"HTTP/1.1 ") and data != GO_ON:
            self.head = data
        else:
            self.transport.write(self.head + data)
            self.head = b""

    def close(self) -> None:
        self.write(b"")
        self.transport.close()


class Connection(HttpToolsProtocol):
    """One client's connection. Counts what the client sends, so that once a second its patience can be judged."""

    server_state: State

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.answer_transport = AnswerTransport(transport)
        self.in_headers = False
        self.received = 0  # bytes since the request began
        self.content = 0  # those of them that are its body
        self.judged = 0  # those of them that `tick` has seen
        self.waited = 0.0  # seconds
        excess = len(self.connections) - self.server_state.limits.connections
        if excess > self.server_state.limits.connections:
            transport.abort()
        elif excess > 0:
            self.app = too_many

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        if b"pgrade: h2c" in data and not self.answering():
            # Java's client offers HTTP/2 like that; to take no notice is fine, but httptools would drop the body
            head, end, body = data.partition(b"\r\n\r\n")
            data = UPGRADE.sub(rb"\1x-\2", head) + end + body
        super().data_received(data)
        if self.received - self.content > HEADERS + FRAMING * self.content:
            self.refuse(431, "too_large", f"the headers are larger than {HEADERS} bytes")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.in_headers = True
        self.received = self.content = self.judged = 0
        self.waited = 0.0

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.scope["method"] == "POST":  # to others there may be answers that nothing follows
            self.cycle.transport = self.answer_transport  # type: ignore[assignment]
        self.in_headers = False
        if self.server_state.stopping:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self.content += len(body)
        super().on_body(body)

    def eof_received(self) -> bool:  # type: ignore[override]
        """A client that has sent its whole request may close its side and still wait for the answer."""
        waits = self.answering() and not self.cycle.more_body
        if waits:
            self.cycle.keep_alive = False
        return waits

    def resume_writing(self) -> None:
        self.waited = 0.0
        super().resume_writing()

    def answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def is_kept_waiting(self) -> bool:
        """Whether it is the client's turn: to send, or to read what it was sent."""
        if self.transport.is_closing() or self.flow.write_paused or self.in_headers:
            return True
        if self.answering():
            return self.cycle.more_body and not self.flow.read_paused
        return self.timeout_keep_alive_task is None  # else uvicorn watches it

    def tick(self) -> None:
        """Called once a second: gives up on a client that has used up the server's patience."""
        sent, self.judged = self.received - self.judged, self.received
        self.waited = max(0.0, self.waited + self.is_kept_waiting() - sent / SLOWEST)
        if self.waited <= self.server_state.limits.patience:
            return
        if self.transport.is_closing() or self.flow.write_paused:
            self.transport.abort()
        else:
            self.refuse(408, "timeout", f"the request did not arrive in time: {self.waited:.0f} seconds were waited")

    def send_400_response(self, msg: str) -> None:
        self.refuse(400, "bad_request", msg)

    def refuse(self, status: int, code: str, message: str) -> None:
        """Tell the client why, unless it is in the middle of an answer, and close."""
        if self.transport.is_closing():
            return
        if not self.answering() or not self.cycle.response_started:
            content = json.dumps({"error": {"code": code, "message": message}}).encode()
            head = (
                f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(content)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + content)
        if self.answering():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


async def too_many(scope: Scope, receive: Receive, send: Send) -> None:
    """The app of a connection too many. Takes a usual body first: who is still sending one would not read why."""
    with suppress(BodySizeError, ClientDisconnect):
        await read_body(receive, UNHEARD)
    response = refusal(BusyError("too many connections are open; come again"), scope["path"])
    response.headers["connection"] = "close"
    await response(scope, receive, send)


class Server(uvicorn.Server):
    """uvicorn's server, which watches its connections, and ends well: with exit code 0, and nothing left unanswered."""

    server_state: State

    def __init__(self, config: uvicorn.Config, limits: Limits) -> None:
        super().__init__(config)
        self.server_state = State(limits)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # uvicorn's own would raise the signal again in the end, and so the process would end by it
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:  # uvicorn ticks ten times a second
            for connection in self._connections():
                connection.tick()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let each connection's next answer be its last, and wait for them."""
        self.server_state.stopping = True
        for connection in self._connections():
            if connection.cycle is not None:
                connection.cycle.keep_alive = False
        for listener in sockets or []:
            let_nobody_connect(listener)
        await asyncio.sleep(0.05)  # who has connected already is let in
        for server in self.servers:
            server.close()
        for _ in range(round(LINGER / 0.05)):
            if not self.server_state.connections:
                break
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)

    def _connections(self) -> list[Connection]:
        return [connection for connection in self.server_state.connections if isinstance(connection, Connection)]


def listen(host: str, port: int, workers: int = 1) -> list[socket.socket]:
    """A socket for each worker, all at one address, among which the system shares out who connects. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET

    def listener(port: int, shared: bool) -> socket.socket:
        return socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=shared)

    if workers == 1:
        listeners = [listener(port, shared=False)]
    else:
        with listener(port, shared=False) as alone:  # fails where another server has the port, shared or not
            port = alone.getsockname()[1]
        listeners = [listener(port, shared=True) for _ in range(workers)]
    for each in listeners:
        # asyncio does this for sockets of its own; without it every answer waits 40 ms for the client's delayed ACK
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listeners


def return_large_memory() -> None:
    """Let what a large body or picture took go back to the system, instead of staying with the process.

    glibc keeps blocks of up to 32 MiB once one of that size was freed. Measured: after bodies of 15 MB from 8 clients
    the process kept 223 MB, so it keeps 110 MB. Elsewhere than with glibc nothing is done.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, 8 * 2**20)  # more than drawing takes: memory new from the system is slow
        libc.mallopt(M_TRIM_THRESHOLD, 32 * 2**20)


def let_nobody_connect(listener: socket.socket) -> None:
    """Drop what knocks at a socket from now on, while those who have connected wait to be let in.

    To close it alone would reset these, and their requests would be lost. Where it is not Linux, or the user is not
    allowed to (as a sandbox may rule), that remains.
    """
    if sys.platform == "linux":
        drop_all = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF: return 0 bytes of the packet
        program = struct.pack("HP", 1, ctypes.addressof(drop_all))
        with suppress(PermissionError):
            listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def run(app: ASGIApp, listener: socket.socket, limits: Limits) -> None:
    """Serve at a socket until a signal says to stop, then finish what was begun."""
    return_large_memory()
    # What is there now stays: to look through it for garbage, again and again, made some answers late. What requests
    # leave behind is looked through once in many of them.
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    allow_connections(limits.connections)
    config = uvicorn.Config(
        app,
        http=Connection,
        loop="asyncio",  # uvloop, where it is installed, lets some connections wait: p99 was 9 times p50, not 3
        ws="none",
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=limits.grace,
    )
    Server(config, limits).run(sockets=[listener])


def run_workers(
    work: Callable[[socket.socket], None], listeners: Sequence[socket.socket], forget: Callable[[int], object]
) -> None:
    """Run `work` in a process for each socket until a signal says to stop, then until the last has ended.

    One that dies is replaced, and who waits at its socket is served by the next; `forget` is told its process number.
    """
    sockets_of: dict[int, socket.socket] = {}
    stopping = False

    def stop(sig: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        for process in sockets_of:
            os.kill(process, signal.SIGTERM)

    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, stop)
    for listener in listeners:
        sockets_of[_fork(work, listener)] = listener
    while sockets_of:
        process, status = os.wait()
        listener = sockets_of.pop(process)
        forget(process)
        if not stopping:
            print(f"serve: worker {process} ended with {status}; another takes its place", file=sys.stderr)
            time.sleep(1)
        if not stopping:
            sockets_of[_fork(work, listener)] = listener


def _fork(work: Callable[[socket.socket], None], listener: socket.socket) -> int:
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        os.setpgid(0, 0)  # Ctrl-C is for the parent, who tells its workers
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # nor does one outlive it
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, signal.SIG_DFL)
        work(listener)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


@contextmanager
def shared_counts() -> Iterator[None]:
    """A folder in memory where the processes that are started meanwhile keep their counts for `/metrics`.

    prometheus_client looks for it when it is imported, so it must not have been imported before.
    """
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix=f"doodle-{os.getpid()}-", dir=memory if memory.is_dir() else None
    ) as folder:
        os.environ[SHARED_COUNTS] = folder
        try:
            yield
        finally:
            del os.environ[SHARED_COUNTS]


def allow_connections(connections: int) -> None:
    """Let this process hold so many connections, and as many again while it turns them away, if the system lets it."""
    needed = 2 * connections + 100
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
