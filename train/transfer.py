"""A trained checkpoint's weights as the start of a network that is trained further, on its own categories or on others.

A checkpoint holds whole numbers. They are taken for the real numbers that they stand for, and each batch normalisation
starts with the statistics that it would have come to, so that the network begins where the checkpoint's left off.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from train.networks import Layer, Residual
from train.quantize import LARGEST_ACTIVATION, LOGIT_STEPS

UNIT = 1 / LARGEST_ACTIVATION  # what a whole number of a bitmap stands for, and of most activations


class TransferError(ValueError):
    """The checkpoint's network is not built like the one that is to start from it."""


def start_from(
    network: nn.Sequential, checkpoint: Mapping[str, Any], categories: Sequence[str], bitmaps: Tensor
) -> None:
    """Give `network` the checkpoint's weights, in place; its last layer, those of the categories that both know.

    `bitmaps`, float32 (N, 1, 28, 28) of 0 to 1, are drawings to take the statistics from.
    Raises TransferError where the two are not of the same architecture.
    """
    packed = [layer for layer in checkpoint["layers"] if layer["kind"] in ("layer", "residual")]
    if sum(isinstance(module, Layer | Residual) for module in network) != len(packed):
        raise TransferError(f"the checkpoint has {len(packed)} layers, another number than the network to be trained")
    known = checkpoint["metadata"]["labels"]
    rows = [known.index(name) if name in known else None for name in categories]
    layers, unit, x = iter(packed), UNIT, bitmaps
    network.eval()
    with torch.no_grad():
        for module in network:
            if isinstance(module, Residual):
                layer = next(layers)
                first, second = module.layers()
                # the shortcut's weight says what the sum's whole numbers stand for beside the shortcut's
                after = unit / (layer["second"]["factor"] * layer["second"]["skip"]).median().item()
                inner = _fill(first, layer["first"], x, unit, UNIT)
                _fill(second, layer["second"], inner, UNIT, after)
                unit, x = after, module(x)
            elif isinstance(module, Layer):
                layer = next(layers)
                if layer["last"]:
                    _fill_last(module, layer, rows, unit)
                else:
                    x, unit = _fill(module, layer, x, unit, UNIT), UNIT
            else:
                x = module(x)


def _fill(module: Layer, layer: Mapping[str, Tensor], x: Tensor, unit: float, after: float) -> Tensor:
    """Fill a layer whose inputs are whole numbers of `unit` and whose outputs are of `after`; what it makes of x."""
    weight, bias = _real(layer, unit, after)
    if weight.shape != module.linear.weight.shape:
        raise TransferError(
            f"a layer of the checkpoint is {tuple(weight.shape)}, where the network's is"
            f" {tuple(module.linear.weight.shape)}"
        )
    module.linear.weight.copy_(weight)
    if module.linear.bias is not None:
        module.linear.bias.zero_()
    norm = module.norm
    if not isinstance(norm, nn.modules.batchnorm._BatchNorm):
        assert module.linear.bias is not None
        module.linear.bias.copy_(bias)
        return module(x)  # type: ignore[no-any-return]
    sums = module.linear(x).transpose(0, 1).flatten(1)
    assert norm.running_mean is not None and norm.running_var is not None
    norm.running_mean.copy_(sums.mean(1))
    norm.running_var.copy_(sums.var(1))
    norm.weight.copy_(torch.sqrt(norm.running_var + norm.eps))
    norm.bias.copy_(bias + norm.running_mean)
    return module(x)  # type: ignore[no-any-return]


def _fill_last(module: Layer, layer: Mapping[str, Tensor], rows: Sequence[int | None], unit: float) -> None:
    weight, bias = _real(layer, unit, 1 / LOGIT_STEPS)
    assert module.linear.bias is not None
    for row, known in enumerate(rows):
        if known is not None:
            module.linear.weight[row] = weight[known]
            module.linear.bias[row] = bias[known]


def _real(layer: Mapping[str, Tensor], unit: float, after: float) -> tuple[Tensor, Tensor]:
    weight, factor = layer["weight"].float(), layer["factor"] * after
    return weight * (factor / unit).view(-1, *[1] * (weight.dim() - 1)), layer["bias"] * factor
