"""A checkpoint's integer network as one self-contained ONNX file, by torch.onnx.export, with weights stored as int8."""

import io
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, checker, helper, numpy_helper

from doodle.model_card import ModelCard
from train.integer import IntegerNetwork

OPSET = 17  # of 2022: old runtimes know it
STORED = ((np.int8, TensorProto.INT8), (np.int32, TensorProto.INT32))


def build(network: IntegerNetwork, card: ModelCard) -> onnx.ModelProto:
    """The ONNX model: `maps` uint8 (N, 6, 28, 28), or `bitmap` (N, 28, 28), to `probabilities` and `logits` (N, K)."""
    maps = len(card.input["maps"])
    name, shape = ("maps", (2, maps, 28, 28)) if maps > 1 else ("bitmap", (2, 28, 28))
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that needs no further package is called legacy
        torch.onnx.export(
            network,
            (torch.zeros(shape, dtype=torch.uint8),),
            stream,  # type: ignore[arg-type]
            input_names=[name],
            output_names=["probabilities", "logits"],
            dynamic_axes={each: {0: "N"} for each in (name, "probabilities", "logits")},
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load_from_string(stream.getvalue())
    store_integers(model.graph)
    model.producer_name, model.producer_version = "doodle", card.version
    helper.set_model_props(model, card.to_metadata())
    checker.check_model(model, full_check=True)
    return model


def store_integers(graph: onnx.GraphProto) -> None:
    """Store each float32 initializer that holds integers as the smallest integers, cast where the file is loaded."""
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        for dtype, kind in STORED:
            if values.size > 1 and values.dtype == np.float32 and np.array_equal(values.astype(dtype), values):
                stored = f"{tensor.name} {kind}"
                graph.node.insert(0, helper.make_node("Cast", [stored], [tensor.name], to=TensorProto.FLOAT))
                graph.initializer.append(numpy_helper.from_array(values.astype(dtype), stored))
                graph.initializer.remove(tensor)
                break


def write(content: bytes, file: Path) -> None:
    """Write beside `file`, then rename."""
    beside = file.with_name(f"{file.name}.{os.getpid()}.part")
    beside.write_bytes(content)
    beside.replace(file)


def read_checkpoint(content: dict[str, Any]) -> ModelCard:
    """The model card of a checkpoint. Raises CardError where it lacks a field, ValueError for a teacher's."""
    if content["layers"] is None:
        raise ValueError("this is a teacher, which has no integer network; train another network from it (--teacher)")
    return ModelCard(**content["metadata"])
