"""Torch and ONNX Runtime give the same bits, for shipped and new models; and the check notices where they don't."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from export import graph, parity
from train import networks, quantize
from train.dataset import TEST, load

SHIPPED = sorted(Path("models").glob("*.pt"))


def new_checkpoint(kind: str) -> dict:
    """A freshly made network, its batch norms fed with random bitmaps, as an untested checkpoint."""
    torch.manual_seed(0)
    network = networks.mlp(10) if kind == "mlp" else networks.cnn(10, widths=(4, 6, 8, 12))
    bitmaps = torch.from_numpy(parity.hard_cases(random=500))[:, None].float() / 255
    for _ in range(5):
        network(bitmaps)
    whole = quantize.whole(quantize.learned(network, bitmaps), doubt=0.5 if kind == "mlp" else None)
    return {"layers": quantize.pack(whole), "metadata": {"labels": [f"category {n}" for n in range(10)]}}


@pytest.fixture(params=["mlp", "cnn"])
def checkpoint(request):
    return new_checkpoint(request.param)


def exported(checkpoint: dict) -> onnx.ModelProto:
    return graph.model(checkpoint)


def test_new_network_gives_identical_probabilities(checkpoint):
    differences = parity.check(
        quantize.unpack(checkpoint["layers"]),
        exported(checkpoint).SerializeToString(),
        parity.hard_cases(seed=1, random=500),
    )
    assert differences == []


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_model_gives_identical_probabilities(file):
    checkpoint = torch.load(file, weights_only=True)
    differences = parity.check(
        quantize.unpack(checkpoint["layers"]), file.with_suffix(".onnx"), parity.hard_cases(seed=2, random=500)
    )
    assert differences == []


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_model_gives_identical_probabilities_on_its_test_split(file, quickdraw):
    checkpoint = torch.load(file, weights_only=True)
    drawings = load(str(quickdraw), checkpoint["metadata"]["labels"])
    test = drawings.bitmaps[drawings.split == TEST][::10]
    assert parity.check(quantize.unpack(checkpoint["layers"]), file.with_suffix(".onnx"), test) == []


def test_one_bit_of_one_weight_is_noticed(checkpoint):
    model = exported(checkpoint)
    weight = next(tensor for tensor in model.graph.initializer if tensor.data_type == onnx.TensorProto.INT8)
    values = numpy_helper.to_array(weight).copy()
    values.flat[values.size // 2] ^= 1
    weight.CopyFrom(numpy_helper.from_array(values, weight.name))
    differences = parity.check(
        quantize.unpack(checkpoint["layers"]), model.SerializeToString(), parity.hard_cases(random=100)
    )
    assert len(differences) == len(parity.BATCHES) * len(parity.THREADS)
    assert all("ONNX Runtime" in line for line in differences)


def test_hard_cases_hold_every_pixel_alone_and_both_extremes():
    cases = parity.hard_cases(random=10)
    assert cases.shape == (784 + 2 + 10, 28, 28) and cases.dtype == np.uint8
    assert (cases[:784].reshape(784, 784) == np.eye(784) * 255).all()
    assert cases[784].max() == 0 and cases[785].min() == 255


def test_weights_are_stored_as_int8_and_take_any_batch(checkpoint):
    model = exported(checkpoint)
    assert any(tensor.data_type == onnx.TensorProto.INT8 for tensor in model.graph.initializer)
    weights = sum(layer["weight"].numel() for layer in flat(checkpoint["layers"]))
    assert len(model.SerializeToString()) < weights * 1.2 + 60_000
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "N"


def flat(layers: list[dict]) -> list[dict]:
    inner = [
        part
        for layer in layers
        for part in ([layer["first"], layer["second"]] if layer["kind"] == "residual" else [layer])
    ]
    return [layer for layer in inner if layer["kind"] == "layer"]
