"""A network in whole numbers is exact, close to the real network, and survives packing."""

import numpy as np
import pytest
import torch
from torch import nn

from train import networks, quantize


def trained(kind: str) -> nn.Sequential:
    """A network whose batch norms have seen something, as a trained one's have."""
    torch.manual_seed(0)
    network = networks.mlp(10) if kind == "mlp" else networks.cnn(10, widths=(4, 6, 8, 12))
    with torch.no_grad():
        for _ in range(20):
            network(bitmaps(64)[:, None].float() / 255)
    return network.eval()


def bitmaps(count: int, seed: int = 0) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(
        (rng.random((count, 28, 28)) < 0.2).astype(np.uint8) * rng.integers(1, 256, (count, 28, 28), np.uint8)
    )


@pytest.fixture(params=["mlp", "cnn"])
def pair(request: pytest.FixtureRequest) -> tuple[nn.Sequential, quantize.WholeNetwork]:
    network = trained(request.param)
    return network, quantize.whole(quantize.learned(network, bitmaps(256)[:, None].float() / 255))


def test_whole_network_says_nearly_what_the_real_one_says(pair):
    network, whole = pair
    real = network(bitmaps(200, seed=1)[:, None].float() / 255).softmax(1)
    assert (whole(bitmaps(200, seed=1)) - real).abs().max() < 0.05


def test_every_activation_is_a_whole_number_of_one_byte(pair):
    _, whole = pair
    x = bitmaps(50)[:, None].float()
    for module in list(whole)[:-1]:
        x = module(x)
        assert torch.equal(x, x.round()) and x.min() >= 0 and x.max() <= 255


def test_batch_size_changes_no_bit(pair):
    _, whole = pair
    drawings = bitmaps(100)
    one_by_one = torch.cat([whole(drawing[None]) for drawing in drawings])
    assert torch.equal(whole(drawings), one_by_one)


def test_learned_network_computes_what_it_becomes(pair):
    network, _ = pair
    learned = quantize.learned(network, bitmaps(256)[:, None].float() / 255).eval()
    drawings = bitmaps(100, seed=2)
    logits = learned(drawings[:, None].float() / 255) * quantize.LOGIT_STEPS
    assert (quantize.whole(learned).logits(drawings) - logits).abs().max() <= 0.51


def test_gradients_pass_through_the_rounding(pair):
    network, _ = pair
    learned = quantize.learned(network, bitmaps(256)[:, None].float() / 255)
    learned(bitmaps(32)[:, None].float() / 255).square().mean().backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in learned.parameters())


def test_packing_keeps_every_bit(pair):
    _, whole = pair
    again = quantize.unpack(quantize.pack(whole))
    assert torch.equal(again(bitmaps(100)), whole(bitmaps(100)))


def test_selecting_categories_keeps_their_logits(pair):
    _, whole = pair
    assert torch.equal(quantize.select(whole, [7, 2]).logits(bitmaps(20)), whole.logits(bitmaps(20))[:, [7, 2]])


def test_softmax_is_a_softmax():
    logits = torch.randint(-3000, 3000, (500, 98), generator=torch.Generator().manual_seed(0)).float()
    expected = (logits.double() / quantize.LOGIT_STEPS).softmax(1)
    assert (quantize.softmax(logits).double() - expected).abs().max() < 1e-6


def test_softmax_does_not_depend_on_the_order_of_categories():
    logits = torch.randint(-3000, 3000, (500, 98), generator=torch.Generator().manual_seed(0)).float()
    order = torch.randperm(98, generator=torch.Generator().manual_seed(1))
    assert torch.equal(quantize.softmax(logits)[:, order], quantize.softmax(logits[:, order]))


def test_higher_temperature_is_less_sure(pair):
    network, whole = pair
    learned = quantize.learned(network, bitmaps(256)[:, None].float() / 255)
    quantize.set_temperature(learned, 2.0)
    assert quantize.whole(learned)(bitmaps(100)).amax(1).mean() < whole(bitmaps(100)).amax(1).mean()


def test_doubt_is_one_more_logit_whose_share_all_categories_get():
    logits = torch.randint(-3000, 3000, (500, 98), generator=torch.Generator().manual_seed(0)).float()
    with_doubt = torch.cat([logits, torch.full((500, 1), 700.0)], 1)
    shares = (with_doubt.double() / quantize.LOGIT_STEPS).softmax(1)
    expected = shares[:, :-1] + shares[:, -1:] / 98
    assert (quantize.softmax(logits, doubt=700).double() - expected).abs().max() < 1e-6


def test_packing_keeps_the_doubt(pair):
    network, _ = pair
    whole = quantize.whole(quantize.learned(network, bitmaps(256)[:, None].float() / 255), doubt=3.0)
    again = quantize.unpack(quantize.pack(whole))
    assert again.doubt == 3 * quantize.LOGIT_STEPS
    assert torch.equal(again(bitmaps(100)), whole(bitmaps(100)))


def test_a_layer_that_could_leave_the_exact_range_is_refused():
    weight, one = torch.full((1, 784), 127.0), torch.ones(1)
    with pytest.raises(quantize.InexactError, match="could reach"):
        quantize.WholeLayer(weight, one, one, one * 0, stride=1, last=False)


def test_weights_too_heavy_for_the_exact_range_are_scaled_into_it():
    layer = networks.Layer(nn.Linear(3000, 5), norm=False)
    nn.init.constant_(layer.linear.weight, 0.5)
    step = torch.tensor(1 / 255)
    whole = quantize.LearnedLayer(layer, step, step).whole()
    assert whole.weight.abs().sum(1).max() * 255 < quantize.EXACT
