"""The networks: the report's MLP, the small CNN that is shipped, and the wide one that teaches it.

Each takes drawings as float32 (N, C, 28, 28), 0 to 1, and gives logits (N, K). C is 1 for the ink alone (mlp), 6 for
the maps of doodle.raster (cnn, wide). All are chains of layers that train/quantize.py can turn into integers.
"""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from doodle.raster import MAPS, PIXELS


class Layer(nn.Module):
    """A linear map, batch normalisation and ReLU: the unit that is quantized."""

    def __init__(self, linear: nn.Linear | nn.Conv2d, *, norm: bool = True, relu: bool = True) -> None:
        super().__init__()
        self.linear = linear
        batch_norm = nn.BatchNorm2d if isinstance(linear, nn.Conv2d) else nn.BatchNorm1d
        self.norm = batch_norm(linear.weight.shape[0]) if norm else nn.Identity()
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.linear(x))
        return torch.relu(x) if self.relu else x


class Residual(nn.Module):
    """relu(x + second(first(x))), two 3x3 convolutions; (N, C, H, W) keeps its shape."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv3x3(channels, channels)
        self.second = conv3x3(channels, channels, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(self.first(x)))


class MeanPool(nn.Module):
    """The mean over height and width: (N, C, H, W) -> (N, C)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


def conv3x3(inputs: int, outputs: int, *, relu: bool = True) -> Layer:
    """A 3x3 convolution that keeps height and width; its bias is the batch norm's."""
    return Layer(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), relu=relu)


def mlp(categories: int, dropout: float = 0.0, norm: bool = True) -> nn.Sequential:
    """The report's network on the ink alone, 784-128-100-K: linear, batch norm, ReLU, dropout."""
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in pairwise((PIXELS, 128, 100)):
        layers += [Layer(nn.Linear(inputs, outputs), norm=norm), nn.Dropout(dropout)]
    return nn.Sequential(*layers, Layer(nn.Linear(100, categories), norm=False, relu=False))


def cnn(categories: int, dropout: float = 0.0) -> nn.Sequential:
    """The shipped CNN: 1.6 M parameters and 50 M multiplications at 345 categories."""
    return nn.Sequential(
        conv3x3(len(MAPS), 32),  # (N, 32, 28, 28)
        nn.MaxPool2d(2),
        conv3x3(32, 64),  # (N, 64, 14, 14)
        conv3x3(64, 64),
        nn.MaxPool2d(2),
        conv3x3(64, 128),  # (N, 128, 7, 7)
        Residual(128),
        Residual(128),
        nn.MaxPool2d(2),
        conv3x3(128, 256),  # (N, 256, 3, 3)
        conv3x3(256, 224),
        MeanPool(),
        nn.Dropout(dropout),
        Layer(nn.Linear(224, categories), norm=False, relu=False),
    )


def wide(categories: int, dropout: float = 0.3) -> nn.Sequential:
    """A teacher, too large to ship: 8 M parameters and 300 M multiplications."""
    return nn.Sequential(
        conv3x3(len(MAPS), 64),
        nn.MaxPool2d(2),
        conv3x3(64, 128),
        Residual(128),
        nn.MaxPool2d(2),
        conv3x3(128, 256),
        *(Residual(256) for _ in range(3)),
        nn.MaxPool2d(2),
        conv3x3(256, 384),
        Residual(384),
        MeanPool(),
        nn.Dropout(dropout),
        Layer(nn.Linear(384, categories), norm=False, relu=False),
    )


NETWORKS: dict[str, Callable[..., nn.Sequential]] = {"mlp": mlp, "cnn": cnn, "wide": wide}


def input_maps(architecture: str) -> tuple[str, ...]:
    """The maps that a network of this architecture looks at."""
    return MAPS[:1] if architecture == "mlp" else MAPS
