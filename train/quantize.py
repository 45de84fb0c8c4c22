"""A trained network becomes the same network in whole numbers, so that every machine computes the same bits.

Pixels, weights, accumulators and activations are whole numbers that float32 carries. No accumulator can reach 2**24, so
each sum is exact in whatever order a library adds it up. Between layers stand one multiplication and one rounding, each
of which IEEE 754 defines to the last bit. Even the softmax is exact: logits are whole numbers of 1/256, their
exponentials are whole numbers looked up in a table, and whole numbers are all that it adds up.

One output is no category's. Its logit, the doubt, is the same for every drawing and stands for "none of these"; its
share of the probability is spread evenly over the categories. So where no category's logit is large, as with drawings
that the network was never taught, no probability is either.

Rounding has no slope, so to train such a network further gradients pass through it as if it were not there (the
straight-through estimator of Bengio, Léonard and Courville, 2013).
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train.networks import Layer, Residual

LARGEST_WEIGHT = 127  # what int8 holds on both sides of 0
LARGEST_ACTIVATION = 255
EXACT = 2**24  # float32 holds every whole number up to this one
LOGIT_STEPS = 256  # to a logit of 1
NO_DOUBT = -EXACT  # so small a logit has no share of the probability
# exp(-22) is less than half of 2**-30, so beyond it every exponential is the whole number 0
EXPONENTIALS = (
    torch.exp(-torch.arange(22 * LOGIT_STEPS + 1, dtype=torch.float64) / LOGIT_STEPS).mul(2**30).round().int()
)


class InexactError(ValueError):
    """A layer could leave the range in which float32 adds whole numbers exactly."""


class WholeLayer(nn.Module):
    """Linear map, ReLU, rescaling: whole numbers in [0, 255] to whole numbers in [0, 255].

    `weight` is (outputs, inputs) or (outputs, inputs, height, width) in [-127, 127]; `bias`, `factor` and `skip` are
    per output. `skip` weighs a shortcut around the layers before, which joins the accumulator; 0 where there is none.
    The last layer has no ReLU: its outputs are logits, in steps of 1/256.
    """

    weight: Tensor
    bias: Tensor
    factor: Tensor
    skip: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, factor: Tensor, skip: Tensor, stride: int, last: bool) -> None:
        super().__init__()
        for name, value in (("weight", weight), ("bias", bias), ("factor", factor), ("skip", skip)):
            self.register_buffer(name, value.detach().clone())
        self.stride, self.last = stride, last
        largest = (weight.abs().flatten(1).sum(1) + skip) * LARGEST_ACTIVATION + bias.abs()
        if largest.max() >= EXACT:
            raise InexactError(
                f"an accumulator could reach {largest.max():.0f}, and float32 is exact only below {EXACT}"
            )

    def forward(self, x: Tensor, shortcut: Tensor | None = None) -> Tensor:
        accumulator = _accumulate(x, self.weight, self.bias, self.stride)
        if shortcut is not None:
            accumulator = accumulator + shortcut * _per_output(self.skip, x)
        factor = _per_output(self.factor, x)
        if self.last:
            return torch.round(accumulator * factor)
        return torch.round(torch.relu(accumulator) * factor).clamp(max=LARGEST_ACTIVATION)


class WholeResidual(nn.Module):
    """Two layers with a shortcut around them, which joins the second one's accumulator."""

    def __init__(self, first: nn.Module, second: nn.Module) -> None:
        super().__init__()
        self.first, self.second = first, second

    def forward(self, x: Tensor) -> Tensor:
        joined: Tensor = self.second(self.first(x), x)
        return joined


class WholeNetwork(nn.Sequential):
    """The network that is exported: bitmaps (N, 28, 28) uint8 to probabilities (N, K) float32.

    `doubt` is a logit, a whole number of 1/256; see `softmax`.
    """

    def __init__(self, *modules: nn.Module, doubt: int = NO_DOUBT) -> None:
        super().__init__(*modules)
        self.doubt = doubt

    def forward(self, bitmaps: Tensor) -> Tensor:
        return softmax(self.logits(bitmaps), self.doubt)

    def logits(self, bitmaps: Tensor) -> Tensor:
        """Logits (N, K) as whole numbers of 1/256, float32."""
        x = bitmaps[:, None].float().contiguous(memory_format=torch.channels_last)
        for module in self:
            x = module(x)
        return x


