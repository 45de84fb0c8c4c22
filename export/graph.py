"""A checkpoint's whole-number network as one self-contained ONNX file.

The graph is written node by node with the onnx package: it holds exactly the operations of `train.quantize`, with
weights stored as int8. Every ReLU stands between a convolution and its factor, so that no optimiser multiplies the
factor into the weights, which would not be whole numbers any more.
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, checker, helper, numpy_helper

from serve import __version__
from train.quantize import EXPONENTIALS, LARGEST_ACTIVATION

OPSET = 17  # of 2022: old runtimes and browsers know it
IR_VERSION = 8  # that opset's


class Graph:
    """Nodes and initializers in the making; every method adds an operation and returns its output's name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, value: np.ndarray) -> str:
        name = f"constant_{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def op(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        output = output or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def split(self, columns: str, *widths: int) -> list[str]:
        """Columns (N, sum of widths) in parts of these widths."""
        outputs = [f"split_{len(self.nodes)}_{part}" for part in range(len(widths))]
        self.nodes.append(helper.make_node("Split", [columns, self.constant(np.array(widths))], outputs, axis=1))
        return outputs

    def number(self, tensor: torch.Tensor) -> str:
        """A whole number or many, stored as int8 or int32, as the float32 that carries them."""
        return self.op("Cast", self.constant(tensor.numpy()), to=TensorProto.FLOAT)


def model(checkpoint: dict[str, Any]) -> onnx.ModelProto:
    """The ONNX model of a checkpoint: `bitmap` uint8 (N, 28, 28) -> `probabilities` float32 (N, K)."""
    metadata = checkpoint["metadata"]
    graph = Graph()
    x = graph.op("Cast", "bitmap", to=TensorProto.FLOAT)
    x = graph.op("Unsqueeze", x, graph.constant(np.array([1])))
    *layers, end = checkpoint["layers"]
    for layer in (*layers[:-1], _with_doubt(layers[-1], end["doubt"])):
        x = _layer(graph, layer, x)
    _softmax(graph, x, len(metadata["labels"]))
    built = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "doodle",
            [helper.make_tensor_value_info("bitmap", TensorProto.UINT8, ["N", 28, 28])],
            [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", len(metadata["labels"])])],
            graph.initializers,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="doodle",
        producer_version=__version__,
    )
    helper.set_model_props(
        built, {name: value if isinstance(value, str) else json.dumps(value) for name, value in metadata.items()}
    )
    checker.check_model(built, full_check=True)
    return built


def write(built: onnx.ModelProto, file: Path) -> None:
    """Write the model beside `file`, then rename."""
    beside = file.with_name(f"{file.name}.{os.getpid()}.part")
    beside.write_bytes(built.SerializeToString(deterministic=True))
    beside.replace(file)


def _layer(graph: Graph, layer: dict[str, Any], x: str, shortcut: str | None = None) -> str:
    match layer["kind"]:
        case "flatten":
            return graph.op("Flatten", x)
        case "max pool":
            size = [layer["size"]] * 2
            return graph.op("MaxPool", x, kernel_shape=size, strides=size)
        case "residual":
            return _layer(graph, layer["second"], _layer(graph, layer["first"], x), shortcut=x)
    weight, bias = layer["weight"], graph.number(layer["bias"])
    if weight.dim() == 2:
        x = graph.op("Gemm", x, graph.number(weight), bias, transB=1)
    else:
        padding = weight.shape[-1] // 2
        x = graph.op("Conv", x, graph.number(weight), bias, strides=[layer["stride"]] * 2, pads=[padding] * 4)
    per_output = (-1,) if weight.dim() == 2 else (-1, 1, 1)
    if shortcut is not None:
        skip = graph.op("Mul", shortcut, graph.number(layer["skip"].reshape(per_output)))
        x = graph.op("Add", x, skip)
    factor = graph.constant(layer["factor"].reshape(per_output).numpy())
    if layer["last"]:
        return graph.op("Round", graph.op("Mul", x, factor))
    x = graph.op("Round", graph.op("Mul", graph.op("Relu", x), factor))
    return graph.op("Min", x, graph.constant(np.array(LARGEST_ACTIVATION, np.float32)))


def _with_doubt(last: dict[str, Any], doubt: int) -> dict[str, Any]:
    """The last layer with the doubt as one more output, which no input moves."""
    weight, bias, factor = last["weight"], last["bias"], last["factor"]
    return last | {
        "weight": torch.cat([weight, weight.new_zeros(1, weight.shape[1])]),
        "bias": torch.cat([bias, bias.new_tensor([doubt])]),
        "factor": torch.cat([factor, factor.new_ones(1)]),
    }


def _softmax(graph: Graph, logits: str, categories: int) -> None:
    """The table softmax of train.quantize.softmax; the last logit is the doubt."""
    table = graph.op("Cast", graph.constant(EXPONENTIALS.numpy()), to=TensorProto.DOUBLE)
    table = graph.op("Mul", table, graph.constant(np.array(categories, np.float64)))
    largest = graph.op("ReduceMax", logits, axes=[1], keepdims=1)
    end = graph.constant(np.array(len(EXPONENTIALS) - 1, np.float32))
    below = graph.op("Cast", graph.op("Min", graph.op("Sub", largest, logits), end), to=TensorProto.INT32)
    exponentials = graph.op("Gather", table, below)
    total = graph.op("ReduceSum", exponentials, graph.constant(np.array([1])), keepdims=1)
    of_categories, of_doubt = graph.split(exponentials, categories, 1)
    of_each = graph.op("Div", of_doubt, graph.constant(np.array(categories, np.float64)))
    shares = graph.op("Div", graph.op("Add", of_categories, of_each), total)
    graph.op("Cast", shares, to=TensorProto.FLOAT, output="probabilities")
