"""Torch and ONNX Runtime give the same bits, for shipped and new models; and the check notices where they don't."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import nn

from doodle import ModelCard
from doodle.raster import MAPS
from export import onnx_file, parity
from train import checkpoint, networks
from train.data import TEST, load
from train.integer import IntegerNetwork, calibrated, unpack
from train.loader import draw_rows, with_maps
from train.networks import Layer, MeanPool, Residual, conv3x3
from train.quantize import convert, prepare_qat

SHIPPED = sorted(Path("models").glob("*.pt"))
LABELS = [f"category {n}" for n in range(10)]


def new_model(kind: str) -> tuple[IntegerNetwork, ModelCard]:
    """A freshly made network of every kind of layer, its batch norms fed with random drawings."""
    torch.manual_seed(0)
    last = Layer(nn.Linear(8, 10), norm=False, relu=False)
    cnn = nn.Sequential(conv3x3(6, 4), nn.MaxPool2d(2), conv3x3(4, 8), Residual(8), MeanPool(), last)
    network, maps = (networks.mlp(10), ["ink"]) if kind == "mlp" else (cnn, list(MAPS))
    shown = torch.from_numpy(parity.hard_cases(len(maps), random=300)).float().view(-1, len(maps), 28, 28) / 255
    for _ in range(5):
        network(shown)
    integer = calibrated(convert(prepare_qat(network, shown)), 1.0, 0.5 if kind == "mlp" else None)
    data = {"source": "", "license": "", "synthetic": True, "counts": {}, "fingerprint": "00"}
    figures = {"top1": 0.1, "top3": 0.3, "drawings": 0, "per_category": {}}
    none = integer.none_logit if kind == "mlp" else None
    card = ModelCard(
        labels=LABELS, architecture=kind, parameters=1, input={"maps": maps, "rule": "any"}, none_logit=none,
        data=data, figures=figures, threshold=0.5, version="0",
    )  # fmt: skip
    return integer, card


@pytest.fixture(params=["mlp", "cnn"])
def model(request) -> tuple[IntegerNetwork, ModelCard, onnx.ModelProto]:
    network, card = new_model(request.param)
    return network, card, onnx_file.build(network, card)


def test_new_network_gives_identical_probabilities(model):
    network, card, built = model
    hard = parity.hard_cases(len(card.input["maps"]), seed=1, random=300)
    assert parity.check(network, built.SerializeToString(), hard, max_runs=100) == []


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_model_gives_identical_probabilities(file):
    content = checkpoint.load(file)
    hard = parity.hard_cases(len(content["metadata"]["input"]["maps"]), seed=2, random=300)
    assert parity.check(unpack(content["layers"]), file.with_suffix(".onnx").read_bytes(), hard[::5], max_runs=50) == []


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_model_gives_identical_probabilities_on_test_drawings(file, quickdraw):
    content = checkpoint.load(file)
    maps, some = len(content["metadata"]["input"]["maps"]), content["metadata"]["labels"][:10]
    drawings = load(str(quickdraw), some, samples=400)
    drawn = draw_rows(drawings.strokes, np.flatnonzero(drawings.strokes.split == TEST), motion=maps > 1)
    bitmaps = with_maps(drawings.bitmaps.bitmaps[drawings.bitmaps.split == TEST], maps)
    shown = np.concatenate([drawn, bitmaps])
    shown = shown if maps > 1 else shown[:, 0]
    assert parity.check(unpack(content["layers"]), file.with_suffix(".onnx").read_bytes(), shown, max_runs=50) == []


def test_one_bit_of_one_weight_is_noticed(model):
    network, card, built = model
    int8 = [tensor for tensor in built.graph.initializer if tensor.data_type == onnx.TensorProto.INT8]
    # the last layer
    weight = next(tensor for tensor in int8 if tensor.dims[0] == len(LABELS) and len(tensor.dims) == 2)
    values = numpy_helper.to_array(weight).copy()
    values.flat[values.size // 2] ^= 1
    weight.CopyFrom(numpy_helper.from_array(values, weight.name))
    hard = parity.hard_cases(len(card.input["maps"]), random=100)
    differences = parity.check(network, built.SerializeToString(), hard, max_runs=100)
    assert len(differences) == len(parity.BATCHES) * len(parity.THREADS)
    assert all("ONNX Runtime" in line for line in differences)


def test_hard_cases_hold_both_extremes_and_every_pixel():
    cases = parity.hard_cases(1, random=10)
    assert cases.shape == (784 + 2 + 10, 28, 28) and cases.dtype == np.uint8
    assert cases[784].max() == 0 and cases[785].min() == 255
    one_pixel = parity.hard_cases(6, random=10)[:784].reshape(784, 6, 784)
    assert (one_pixel.max((0, 1)) == 255).all() and ((one_pixel > 0).sum((1, 2)) == 1).all()


def test_weights_are_stored_as_int8_and_take_any_batch(model):
    network, _, built = model
    assert any(tensor.data_type == onnx.TensorProto.INT8 for tensor in built.graph.initializer)
    weights = sum(module.weight.numel() for module in network.modules() if hasattr(module, "weight"))
    assert len(built.SerializeToString()) < weights * 1.2 + 60_000
    assert built.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "N"