def softmax(logits: Tensor, doubt: int = NO_DOUBT) -> Tensor:
    """Probabilities (N, K), float32, of logits in whole numbers of 1/256; the same bits in any library.

    `doubt` joins the logits as one more, and its share is spread evenly over the K categories.
    The table's whole numbers are at most 2**30, so K times their sum is exact in float64; the division and the rounding
    to float32 are each defined to the last bit.
    """
    largest = logits.amax(dim=1, keepdim=True).clamp(min=doubt)
    exponentials, of_doubt = _exponentials(largest - logits), _exponentials(largest - doubt)
    categories = logits.shape[1]
    total = (exponentials.sum(dim=1, keepdim=True) + of_doubt) * categories
    return ((exponentials * categories + of_doubt) / total).float()


def _exponentials(below: Tensor) -> Tensor:
    """2**30 times exp(-below), rounded, for whole numbers of 1/256."""
    return EXPONENTIALS.to(below.device)[below.clamp(max=len(EXPONENTIALS) - 1).int()].double()


class Pixels(nn.Module):
    """Ink of 0 to 1 to pixels of 0 to 255."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.round(x * LARGEST_ACTIVATION)


class LearnedLayer(nn.Module):
    """A layer on its way to whole numbers: real weights that a rounding stands in front of.

    `input_step` and `output_step` say how much of the real network's activation one whole number is worth.
    """

    input_step: Tensor
    output_step: Tensor
    shortcut_step: Tensor

    def __init__(
        self, layer: Layer, input_step: Tensor, output_step: Tensor, shortcut_step: Tensor | None = None
    ) -> None:
        super().__init__()
        weight, bias = fold_batch_norm(layer)
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)
        self.stride = layer.linear.stride[0] if isinstance(layer.linear, nn.Conv2d) else 1
        self.last = not layer.relu and shortcut_step is None
        for name, step in (
            ("input_step", input_step),
            ("output_step", output_step),
            ("shortcut_step", torch.zeros(()) if shortcut_step is None else shortcut_step),
        ):
            self.register_buffer(name, step.detach().clone())

    def whole_numbers(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The layer's weight, bias, factor and skip in whole numbers, with gradients to the real ones."""
        with torch.no_grad():
            magnitude = self.weight.abs().flatten(1)
            reach = magnitude.sum(1) + (self.bias.abs() / LARGEST_ACTIVATION + self.shortcut_step) / self.input_step
            # rounding may add half a step to every weight: that is what the 2 % are for
            step = torch.maximum(magnitude.amax(1) / LARGEST_WEIGHT, reach * LARGEST_ACTIVATION / (0.98 * EXACT))
            step = step.clamp(min=1e-12)
        weight = _round(self.weight / step.view(-1, *[1] * (self.weight.dim() - 1)))
        bias = _round(self.bias / (step * self.input_step))
        return (
            weight,
            bias,
            step * self.input_step / self.output_step,
            torch.round(self.shortcut_step / (step * self.input_step)),
        )

    def forward(self, x: Tensor, shortcut: Tensor | None = None) -> Tensor:
        weight, bias, factor, skip = self.whole_numbers()
        accumulator = _accumulate(x, weight, bias, self.stride).float()
        if shortcut is not None:
            accumulator = accumulator + shortcut * _per_output(skip, x)
        factor = _per_output(factor, x)
        if self.last:
            return accumulator * (factor / LOGIT_STEPS)
        return _round(torch.relu(accumulator) * factor).clamp(max=LARGEST_ACTIVATION)

    def whole(self) -> WholeLayer:
        return WholeLayer(*self.whole_numbers(), stride=self.stride, last=self.last)


def learned(network: nn.Sequential, bitmaps: Tensor) -> nn.Sequential:
    """A trained network as layers that round: it takes what that takes, and can be trained further.

    `bitmaps`, float32 (N, 1, 28, 28) of 0 to 1, are drawings like those it will see: they show how large each
    activation gets.
    """
    logit_step = torch.tensor(1 / LOGIT_STEPS)
    step, x = torch.tensor(1 / LARGEST_ACTIVATION), bitmaps
    rounded: list[nn.Module] = [Pixels()]
    network.eval()
    with torch.no_grad():
        for module in network:
            output = module(x)
            if isinstance(module, Residual):
                first, second = module.layers()
                inner, outer = _step(first(x)), _step(output)
                rounded.append(
                    WholeResidual(LearnedLayer(first, step, inner), LearnedLayer(second, inner, outer, step))
                )
                step = outer
            elif isinstance(module, Layer):
                next_step = _step(output) if module.relu else logit_step
                rounded.append(LearnedLayer(module, step, next_step))
                step = next_step
            else:  # pooling, flattening and dropout take whole numbers to whole numbers as they are
                rounded.append(module)
            x = output
    return nn.Sequential(*rounded)


def set_temperature(network: nn.Sequential, temperature: float) -> None:
    """Divide a learned network's logits by `temperature`, in place."""
    last = network[-1]
    assert isinstance(last, LearnedLayer)
    last.output_step.fill_(temperature / LOGIT_STEPS)


