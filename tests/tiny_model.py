"""Writes tiny ONNX models of the kind that this project serves."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from doodle.raster import MAPS

LABELS = ["top", "bottom", "nothing"]


def fields_of(labels: list[str], motion: bool = False) -> dict[str, Any]:
    """The fields of a tiny model's card."""
    return {
        "labels": labels,
        "architecture": "halves of the bitmap",
        "parameters": 2352,
        "input": {"maps": list(MAPS) if motion else ["ink"], "rule": "drawn by the vector_to_raster rule"},
        "none_logit": None,
        "data": {
            "source": "made by hand",
            "license": "MIT",
            "synthetic": True,
            "counts": dict.fromkeys(labels, 0),
            "fingerprint": "00",
        },
        "figures": {"top1": 1.0, "top3": 1.0, "drawings": 3, "per_category": dict.fromkeys(labels, 1.0)},
        "threshold": 0.5,
        "version": "0.2.0",
    }


def metadata_of(fields: dict[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}


def write_model(
    path: Path,
    labels: list[str] = LABELS,
    weights: np.ndarray | None = None,
    metadata: dict[str, str | None] | None = None,
    motion: bool = False,
) -> Path:
    """Write a linear model that tells ink in the upper half from ink in the lower half; `metadata` replaces fields.

    With `motion` its input is `maps`, of which it looks at the ink alone, unless `weights` (6 * 784, K) say otherwise.
    """
    pixels = 784 * (len(MAPS) if motion else 1)
    if weights is None:
        weights = np.zeros((pixels, len(labels)), np.float32)
        weights[:392, 0] = weights[392:784, 1] = 1e-3
    name = "maps" if motion else "bitmap"
    shape: list[str | int | None] = ["N", len(MAPS), 28, 28] if motion else ["N", 28, 28]
    outputs = [
        helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", weights.shape[1]])
        for output in ("probabilities", "logits")
    ]
    graph = helper.make_graph(
        [
            helper.make_node("Cast", [name], ["pixels"], to=TensorProto.FLOAT),
            helper.make_node("Flatten", ["pixels"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["sums"]),
            helper.make_node("Round", ["sums"], ["logits"]),
            helper.make_node("Div", ["logits", "steps"], ["natural"]),
            helper.make_node("Softmax", ["natural"], ["probabilities"]),
        ],
        "halves",
        [helper.make_tensor_value_info(name, TensorProto.UINT8, shape)],
        outputs,
        [
            numpy_helper.from_array(weights * 256, "weights"),
            numpy_helper.from_array(np.array(256, np.float32), "steps"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    fields = metadata_of(fields_of(labels, motion)) | (metadata or {})
    helper.set_model_props(model, {name: value for name, value in fields.items() if value is not None})
    onnx.save(model, path)
    return path
