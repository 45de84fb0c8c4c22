"""A network starts where a checkpoint's left off, and one that is built otherwise is refused."""

import numpy as np
import pytest
import torch
from torch import nn

from train import networks, quantize
from train.transfer import TransferError, start_from

LABELS = ["eye", "pear", "star"]


def build(kind: str, categories: int, hidden: tuple[int, ...] = (32, 16)) -> nn.Sequential:
    if kind == "mlp":
        return networks.mlp(categories, hidden=hidden)
    return networks.cnn(categories, widths=(4, 6, 8, 12))


@pytest.fixture
def bitmaps() -> torch.Tensor:
    rng = np.random.default_rng(0)
    blobs = rng.random((200, 7, 7)).repeat(4, axis=1).repeat(4, axis=2)
    return torch.from_numpy((blobs > 0.7) * 255).byte()


def checkpoint(kind: str, bitmaps: torch.Tensor) -> tuple[quantize.WholeNetwork, dict]:
    torch.manual_seed(0)
    network = build(kind, len(LABELS))
    pixels = bitmaps[:, None].float() / 255
    for _ in range(20):
        network(pixels)  # batch norms see something
    whole = quantize.whole(quantize.learned(network, pixels))
    return whole, {"layers": quantize.pack(whole), "metadata": {"labels": LABELS}}


@pytest.mark.parametrize("kind", ["mlp", "cnn"])
def test_it_says_what_the_checkpoint_says(kind, bitmaps):
    whole, saved = checkpoint(kind, bitmaps)
    network, pixels = build(kind, len(LABELS)), bitmaps[:, None].float() / 255
    start_from(network, saved, LABELS, pixels)
    expected = whole.logits(bitmaps) / quantize.LOGIT_STEPS
    assert (network.eval()(pixels) - expected).abs().mean() < 0.03 * expected.std()
    # in training too, batch norms start with the statistics that drawings have
    for module in network.modules():
        if not isinstance(module, nn.Dropout):
            module.training = True
    assert (network(pixels) - expected).abs().mean() < 0.03 * expected.std()


def test_other_categories_begin_anew_beside_those_it_knows(bitmaps):
    whole, saved = checkpoint("mlp", bitmaps)
    network, pixels = build("mlp", 2), bitmaps[:, None].float() / 255
    start_from(network, saved, ["cat", "star"], pixels)
    expected = whole.logits(bitmaps)[:, 2] / quantize.LOGIT_STEPS
    assert (network.eval()(pixels)[:, 1] - expected).abs().mean() < 0.03 * expected.std()


@pytest.mark.parametrize("other", [build("mlp", 3, (32, 20)), build("mlp", 3, (32, 16, 8)), build("cnn", 3)])
def test_another_architecture_is_refused(other, bitmaps):
    _, saved = checkpoint("mlp", bitmaps)
    with pytest.raises(TransferError, match="checkpoint"):
        start_from(other, saved, LABELS, bitmaps[:, None].float() / 255)
