"""Quantization-aware training: a trained network becomes one that rounds as train/integer.py does, and learns on.

Rounding has no slope, so gradients pass through it as if it were not there (the straight-through estimator of Bengio,
Léonard and Courville, 2013).
"""

import torch
from torch import Tensor, nn

from doodle.softmax import LOGIT_STEPS
from train.integer import (
    EXACT,
    MAX_ACTIVATION,
    MAX_WEIGHT,
    IntegerLayer,
    IntegerMeanPool,
    IntegerNetwork,
    IntegerResidual,
    accumulate,
    per_output,
)
from train.networks import Layer, MeanPool, Residual


class Pixels(nn.Module):
    """0 to 1 to integers of 0 to 255."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.round(x * MAX_ACTIVATION)


class FakeQuantLayer(nn.Module):
    """A layer with real weights that are rounded in the forward pass.

    `input_scale`, `output_scale` and `shortcut_scale` say how much of the real network's activation 1 is worth.
    """

    input_scale: Tensor
    output_scale: Tensor
    shortcut_scale: Tensor

    def __init__(
        self, layer: Layer, input_scale: Tensor, output_scale: Tensor, shortcut_scale: Tensor | None = None
    ) -> None:
        super().__init__()
        weight, bias = fold_batch_norm(layer)
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)
        self.last = not layer.relu and shortcut_scale is None
        shortcut = torch.zeros_like(input_scale) if shortcut_scale is None else shortcut_scale
        for name, scale in (("input", input_scale), ("output", output_scale), ("shortcut", shortcut)):
            self.register_buffer(f"{name}_scale", scale.detach().clone())

    def integers(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The layer's weight, bias, factor and skip as integers (the factor is real), with gradients."""
        with torch.no_grad():
            magnitude = self.weight.abs().flatten(1)
            reach = magnitude.sum(1) + (self.bias.abs() / MAX_ACTIVATION + self.shortcut_scale) / self.input_scale
            # rounding may add half a step to every weight: that is what the 2 % are for
            scale = torch.maximum(magnitude.amax(1) / MAX_WEIGHT, reach * MAX_ACTIVATION / (0.98 * EXACT))
            scale = scale.clamp(min=1e-12)
        weight = _round(self.weight / scale.view(-1, *[1] * (self.weight.dim() - 1)))
        bias = _round(self.bias / (scale * self.input_scale))
        factor = scale * self.input_scale / self.output_scale
        return weight, bias, factor, torch.round(self.shortcut_scale / (scale * self.input_scale))

    def forward(self, x: Tensor, shortcut: Tensor | None = None) -> Tensor:
        weight, bias, factor, skip = self.integers()
        accumulator = accumulate(x, weight, bias).float()
        if shortcut is not None:
            accumulator = accumulator + shortcut * per_output(skip, x)
        factor = per_output(factor, x)
        if self.last:
            return accumulator * (factor / LOGIT_STEPS)
        return _round(torch.relu(accumulator) * factor).clamp(max=MAX_ACTIVATION)

    def convert(self) -> IntegerLayer:
        return IntegerLayer(*self.integers(), last=self.last)


class FakeQuantMeanPool(IntegerMeanPool):
    """A mean pool with a rounding that gradients pass."""

    def forward(self, x: Tensor) -> Tensor:
        return _round(x.sum((2, 3)) * self.factor).clamp(max=MAX_ACTIVATION)


def prepare_qat(network: nn.Sequential, examples: Tensor) -> nn.Sequential:
    """A trained network as layers that round: it takes what that takes, and can be trained further.

    `examples`, float32 (N, C, 28, 28) of 0 to 1, are drawings like those it will see: they show how large each
    activation gets.
    """
    logit_scale = examples.new_tensor(1 / LOGIT_STEPS)
    scale, x = examples.new_tensor(1 / MAX_ACTIVATION), examples
    modules: list[nn.Module] = [Pixels()]
    network.eval()
    with torch.no_grad():
        for module in network:
            output = module(x)
            match module:
                case Residual():
                    inner, outer = _scale(module.first(x)), _scale(output)
                    first = FakeQuantLayer(module.first, scale, inner)
                    modules.append(IntegerResidual(first, FakeQuantLayer(module.second, inner, outer, scale)))
                    scale = outer
                case Layer():
                    next_scale = _scale(output) if module.relu else logit_scale
                    modules.append(FakeQuantLayer(module, scale, next_scale))
                    scale = next_scale
                case MeanPool():
                    next_scale = _scale(output)
                    modules.append(FakeQuantMeanPool(scale / next_scale / x[0, 0].numel()))
                    scale = next_scale
                case _:  # max pooling, flattening and dropout take integers to integers as they are
                    modules.append(module)
            x = output
    return nn.Sequential(*modules)


def convert(network: nn.Sequential) -> IntegerNetwork:
    """The integer network that a network of `prepare_qat` has become, on the CPU.

    Raises InexactError where float32 could not carry it.
    """
    modules = [_convert(module) for module in network if not isinstance(module, nn.Dropout | Pixels)]
    return IntegerNetwork(*modules).cpu().eval()


def _convert(module: nn.Module) -> nn.Module:
    match module:
        case FakeQuantLayer():
            return module.convert()
        case IntegerResidual():
            return IntegerResidual(_convert(module.first), _convert(module.second))
        case FakeQuantMeanPool():
            return IntegerMeanPool(module.factor)
    return module


def fold_batch_norm(layer: Layer) -> tuple[Tensor, Tensor]:
    """A layer's weight and bias, with its batch normalisation multiplied in."""
    weight = layer.linear.weight.detach()
    bias = weight.new_zeros(len(weight)) if layer.linear.bias is None else layer.linear.bias.detach()
    if not isinstance(layer.norm, nn.modules.batchnorm._BatchNorm):
        return weight.clone(), bias.clone()
    norm = layer.norm
    assert norm.running_mean is not None and norm.running_var is not None
    gain = norm.weight.detach() / torch.sqrt(norm.running_var + norm.eps)
    return weight * gain.view(-1, *[1] * (weight.dim() - 1)), (bias - norm.running_mean) * gain + norm.bias.detach()


def _scale(activation: Tensor) -> Tensor:
    """What one of 255 steps is worth where the largest few of 100,000 activations may be cut off."""
    values = activation.flatten()
    return torch.quantile(values[:: max(1, len(values) // 1_000_000)], 0.9999).clamp(min=1e-6) / MAX_ACTIVATION


def _round(x: Tensor) -> Tensor:
    return x + (torch.round(x) - x).detach()
