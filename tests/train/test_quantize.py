"""An integer network is exact, close to the real network, and survives packing."""

import numpy as np
import pytest
import torch
from torch import nn

from doodle.softmax import LOGIT_STEPS, softmax
from train import networks
from train.integer import EXACT, InexactError, IntegerLayer, IntegerNetwork, calibrated, pack, unpack
from train.networks import Layer, MeanPool, Residual, conv3x3
from train.quantize import FakeQuantLayer, convert, prepare_qat


def small_cnn() -> nn.Sequential:
    """Every kind of layer that the shipped CNN has."""
    last = Layer(nn.Linear(8, 10), norm=False, relu=False)
    return nn.Sequential(conv3x3(6, 4), nn.MaxPool2d(2), conv3x3(4, 8), Residual(8), MeanPool(), nn.Dropout(0.1), last)


def maps(count: int, channels: int, seed: int = 0) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    shape = (count, channels, 28, 28)
    return torch.from_numpy((rng.random(shape) < 0.2).astype(np.uint8) * rng.integers(1, 256, shape, np.uint8))


@pytest.fixture(params=["mlp", "cnn"])
def trained(request: pytest.FixtureRequest) -> tuple[nn.Sequential, int]:
    """A network whose batch norms have seen something, as a trained one's have; and the number of its maps."""
    torch.manual_seed(0)
    network, channels = (networks.mlp(10), 1) if request.param == "mlp" else (small_cnn(), 6)
    with torch.no_grad():
        for _ in range(20):
            network(maps(64, channels).float() / 255)
    return network.eval(), channels


@pytest.fixture
def integer(trained) -> IntegerNetwork:
    network, channels = trained
    return convert(prepare_qat(network, maps(256, channels).float() / 255))


def test_integers_say_nearly_what_the_real_network_says(trained, integer):
    network, channels = trained
    real = network(maps(200, channels, seed=1).float() / 255).softmax(1)
    assert (integer(maps(200, channels, seed=1))[0] - real).abs().max() < 0.05


def test_every_activation_is_an_integer_of_one_byte(trained, integer):
    x = maps(50, trained[1]).float()
    for module in list(integer)[:-1]:
        x = module(x)
        assert torch.equal(x, x.round()) and x.min() >= 0 and x.max() <= 255


def test_batch_size_changes_no_bit(trained, integer):
    drawings = maps(100, trained[1])
    one_by_one = torch.cat([integer(drawing[None])[0] for drawing in drawings])
    assert torch.equal(integer(drawings)[0], one_by_one)


def test_fake_quantized_network_computes_what_it_becomes(trained):
    network, channels = trained
    rounded = prepare_qat(network, maps(256, channels).float() / 255).eval()
    drawings = maps(100, channels, seed=2)
    logits = rounded(drawings.float() / 255) * LOGIT_STEPS
    assert (convert(rounded).logits(drawings) - logits).abs().max() <= 0.51


def test_gradients_pass_through_the_rounding(trained):
    network, channels = trained
    rounded = prepare_qat(network, maps(256, channels).float() / 255)
    rounded(maps(32, channels).float() / 255).square().mean().backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in rounded.parameters())


def test_packing_keeps_every_bit(trained, integer):
    network = calibrated(integer, 1.0, 3.0)
    again = unpack(pack(network))
    assert again.none_logit == 3 * LOGIT_STEPS
    assert torch.equal(again(maps(100, trained[1]))[0], network(maps(100, trained[1]))[0])


def test_ink_alone_may_come_without_its_axis(integer, trained):
    if trained[1] == 1:
        drawings = maps(20, 1)
        assert torch.equal(integer(drawings)[0], integer(drawings[:, 0])[0])


def test_higher_temperature_is_less_sure(trained, integer):
    drawings = maps(100, trained[1])
    assert calibrated(integer, 2.0, None)(drawings)[0].amax(1).mean() < integer(drawings)[0].amax(1).mean()


@pytest.mark.parametrize("none", [None, 700])
def test_softmax_has_the_library_s_bits(integer, none):
    logits = torch.randint(-3000, 3000, (500, 98), generator=torch.Generator().manual_seed(0)).float()
    network = calibrated(integer, 1.0, none and none / LOGIT_STEPS)
    assert np.array_equal(network.softmax(logits).numpy(), softmax(logits.numpy(), none))


def test_layer_that_could_leave_the_exact_range_is_refused():
    weight, one = torch.full((1, 784), 127.0), torch.ones(1)
    with pytest.raises(InexactError, match="could reach"):
        IntegerLayer(weight, one, one, one * 0, last=False)


def test_weights_too_heavy_for_the_exact_range_are_scaled_into_it():
    layer = Layer(nn.Linear(3000, 5), norm=False)
    nn.init.constant_(layer.linear.weight, 0.5)
    scale = torch.tensor(1 / 255)
    assert FakeQuantLayer(layer, scale, scale).convert().weight.abs().sum(1).max() * 255 < EXACT


@pytest.mark.parametrize("arch", networks.NETWORKS)
def test_networks_take_their_maps_and_give_logits(arch):
    channels = len(networks.input_maps(arch))
    network = networks.NETWORKS[arch](7).eval()
    assert network(maps(2, channels).float()).shape == (2, 7)
