"""A real server on tiny models."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


class Process:
    """A real `python -m serve`: where it listens, and what the system says of it."""

    def __init__(self, *arguments: object, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "serve", "--port", "0", *map(str, arguments)],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.address = re.search(r"http://(\S+):(\d+)", self.process.stdout.readline())
        assert self.address, self.process.communicate()[1]
        self.url, self.host, self.port = self.address[0], self.address[1], int(self.address[2])

    def connect(self) -> socket.socket:
        return socket.create_connection((self.host, self.port), timeout=20)

    def status(self, field: str) -> int:
        """A number of /proc/PID/status: VmRSS and VmHWM are in KiB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        (number,) = re.findall(rf"^{field}:\s+(\d+)", text, re.MULTILINE)
        return int(number)

    def files(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def written(self) -> int:
        """Bytes that it made the system write to disk."""
        text = Path(f"/proc/{self.process.pid}/io").read_text()
        (number,) = re.findall(r"^write_bytes: (\d+)", text, re.MULTILINE)
        return int(number)

    def stop(self) -> tuple[int, str, str]:
        """Tell it to stop; its exit code, and what it wrote."""
        self.process.terminate()
        return self.end()

    def end(self) -> tuple[int, str, str]:
        """Wait for its end, of which it was told; its exit code, and what it wrote."""
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def start(models_folder: Path) -> Iterator[Callable[..., Process]]:
    """Starts `python -m serve` on the tiny models with these arguments and variables; stops it in the end."""
    started = []

    def begin(*arguments: object, **environment: str) -> Process:
        started.append(Process("--models", models_folder, *arguments, **environment))
        return started[-1]

    yield begin
    for server in started:
        server.process.kill()
        server.process.communicate()
