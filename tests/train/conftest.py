"""A small bucket: a folder of drawings in the public layout, and a server of it that can be made to misbehave."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
import torch

from train import download

torch.set_num_threads(1)  # the networks are tiny: threads that wait for each other only cost


@pytest.fixture
def bucket_folder(tmp_path: Path) -> Path:
    """Random bitmaps of star (300), alarm clock (200) and sword (9), and random strokes of star (50) and cat (12)."""
    rng = np.random.default_rng(0)
    bitmaps, strokes = tmp_path / "bucket/full/numpy_bitmap", tmp_path / "bucket/full/simplified"
    bitmaps.mkdir(parents=True)
    strokes.mkdir(parents=True)
    for category, count in {"star": 300, "alarm clock": 200, "sword": 9}.items():
        np.save(bitmaps / f"{category}.npy", rng.integers(0, 256, (count, 784), np.uint8))
    for category, count in {"star": 50, "cat": 12}.items():
        drawings = rng.integers(0, 256, (count, 2, 2, 7)).tolist()
        lines = [json.dumps({"word": category, "drawing": drawing}) for drawing in drawings]
        (strokes / f"{category}.ndjson").write_text("".join(f"{line}\n" for line in lines))
    return tmp_path / "bucket"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


class Bucket(ThreadingHTTPServer):
    """Serves a folder by byte ranges. What it does wrong is asked of the attributes, request by request."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.url = f"http://127.0.0.1:{self.server_address[1]}/quickdraw"
        self.requests: list[tuple[str, str]] = []  # path and range of each
        self.statuses: list[int] = []  # answered to the next requests instead of what they ask for
        self.cuts: list[int] = []  # bytes after which the bodies of the next answers break off
        self.knows_ranges = True


class _Handler(BaseHTTPRequestHandler):
    server: Bucket

    def do_GET(self) -> None:
        path, wanted = unquote(self.path.removeprefix("/quickdraw/")), self.headers.get("Range", "")
        self.server.requests.append((path, wanted))
        if self.server.statuses:
            return self.send_error(self.server.statuses.pop(0))
        file = self.server.folder / path
        if not file.is_file():
            return self.send_error(404)
        content = file.read_bytes()
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", wanted) if self.server.knows_ranges else None
        if span and int(span[1]) >= len(content):
            return self.send_error(416)
        body = content[int(span[1]) : int(span[2]) + 1] if span else content
        self.send_response(206 if span else 200)
        self.send_header("Content-Length", str(len(body)))
        if span:
            self.send_header("Content-Range", f"bytes {span[1]}-{int(span[1]) + len(body) - 1}/{len(content)}")
        self.end_headers()
        self.wfile.write(body[: self.server.cuts.pop(0)] if self.server.cuts else body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def bucket(bucket_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """The folder, served; between tries nobody waits."""
    monkeypatch.setattr(download, "BACKOFF", 0.001)
    server = Bucket(bucket_folder)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def nowhere(bucket: Bucket) -> str:
    """A URL at which nobody listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as closed:
        return f"http://127.0.0.1:{closed.server_address[1]}/quickdraw"
