"""Networks in whole numbers for tests of the page's engine: random ones, and what torch computes with them."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from doodle.raster import MAPS

Layers = list[dict[str, Any]]

LARGEST = 255


def random_cnn(rng: np.random.Generator, labels: int = 345, width: int = 32) -> Layers:
    """A network of the shipped CNN's shape; with width 32, of its size."""
    channels = [len(MAPS), width, 2 * width, 2 * width, 4 * width]
    stem: Layers = [_conv(rng, *channels[:2]), {"kind": "max pool", "size": 2}]
    stem += [_conv(rng, *channels[1:3]), _conv(rng, *channels[2:4]), {"kind": "max pool", "size": 2}]
    stem.append(_conv(rng, *channels[3:5]))
    blocks = [_residual(rng, 4 * width) for _ in range(2)]
    top = [{"kind": "max pool", "size": 2}, _conv(rng, 4 * width, 8 * width), _conv(rng, 8 * width, 7 * width)]
    mean: Layers = [{"kind": "mean pool", "factor": np.float32(0.3)}, {"kind": "flatten"}]
    return _finish([*stem, *blocks, *top, *mean, _linear(rng, 7 * width, labels)], len(MAPS), none_logit=300)


def random_odd(rng: np.random.Generator) -> Layers:
    """A network of all that the format allows and the shipped ones lack: 5x5 weights, a stride, odd numbers."""
    return _finish(
        [
            _conv(rng, 1, 7, size=5, stride=2),
            _residual(rng, 7, size=1),
            {"kind": "max pool", "size": 3},
            {"kind": "flatten"},
            _linear(rng, 7 * 16, 33),
            _linear(rng, 33, 5),
        ],
        maps=1,
        none_logit=None,
    )


def logits(layers: Layers, maps: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits (N, K) of maps (N, M, 28, 28), computed by torch in float64, where every sum is exact."""
    return _run(layers[:-1], torch.from_numpy(maps).double()).float().numpy()


def _conv(rng: np.random.Generator, inputs: int, outputs: int, size: int = 3, stride: int = 1) -> dict[str, Any]:
    return _layer(rng, (outputs, inputs, size, size), stride)


def _linear(rng: np.random.Generator, inputs: int, outputs: int) -> dict[str, Any]:
    return _layer(rng, (outputs, inputs), 1)


def _layer(rng: np.random.Generator, shape: tuple[int, ...], stride: int) -> dict[str, Any]:
    reach = 0.9 * 2**24 / LARGEST / np.prod(shape[1:])  # of a weight, so that no sum reaches 2**24
    weight = rng.normal(0, min(40.0, reach), shape).clip(-min(127, reach), min(127, reach)).round().astype(np.int8)
    bias, skip = rng.integers(-9000, 9000, shape[0]), rng.integers(0, 300, shape[0])
    factor = np.ones(shape[0], np.float32)
    return {"kind": "layer", "weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias).int()} | {
        "factor": torch.from_numpy(factor),
        "skip": torch.from_numpy(skip).int(),
        "stride": stride,
        "last": False,
    }


def _residual(rng: np.random.Generator, channels: int, size: int = 3) -> dict[str, Any]:
    first, second = (_conv(rng, channels, channels, size) for _ in range(2))
    return {"kind": "residual", "first": first, "second": second}


def _finish(layers: Layers, maps: int, none_logit: int | None) -> Layers:
    """Chooses factors by which activations fill their range, and logits a few thousand."""
    layers[-1]["last"] = True
    rng = np.random.default_rng(1)
    x = torch.from_numpy(rng.integers(0, 256, (16, maps, 28, 28)) * (rng.random((16, maps, 28, 28)) < 0.3)).double()
    for layer in layers:
        if layer["kind"] == "residual":
            _scale(layer["first"], x)
            _scale(layer["second"], _run([layer["first"]], x), x)
        elif layer["kind"] == "layer":
            _scale(layer, x)
        x = _run([layer], x)
    return [*layers, {"kind": "softmax", "none_logit": -(2**24) if none_logit is None else none_logit}]


def _scale(layer: dict[str, Any], x: torch.Tensor, shortcut: torch.Tensor | None = None) -> None:
    sums = _sums(layer, x, shortcut).abs()
    per_output = sums.transpose(0, 1).flatten(1).quantile(0.98, dim=1).clamp(min=1)
    layer["factor"] = ((3000.0 if layer["last"] else LARGEST) / per_output).float()


def _run(layers: Layers, x: torch.Tensor, shortcut: torch.Tensor | None = None) -> torch.Tensor:
    for layer in layers:
        match layer["kind"]:
            case "layer":
                sums = _sums(layer, x, shortcut)
                per_output = (-1, 1, 1) if x.dim() == 4 else (-1,)
                scaled = (sums if layer["last"] else sums.relu()).float() * layer["factor"].reshape(per_output)
                x = torch.round(scaled).double()
                x = x if layer["last"] else x.clamp(max=LARGEST)
            case "residual":
                x = _run([layer["second"]], _run([layer["first"]], x), x)
            case "max pool":
                x = F.max_pool2d(x, layer["size"])
            case "mean pool":
                total = x.sum((2, 3)).float()
                x = torch.round(total * float(layer["factor"])).clamp(max=LARGEST).double()
            case "flatten":
                x = x.flatten(1)
    return x


def _sums(layer: dict[str, Any], x: torch.Tensor, shortcut: torch.Tensor | None) -> torch.Tensor:
    weight, bias = layer["weight"].double(), layer["bias"].double()
    if x.dim() == 2:
        return F.linear(x, weight, bias)
    sums = F.conv2d(x, weight, bias, layer["stride"], weight.shape[-1] // 2)
    return sums if shortcut is None else sums + shortcut * layer["skip"].double()[:, None, None]
