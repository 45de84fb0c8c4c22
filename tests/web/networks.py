"""Integer networks with random weights, and files of them, for tests of the page's engine."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from doodle.model_card import ModelCard
from doodle.raster import MAPS
from export import onnx_file
from export.pack import pack as pack_file
from train.integer import (
    EXACT,
    IntegerLayer,
    IntegerMeanPool,
    IntegerNetwork,
    IntegerResidual,
    accumulate,
    pack,
    per_output,
)

MAX_ACTIVATION = 255


class Maker:
    """Makes layers whose activations fill their range, by what a few random inputs (N, maps, 28, 28) give there."""

    def __init__(self, rng: np.random.Generator, maps: int) -> None:
        self.rng = rng
        ink = rng.integers(0, 256, (16, maps, 28, 28)) * (rng.random((16, maps, 28, 28)) < 0.3)
        self.x = torch.from_numpy(ink).float()
        self.modules: list[nn.Module] = []

    def add(self, *modules: nn.Module) -> None:
        for module in modules:
            self.modules.append(module)
            self.x = module(self.x)

    def conv(self, outputs: int, size: int = 3) -> None:
        self.add(self._layer(self.x, outputs, size))

    def residual(self, size: int = 3) -> None:
        channels = self.x.shape[1]
        first = self._layer(self.x, channels, size)
        self.add(IntegerResidual(first, self._layer(first(self.x), channels, size, self.x)))

    def linear(self, outputs: int, last: bool = False) -> None:
        self.add(self._layer(self.x, outputs, None, last=last))

    def _layer(
        self, x: Tensor, outputs: int, size: int | None, shortcut: Tensor | None = None, last: bool = False
    ) -> IntegerLayer:
        shape = (outputs, x.shape[1]) if size is None else (outputs, x.shape[1], size, size)
        reach = min(127.0, 0.9 * EXACT / MAX_ACTIVATION / np.prod(shape[1:]))  # so that no sum reaches 2**24
        weight = torch.from_numpy(self.rng.normal(0, 40, shape).clip(-reach, reach).round()).float()
        bias, skip = (torch.from_numpy(self.rng.integers(0, 300, outputs)).float() for _ in range(2))
        sums = accumulate(x, weight, bias)
        if shortcut is not None:
            sums += shortcut * per_output(skip, x)
        typical = sums.abs().transpose(0, 1).flatten(1).quantile(0.98, dim=1).clamp(min=1)
        factor = (3000 if last else MAX_ACTIVATION) / typical
        return IntegerLayer(weight, bias, factor, skip if shortcut is not None else torch.zeros(outputs), last)


def random_cnn(rng: np.random.Generator, labels: int = 345, width: int = 32) -> IntegerNetwork:
    """A network that looks at all maps; with width 32, of the size that is shipped."""
    make = Maker(rng, len(MAPS))
    make.conv(width)
    make.add(nn.MaxPool2d(2))
    make.conv(2 * width)
    make.conv(2 * width)
    make.add(nn.MaxPool2d(2))
    make.conv(4 * width)
    make.residual()
    make.residual()
    make.add(nn.MaxPool2d(2))
    make.conv(8 * width)
    make.conv(7 * width)
    make.add(IntegerMeanPool(torch.tensor(0.3)))
    make.linear(labels, last=True)
    return IntegerNetwork(*make.modules, none_logit=300).eval()


def random_odd(rng: np.random.Generator) -> IntegerNetwork:
    """A network of all that the format allows and the shipped ones lack: 5x5 and 1x1 weights, odd numbers."""
    make = Maker(rng, 1)
    make.conv(7, size=5)
    make.residual(size=1)
    make.add(nn.MaxPool2d(5), nn.Flatten())
    make.linear(33)
    make.linear(5, last=True)
    return IntegerNetwork(*make.modules).eval()


def write(folder: Path, name: str, network: IntegerNetwork, maps: int) -> None:
    """Write NAME.onnx and NAME.bin, whose labels are "thing 0", "thing 1" and so on."""
    layers = pack(network)
    [last] = [layer for layer in layers if layer.get("last")]
    labels = [f"thing {number}" for number in range(len(last["bias"]))]
    data = {"source": "none", "license": "MIT", "synthetic": True, "counts": {}, "fingerprint": "0"}
    figures = {"top1": 0.0, "top3": 0.0, "drawings": 0, "per_category": {}}
    none_logit = None if network.none_logit == -EXACT else network.none_logit
    card = ModelCard(
        labels=labels,
        architecture="random",
        parameters=0,
        input={"maps": list(MAPS[:maps]), "rule": "none"},
        none_logit=none_logit,
        data=data,
        figures=figures,
        threshold=0.5,
        version="0",
    )
    (folder / f"{name}.onnx").write_bytes(onnx_file.build(network, card).SerializeToString())
    (folder / f"{name}.bin").write_bytes(pack_file(layers, card.to_dict()))
