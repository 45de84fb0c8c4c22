"""Tiny models that the server's tests are served with."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

LABELS = ["top", "bottom", "nothing"]


def metadata_of(labels: list[str]) -> dict[str, str]:
    return {
        "labels": json.dumps(labels),
        "architecture": "halves of the bitmap",
        "parameters": "2352",
        "input": "bitmap uint8 (N, 28, 28), ink 255 on 0, drawn by the vector_to_raster rule",
        "data": json.dumps(
            {
                "source": "made by hand",
                "license": "MIT",
                "synthetic": True,
                "counts": dict.fromkeys(labels, 0),
                "fingerprint": "00",
            }
        ),
        "figures": json.dumps({"top1": 1.0, "top3": 1.0, "drawings": 3, "per_category": dict.fromkeys(labels, 1.0)}),
        "threshold": "0.5",
        "version": "0.1.0",
    }


def write_model(
    path: Path,
    labels: list[str] = LABELS,
    weights: np.ndarray | None = None,
    metadata: dict[str, str | None] | None = None,
) -> Path:
    """Write a linear model that tells ink in the upper half from ink in the lower half; `metadata` replaces fields."""
    if weights is None:
        weights = np.zeros((784, len(labels)), np.float32)
        weights[:392, 0] = weights[392:, 1] = 1e-3
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["bitmap"], ["pixels"], to=TensorProto.FLOAT),
            helper.make_node("Flatten", ["pixels"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"]),
        ],
        "halves",
        [helper.make_tensor_value_info("bitmap", TensorProto.UINT8, ["N", 28, 28])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", weights.shape[1]])],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    fields = {**metadata_of(labels), **(metadata or {})}
    helper.set_model_props(model, {name: value for name, value in fields.items() if value is not None})
    onnx.save(model, path)
    return path


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[..., Path]:
    """Writes a tiny model, `make_model(name, labels=..., weights=..., metadata=...)`, and returns its path."""
    return lambda name="mlp", **changes: write_model(tmp_path / f"{name}.onnx", **changes)


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two tiny models, `mlp`, which has a report, and `other`; their packed forms are mere stand-ins."""
    folder = tmp_path_factory.mktemp("models")
    write_model(folder / "mlp.onnx")
    write_model(folder / "other.onnx", labels=["one", "two"])
    for name in ("mlp", "other"):
        (folder / f"{name}.bin").write_bytes(name.encode())
    (folder / "mlp").mkdir()
    (folder / "mlp" / "index.html").write_text("<!doctype html><p>how good it is</p>")
    return folder


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
        return int(re.search(rf"^{field}:\s+(\d+)", text, re.MULTILINE)[1])

    def files(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def written(self) -> int:
        """Bytes that it made the system write to disk."""
        return int(re.search(r"^write_bytes: (\d+)", Path(f"/proc/{self.process.pid}/io").read_text(), re.MULTILINE)[1])

    def stop(self) -> tuple[int, str, str]:
        """Tell it to stop; its exit code, and what it wrote."""
        self.process.terminate()
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
