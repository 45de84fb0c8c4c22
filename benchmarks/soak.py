"""`make soak`: a real server under a mixed load for minutes, bad clients among the good ones.

Passes if no answer is a 5xx but the intended 503, memory and open files are as flat at the end as they were in the
beginning, and the server, told to stop, ends with code 0 and has written nothing. Sends to 127.0.0.1 only.
"""

import argparse
import contextlib
import http.client
import json
import random
import socket
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import fuzz
from tests.serve.conftest import Process

CLIENTS = 8
GROWTH = 0.05, 4 * 1024  # of memory between the second quarter and the last: a part of it, and KiB
OPTIONS = ("--client-timeout-s", 2, "--max-requests", 12, "--max-connections", 32)

Task = Callable[["Client"], None]


class Client(threading.Thread):
    """Does one task after another until the time is over, most of them on a connection that is kept."""

    def __init__(self, server: Process, seed: int, end: float, outcomes: Counter[str]) -> None:
        super().__init__(daemon=True)
        self.server, self.rng, self.end, self.outcomes = server, random.Random(seed), end, outcomes
        self.valid = fuzz.bodies()
        self.connection = self.new_connection()

    def new_connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.server.host, self.server.port, timeout=60)

    def run(self) -> None:
        tasks = list(TASKS)
        while time.monotonic() < self.end:
            task = self.rng.choices(tasks, [TASKS[task] for task in tasks])[0]
            try:
                task(self)
            except (OSError, http.client.HTTPException) as error:
                self.outcomes[f"{task.__name__}: {type(error).__name__}"] += 1
                self.connection.close()
                self.connection = self.new_connection()

    def ask(self, body: Any = None, path: str = "/classify", kind: str = "application/json") -> bytes:
        self.connection.request("POST" if body is not None else "GET", path, body, {"content-type": kind})
        response = self.connection.getresponse()
        answer = response.read()
        self.outcomes[str(response.status)] += 1
        if response.status >= 500:
            # too many requests, or uvicorn's answer to too many connections
            assert response.status == 503 and (b'"busy"' in answer or answer == b"Service Unavailable"), answer
        return answer


def valid(client: Client) -> None:
    client.ask(client.rng.choice(client.valid), client.rng.choice(("/classify", "/classify?model=mlp&top=0&bitmap=1")))


def damaged(client: Client) -> None:
    client.ask(fuzz.input_of(client.rng.randrange(10**9), 0, client.valid)[0])


def page(client: Client) -> None:
    client.ask(path=client.rng.choice(("/", "/page.js", "/models", "/metrics", "/openapi.json", "/healthz", "/no")))


def stream(client: Client) -> None:
    lines = [json.dumps(client.rng.choice(fuzz.drawings())).encode() + b"\n" for _ in range(500)]
    answer = client.ask(iter(lines), kind="application/x-ndjson")
    assert answer.count(b"\n") in (1, 500) or answer.startswith(b'{"error"'), answer[-300:]


def too_large(client: Client) -> None:
    client.ask(b" " * (17 * 2**20))


def bomb(client: Client) -> None:
    client.ask(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x06\0\0\0" + b"\0" * 100)


def hang_up(client: Client) -> None:
    """In the middle of a request, or of its answer."""
    with socket.create_connection((client.server.host, client.server.port), timeout=60) as connection:
        head = (
            b"POST /classify HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nContent-Length: 90000\r\n\r\n"
        )
        connection.sendall((head + b'{"drawing": [[[1, 2], [1, 2]]]}\n' * 100)[: client.rng.randrange(3000)])
        if client.rng.random() < 0.5:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # by a reset


def silent(client: Client) -> None:
    with socket.create_connection((client.server.host, client.server.port), timeout=60) as connection:
        connection.sendall(
            b"POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"[: client.rng.randrange(60)]
        )
        with contextlib.suppress(OSError):
            connection.recv(1000)


def crowd(client: Client) -> None:
    """More at once than the server lets in."""
    held = [socket.create_connection((client.server.host, client.server.port), timeout=60) for _ in range(40)]
    for connection in held:
        with contextlib.suppress(OSError):
            connection.sendall(b"POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
    time.sleep(0.2)
    for connection in held:
        connection.close()


# how often each is done
TASKS: dict[Task, float] = {
    valid: 50,
    damaged: 40,
    page: 10,
    stream: 2,
    bomb: 2,
    hang_up: 5,
    too_large: 0.2,
    silent: 0.3,
    crowd: 0.1,
}


def soak(minutes: float, seed: int, models: Path) -> list[str]:
    """Run the load. Returns what was wrong."""
    server = Process("--models", models, *OPTIONS)
    outcomes: Counter[str] = Counter()
    failures: list[str] = []
    threading.excepthook = lambda args: failures.append(f"{args.exc_type.__name__}: {args.exc_value}")
    end = time.monotonic() + 60 * minutes
    clients = [Client(server, seed + number, end, outcomes) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    memory, files = [], []
    while (left := end - time.monotonic()) > 0 and not failures:
        time.sleep(min(5, left))
        memory.append(server.status("VmRSS"))
        files.append(server.files())
        if len(memory) % 6 == 0:
            print(f"{left / 60:.1f} minutes left: {memory[-1]} KiB, {files[-1]} files, {dict(outcomes)}", flush=True)
    for client in clients:
        client.join()
        client.connection.close()
    time.sleep(4)  # for the last of the silent
    idle = server.files()
    code, out, err = server.stop()

    quarter = len(memory) // 4 or 1
    early, late = statistics.median(memory[quarter : 2 * quarter] or memory), statistics.median(memory[-quarter:])
    print(f"{sum(outcomes.values()):,} requests: {dict(outcomes)}")
    print(f"memory {early:.0f} KiB, in the end {late:.0f}; files at most {max(files)}, at last {idle}; code {code}")
    if late > early * (1 + GROWTH[0]) + GROWTH[1]:
        failures.append("its memory grew")
    if idle > min(files):
        failures.append("it left files open")
    if code or out or err:
        failures.append(f"it ended with code {code}, having written {out + err!r}")
    if not outcomes["200"] or not outcomes["503"]:
        failures.append("the load was not mixed: it wants answers and 503s")
    return failures


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--models", type=Path, default=Path("models"))
    options = parser.parse_args()
    print(f"{options.minutes:g} minutes, seed {options.seed}", flush=True)
    failures = soak(options.minutes, options.seed, options.models)
    print("\n".join(failures) or "passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
