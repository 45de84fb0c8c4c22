"""The network that is exported: all integers, so that every machine computes the same bits.

Pixels, weights, accumulators and activations are integers that float32 carries. No accumulator can reach 2**24, so each
sum is exact in whatever order a library adds it up. Between layers stand one multiplication and one rounding, each of
which IEEE 754 defines to the last bit, and the softmax is exact too (doodle/softmax.py).
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doodle.softmax import EXPONENTIALS, LOGIT_STEPS

MAX_WEIGHT = 127  # what int8 holds on both sides of 0
MAX_ACTIVATION = 255
EXACT = 2**24  # float32 holds every integer up to this one
NO_NONE_LOGIT = -EXACT  # so small a logit has no share of the probability


class InexactError(ValueError):
    """A layer could leave the range in which float32 adds integers exactly."""


class IntegerLayer(nn.Module):
    """Linear map, ReLU, rescaling: integers in [0, 255] to integers in [0, 255].

    `weight` is (outputs, inputs) or (outputs, inputs, height, width) in [-127, 127]; `bias`, `factor` and `skip` are
    per output. `skip` weighs a shortcut around the layers before, which joins the accumulator; 0 where there is none.
    The last layer has no ReLU: its outputs are logits, in steps of 1/256.
    """

    weight: Tensor
    bias: Tensor
    factor: Tensor
    skip: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, factor: Tensor, skip: Tensor, last: bool) -> None:
        super().__init__()
        for name, value in (("weight", weight), ("bias", bias), ("factor", factor), ("skip", skip)):
            self.register_buffer(name, value.detach().clone())
        self.last = last
        largest = (weight.abs().flatten(1).sum(1) + skip) * MAX_ACTIVATION + bias.abs()
        if largest.max() >= EXACT:
            raise InexactError(
                f"an accumulator could reach {largest.max():.0f}, and float32 is exact only below {EXACT}"
            )

    def forward(self, x: Tensor, shortcut: Tensor | None = None) -> Tensor:
        accumulator = accumulate(x, self.weight, self.bias)
        if shortcut is not None:
            accumulator = accumulator + shortcut * per_output(self.skip, x)
        factor = per_output(self.factor, x)
        if self.last:
            return torch.round(accumulator * factor)
        return torch.round(torch.relu(accumulator) * factor).clamp(max=MAX_ACTIVATION)


class IntegerResidual(nn.Module):
    """Two layers with a shortcut around them, which joins the second one's accumulator."""

    def __init__(self, first: nn.Module, second: nn.Module) -> None:
        super().__init__()
        self.first, self.second = first, second

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.second(self.first(x), x)
        return output


class IntegerMeanPool(nn.Module):
    """The sum over height and width, times `factor`, rounded: (N, C, H, W) -> (N, C)."""

    factor: Tensor

    def __init__(self, factor: Tensor) -> None:
        super().__init__()
        self.register_buffer("factor", factor.detach().clone())

    def forward(self, x: Tensor) -> Tensor:
        return torch.round(x.sum((2, 3)) * self.factor).clamp(max=MAX_ACTIVATION)


class IntegerNetwork(nn.Sequential):
    """Drawings, uint8 (N, 28, 28) or maps (N, 6, 28, 28), to probabilities (N, K) and logits (N, K), float32.

    `none_logit` is the logit of "none of these", an integer of 1/256; see doodle.softmax.
    """

    def __init__(self, *modules: nn.Module, none_logit: int = NO_NONE_LOGIT) -> None:
        super().__init__(*modules)
        self.none_logit = none_logit
        self.exponentials: Tensor
        self.register_buffer("exponentials", torch.from_numpy(EXPONENTIALS), persistent=False)

    def forward(self, drawings: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.logits(drawings)
        return self.softmax(logits), logits

    def logits(self, drawings: Tensor) -> Tensor:
        """Logits (N, K) as integers of 1/256, float32."""
        x = drawings.float()
        if x.dim() == 3:
            x = x[:, None]
        for module in self:
            x = module(x)
        return x

    def softmax(self, logits: Tensor) -> Tensor:
        """Probabilities (N, K) float32 of logits (N, K): doodle.softmax in torch, the same bits."""
        largest = logits.amax(dim=1, keepdim=True).clamp(min=self.none_logit)
        exponentials, of_none = self._exponentials(largest - logits), self._exponentials(largest - self.none_logit)
        classes = logits.shape[1]
        total = (exponentials.sum(dim=1, keepdim=True) + of_none) * classes
        return ((exponentials * classes + of_none) / total).float()

    def _exponentials(self, below: Tensor) -> Tensor:
        """2**30 times exp(-below), rounded, for integers of 1/256."""
        return self.exponentials[below.clamp(max=len(self.exponentials) - 1).int()].double()


def calibrated(network: IntegerNetwork, temperature: float, none_logit: float | None) -> IntegerNetwork:
    """The network with its logits divided by `temperature`, and a logit of "none of these", in units of a logit."""
    *layers, last = network
    assert isinstance(last, IntegerLayer)
    scaled = IntegerLayer(last.weight, last.bias, last.factor / temperature, last.skip, last=True)
    none = NO_NONE_LOGIT if none_logit is None else round(none_logit * LOGIT_STEPS)
    return IntegerNetwork(*layers, scaled, none_logit=none).eval()


def accumulate(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.linear(x, weight, bias) if weight.dim() == 2 else F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2)


def per_output(values: Tensor, x: Tensor) -> Tensor:
    return values if x.dim() == 2 else values[:, None, None]


def pack(network: IntegerNetwork) -> list[dict[str, Any]]:
    """An integer network as plain values and tensors, weights as int8: what a checkpoint holds."""
    return [*map(_pack, network), {"kind": "softmax", "none_logit": network.none_logit}]


def unpack(layers: Sequence[dict[str, Any]]) -> IntegerNetwork:
    """The network that `pack` packed."""
    *chain, end = layers
    return IntegerNetwork(*map(_unpack, chain), none_logit=end["none_logit"]).eval()


def _pack(module: nn.Module) -> dict[str, Any]:
    match module:
        case IntegerLayer():
            integers = {"weight": module.weight.to(torch.int8), "bias": module.bias.int(), "skip": module.skip.int()}
            return {"kind": "layer", **integers, "factor": module.factor, "last": module.last}
        case IntegerResidual():
            return {"kind": "residual", "first": _pack(module.first), "second": _pack(module.second)}
        case IntegerMeanPool():
            return {"kind": "mean pool", "factor": module.factor}
        case nn.Flatten():
            return {"kind": "flatten"}
        case nn.MaxPool2d():
            return {"kind": "max pool", "size": module.kernel_size}
    raise TypeError(f"{type(module).__name__} has no form in integers")


def _unpack(layer: dict[str, Any]) -> nn.Module:
    match layer["kind"]:
        case "layer":
            weight, bias, factor, skip = (layer[name].float() for name in ("weight", "bias", "factor", "skip"))
            return IntegerLayer(weight, bias, factor, skip, layer["last"])
        case "residual":
            return IntegerResidual(_unpack(layer["first"]), _unpack(layer["second"]))
        case "mean pool":
            return IntegerMeanPool(layer["factor"])
        case "flatten":
            return nn.Flatten()
        case "max pool":
            return nn.MaxPool2d(layer["size"])
    raise ValueError(f"unknown kind of layer: {layer['kind']}")
