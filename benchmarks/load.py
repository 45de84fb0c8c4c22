"""Starts servers, and puts load on them: by wrk where it is installed, else from Python."""

import argparse
import http.client
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
RIVALS = ROOT / "benchmarks" / "rivals"
LINES_OF_BATCH = 2000


@dataclass(frozen=True)
class Load:
    """What a load gave: requests per second, percentiles of their times in ms, and the servers' memory in MB."""

    rate: float
    p50: float
    p99: float
    memory: float


@dataclass(frozen=True)
class Started:
    pid: int
    first_answer: float  # seconds after its start


@contextmanager
def server(command: list[str], port: int) -> Iterator[Started]:
    """Start a server and wait for its first answer."""
    rival = command[0] != sys.executable
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=RIVALS if rival else ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not _answers(port):
            if time.perf_counter() > start + 60 or process.poll() is not None:
                raise RuntimeError(f"no answer from: {' '.join(command)[:200]}")
            time.sleep(0.01)
        yield Started(process.pid, time.perf_counter() - start)
    finally:
        os.killpg(process.pid, 15)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
        while _answers(port):
            time.sleep(0.1)


def _answers(port: int) -> bool:
    try:
        post(port, b'{"drawing": [[[0, 9], [0, 9]]]}')
    except (OSError, http.client.HTTPException):
        return False
    return True


def post(port: int, body: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/classify", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def stream(port: int, line: bytes, lines: int) -> int:
    """Send so many lines in one request while the answers are read; returns how many came."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    connection.putrequest("POST", "/classify")
    connection.putheader("Content-Type", "application/x-ndjson")
    connection.putheader("Content-Length", str(len(line) * lines))
    connection.endheaders()

    def send() -> None:
        for first in range(0, lines, LINES_OF_BATCH):
            connection.send(line * min(LINES_OF_BATCH, lines - first))

    sender = threading.Thread(target=send)
    sender.start()
    response = connection.getresponse()
    answers = 0
    while chunk := response.read1(1 << 20):
        answers += chunk.count(b"\n")
    sender.join()
    return answers


def memory_of(pid: int, field: str = "VmRSS") -> float:
    """What a process and those that it started hold, in MB; 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    own = re.search(rf"{field}:\s+(\d+)", status.read_text())
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(own[1]) / 1024 if own else 0.0) + sum(memory_of(int(child), field) for child in children)


def load(process: Started, options: argparse.Namespace, body: bytes, query: str = "") -> Load:
    """Let all connections ask, each again as soon as it is answered."""
    url = f"http://127.0.0.1:{options.port}/classify{query}"
    by = _load_by_wrk if shutil.which("wrk") else _load_by_python
    rate, p50, p99 = by(url, body, options)
    return Load(rate, p50, p99, memory_of(process.pid))


def _load_by_wrk(url: str, body: bytes, options: argparse.Namespace) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "body").write_bytes(body)
        script = Path(folder, "post.lua")
        script.write_text(
            f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
            f'local file = io.open("{folder}/body", "rb")\nwrk.body = file:read("*a")\n'
            "done = function(summary, latency)\n"
            '  io.write(string.format("RESULT %f %f %f %d\\n", summary.requests / summary.duration * 1e6,'
            " latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, summary.errors.status))\nend\n"
        )
        command = ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "--timeout", "10s"]
        output = subprocess.run([*command, "-s", str(script), url], capture_output=True, text=True, check=True).stdout
    rate, p50, p99, errors = map(float, output.split("RESULT")[1].split())
    assert not errors, f"{errors:.0f} requests were refused"
    return rate, p50, p99


def _load_by_python(url: str, body: bytes, options: argparse.Namespace) -> tuple[float, float, float]:
    times: list[float] = []
    end = time.perf_counter() + options.seconds

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", options.port)
        while time.perf_counter() < end:
            start = time.perf_counter()
            connection.request("POST", url, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
            assert response.status == 200
            times.append(time.perf_counter() - start)

    clients = [threading.Thread(target=client) for _ in range(options.connections)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    p50, p99 = np.percentile(times, [50, 99]) * 1e3
    return len(times) / options.seconds, float(p50), float(p99)