def select(network: WholeNetwork, outputs: list[int]) -> WholeNetwork:
    """The same network for only some of its categories, in the order given."""
    last = network[-1]
    assert isinstance(last, WholeLayer)
    kept = WholeLayer(last.weight[outputs], last.bias[outputs], last.factor[outputs], last.skip[outputs], 1, last=True)
    return WholeNetwork(*list(network)[:-1], kept, doubt=network.doubt).eval()


def whole(network: nn.Sequential, doubt: float | None = None) -> WholeNetwork:
    """The whole-number network that a learned one has become; its softmax has a `doubt`, in units of a logit, or none.

    Raises InexactError where float32 could not carry it.
    """
    modules: list[nn.Module] = []
    for module in network:
        if isinstance(module, LearnedLayer):
            modules.append(module.whole())
        elif isinstance(module, WholeResidual):
            modules.append(
                WholeResidual(*(layer.whole() for layer in module.children() if isinstance(layer, LearnedLayer)))
            )
        elif not isinstance(module, nn.Dropout | Pixels):
            modules.append(module)
    return WholeNetwork(*modules, doubt=NO_DOUBT if doubt is None else round(doubt * LOGIT_STEPS)).eval()


def pack(network: WholeNetwork) -> list[dict[str, Any]]:
    """A whole-number network as plain values and tensors, weights as int8: what a checkpoint holds."""
    return [*map(_pack, network), {"kind": "softmax", "doubt": network.doubt}]


def unpack(layers: Sequence[dict[str, Any]]) -> WholeNetwork:
    """The network that `pack` packed."""
    *chain, end = layers
    return WholeNetwork(*map(_unpack, chain), doubt=end["doubt"]).eval()


def _pack(module: nn.Module) -> dict[str, Any]:
    if isinstance(module, WholeLayer):
        whole_numbers = {"weight": module.weight.to(torch.int8), "bias": module.bias.int(), "skip": module.skip.int()}
        return {"kind": "layer", **whole_numbers, "factor": module.factor, "stride": module.stride, "last": module.last}
    if isinstance(module, WholeResidual):
        return {"kind": "residual", "first": _pack(module.first), "second": _pack(module.second)}
    if isinstance(module, nn.Flatten):
        return {"kind": "flatten"}
    if isinstance(module, nn.MaxPool2d):
        return {"kind": "max pool", "size": module.kernel_size}
    raise TypeError(f"{type(module).__name__} has no form in whole numbers")


def _unpack(layer: dict[str, Any]) -> nn.Module:
    match layer["kind"]:
        case "layer":
            weight, bias, factor, skip = (layer[name].float() for name in ("weight", "bias", "factor", "skip"))
            return WholeLayer(weight, bias, factor, skip, layer["stride"], layer["last"])
        case "residual":
            return WholeResidual(_unpack(layer["first"]), _unpack(layer["second"]))
        case "flatten":
            return nn.Flatten()
        case "max pool":
            return nn.MaxPool2d(layer["size"])
    raise ValueError(f"unknown kind of layer: {layer['kind']}")


def fold_batch_norm(layer: Layer) -> tuple[Tensor, Tensor]:
    """A layer's weight and bias, with its batch normalisation multiplied in."""
    weight = layer.linear.weight.detach()
    bias = torch.zeros(len(weight)) if layer.linear.bias is None else layer.linear.bias.detach()
    if not isinstance(layer.norm, nn.modules.batchnorm._BatchNorm):
        return weight.clone(), bias.clone()
    norm = layer.norm
    assert norm.running_mean is not None and norm.running_var is not None
    gain = norm.weight.detach() / torch.sqrt(norm.running_var + norm.eps)
    return weight * gain.view(-1, *[1] * (weight.dim() - 1)), (bias - norm.running_mean) * gain + norm.bias.detach()


def _step(activation: Tensor) -> Tensor:
    """What one of 255 whole numbers is worth where the largest few of 100,000 activations may be cut off."""
    values = activation.flatten()
    return torch.quantile(values[:: max(1, len(values) // 1_000_000)], 0.9999).clamp(min=1e-6) / LARGEST_ACTIVATION


def _round(x: Tensor) -> Tensor:
    return x + (torch.round(x) - x).detach()


def _accumulate(x: Tensor, weight: Tensor, bias: Tensor, stride: int) -> Tensor:
    if weight.dim() == 2:
        return F.linear(x, weight, bias)
    return F.conv2d(x, weight, bias, stride, weight.shape[-1] // 2)


def _per_output(values: Tensor, x: Tensor) -> Tensor:
    return values if x.dim() == 2 else values[:, None, None]
