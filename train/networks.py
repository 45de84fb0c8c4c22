"""The two networks: the report's MLP and a small CNN, both a chain of layers that `train.quantize` can make whole.

Each takes bitmaps as float32 (N, 1, 28, 28), ink 1 on 0, and gives logits (N, K).
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

PIXELS = 28 * 28


class Layer(nn.Module):
    """A linear map, batch normalisation and ReLU: the unit that becomes whole numbers."""

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
    """relu(x + body(x)): two 3x3 layers that learn what to add to their input; (N, C, H, W) keeps its shape."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(convolution(channels, channels), convolution(channels, channels, relu=False))

    def layers(self) -> tuple[Layer, Layer]:
        first, second = self.body
        assert isinstance(first, Layer) and isinstance(second, Layer)
        return first, second

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.body(x))


def convolution(inputs: int, outputs: int, *, relu: bool = True) -> Layer:
    """A 3x3 convolution that keeps height and width; its bias is the batch norm's."""
    return Layer(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), relu=relu)


def mlp(
    categories: int, *, hidden: Sequence[int] = (128, 100), dropout: float = 0.2, norm: bool = True
) -> nn.Sequential:
    """The report's network, 784-128-100-K: linear, batch norm, ReLU, dropout."""
    sizes = (PIXELS, *hidden)
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in pairwise(sizes):
        layers += [Layer(nn.Linear(inputs, outputs), norm=norm), nn.Dropout(dropout)]
    return nn.Sequential(*layers, Layer(nn.Linear(sizes[-1], categories), norm=False, relu=False))


def cnn(categories: int, *, widths: Sequence[int] = (32, 64, 128, 256), dropout: float = 0.3) -> nn.Sequential:
    """A small CNN for 28x28 bitmaps: four stages, each half as wide and high as the one before."""
    first, second, third, fourth = widths
    return nn.Sequential(
        convolution(1, first),  # (N, first, 28, 28)
        nn.MaxPool2d(2),
        convolution(first, second),  # (N, second, 14, 14)
        convolution(second, second),
        nn.MaxPool2d(2),
        convolution(second, third),  # (N, third, 7, 7)
        Residual(third),
        nn.MaxPool2d(2),
        convolution(third, fourth),  # (N, fourth, 3, 3)
        nn.Flatten(),
        nn.Dropout(dropout),
        Layer(nn.Linear(9 * fourth, categories), norm=False, relu=False),
    )
