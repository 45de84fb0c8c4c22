"""Tiny models that the server's tests are served with."""

import json
from collections.abc import Callable
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
    """A folder with two tiny models, `mlp`, which has a report, and `other`."""
    folder = tmp_path_factory.mktemp("models")
    write_model(folder / "mlp.onnx")
    write_model(folder / "other.onnx", labels=["one", "two"])
    (folder / "mlp").mkdir()
    (folder / "mlp" / "index.html").write_text("<!doctype html><p>how good it is</p>")
    return folder
