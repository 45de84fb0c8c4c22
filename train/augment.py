"""How else could the same drawing have been made? Strokes are varied before they are drawn, bitmaps after.

Strokes (numpy, in the loader's workers): turned, slanted, stretched and bent; strokes displaced, resized, missing or
drawn in another order or direction; an unsteady hand. Bitmaps (torch, on the network's device): warped, their ink
thicker or fainter, pixels of edges inverted, so that nothing tells a bitmap of the data set from drawn strokes.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from doodle.raster import Strokes

EDGE = 0.03  # of the ink: a pixel that has more than this, and lacks more than this, is at a stroke's edge
INK = 0.3  # what counts as ink where the extent of a drawing is measured
FRAME = 26 / 28  # of the side, spanned by the ink of a drawing that fits its frame: the median of real ones


@dataclass(frozen=True)
class StrokeAugmentation:
    """How far strokes vary; amounts are standard deviations, the drawing's longer side being 1, or chances."""

    rotation: float = 6.0  # degrees
    shear: float = 0.08
    aspect: float = 0.10  # natural log of the factor, as is resize
    bend: float = 0.12  # quadratic distortion
    shift: float = 0.012  # of each stroke
    resize: float = 0.03  # of each stroke about its middle
    tremor: float = 0.004  # of each point
    drop: float = 0.02  # chance of each stroke to be missing, in drawings of several
    unfinished: float = 0.08  # chance that the last stroke is missing
    reverse: float = 0.04  # chance of each stroke to be drawn the other way round
    flip: float = 0.0  # chance of a mirror image
    pen: float = 0.12  # natural log of the pen's width

    def __call__(self, drawings: Strokes, rng: np.random.Generator) -> Strokes:
        """Vary drawings in any coordinate range; they come back with the longer side spanning about 1."""
        drawings = self._drop(drawings, rng)
        points, lengths, counts = drawings
        sizes = np.add.reduceat(lengths, np.cumsum(counts) - counts)  # points of each drawing
        begins = np.cumsum(sizes) - sizes
        low, high = np.minimum.reduceat(points, begins, axis=1), np.maximum.reduceat(points, begins, axis=1)
        extent = np.maximum((high - low).max(axis=0), 1e-6)
        points = (points - np.repeat((low + high) / 2, sizes, axis=1)) / np.repeat(extent, sizes)
        points = self._move_strokes(points, lengths, rng) + self.tremor * rng.standard_normal(points.shape)
        points = self._bend(points, sizes, rng)
        return self._reverse(Strokes(points, lengths, counts), rng)

    def _drop(self, drawings: Strokes, rng: np.random.Generator) -> Strokes:
        points, lengths, counts = drawings
        ends = np.cumsum(counts)
        keep = rng.random(len(lengths)) >= np.where(np.repeat(counts, counts) > 2, self.drop, 0)
        last = ends[counts > 2] - 1
        keep[last] &= rng.random(len(last)) >= self.unfinished
        keep[ends[np.add.reduceat(keep, ends - counts, dtype=np.intp) == 0] - 1] = True  # never all
        kept = np.add.reduceat(keep, ends - counts, dtype=np.intp)
        return Strokes(points[:, np.repeat(keep, lengths)], lengths[keep], kept)

    def _move_strokes(
        self, points: NDArray[np.float64], lengths: NDArray[np.intp], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        middle = np.add.reduceat(points, np.cumsum(lengths) - lengths, axis=1) / lengths
        shift = self.shift * rng.standard_normal((2, len(lengths)))
        size = np.exp(self.resize * rng.standard_normal((2, len(lengths))))
        offset = middle * (1 - size) + shift
        moved: NDArray[np.float64] = points * np.repeat(size, lengths, axis=1) + np.repeat(offset, lengths, axis=1)
        return moved

    def _bend(
        self, points: NDArray[np.float64], sizes: NDArray[np.intp], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """An affine map and a quadratic distortion of each drawing."""
        count = len(sizes)
        angle, shear = np.deg2rad(self.rotation) * rng.standard_normal(count), self.shear * rng.standard_normal(count)
        aspect = np.exp(self.aspect / 2 * rng.standard_normal(count))
        mirror = np.where(rng.random(count) < self.flip, -1.0, 1.0)
        cos, sin = np.cos(angle), np.sin(angle)
        each = np.stack([mirror * cos * aspect, shear * cos - sin, mirror * sin, (shear * sin + cos) / aspect])
        each = np.concatenate([each, self.bend * rng.standard_normal((4, count))])
        xx, xy, yx, yy, a, b, c, d = np.repeat(each, sizes, axis=1)
        x, y = points
        return np.stack([xx * x + xy * y + (a * x + b * y) * y, yx * x + yy * y + (c * y + d * x) * x])

    def _reverse(self, drawings: Strokes, rng: np.random.Generator) -> Strokes:
        points, lengths, counts = drawings
        first = np.cumsum(lengths) - lengths
        reverse = np.repeat(rng.random(len(lengths)) < self.reverse, lengths)
        index = np.arange(points.shape[1])
        mirrored = np.repeat(2 * first + lengths - 1, lengths) - index
        return Strokes(points[:, np.where(reverse, mirrored, index)], lengths, counts)

    def pen_factor(self, rng: np.random.Generator) -> float:
        return float(np.exp(self.pen * rng.standard_normal()))


@dataclass(frozen=True)
class BitmapAugmentation:
    """How far bitmaps vary; every amount is the largest, drawn evenly up to it in both directions."""

    rotation: float = 12.0  # degrees
    shear: float = 0.12
    aspect: float = 0.18  # natural log of the factor, as is scale
    elastic: float = 0.9  # pixels
    scale: float = 0.03
    shift: float = 0.3  # pixels
    weight: float = 0.6  # of the way to a pen one pixel thinner or thicker on each side
    brightness: float = 0.25  # of the ink
    specks: float = 0.02  # of the pixels at strokes' edges that are inverted, as in some copies of the data
    flip: float = 0.0  # chance of a mirror image

    def __call__(self, bitmaps: Tensor, generator: torch.Generator) -> Tensor:
        """Vary bitmaps (N, 1, 28, 28), float32 of 0 to 1; the same shape and range comes back."""
        return self._vary_ink(self._warp(self._speck(bitmaps, generator), generator), generator)

    def _speck(self, bitmaps: Tensor, generator: torch.Generator) -> Tensor:
        rate = torch.rand(len(bitmaps), 1, 1, 1, generator=generator, device=bitmaps.device) * self.specks
        chosen = torch.rand(bitmaps.shape, generator=generator, device=bitmaps.device) < rate
        return torch.where(chosen & (bitmaps > EDGE) & (bitmaps < 1 - EDGE), 1 - bitmaps, bitmaps)

    def _warp(self, bitmaps: Tensor, generator: torch.Generator) -> Tensor:
        count, device = len(bitmaps), bitmaps.device
        shape, pixel = list(bitmaps.shape), 2 / bitmaps.shape[-1]  # grid_sample's coordinates run from -1 to 1

        def evenly(limit: float) -> Tensor:
            return (torch.rand(count, generator=generator, device=device) * 2 - 1) * limit

        # where in the bitmap each point of the new one comes from: turned, slanted and stretched ...
        angle, aspect = torch.deg2rad(evenly(self.rotation)), torch.exp(evenly(self.aspect) / 2)
        shear = evenly(self.shear)
        mirror = torch.where(torch.rand(count, generator=generator, device=device) < self.flip, -1.0, 1.0)
        cos, sin = torch.cos(angle), torch.sin(angle)
        turn = _matrix(
            mirror * cos * aspect, (shear * cos - sin) * aspect, mirror * sin / aspect, (shear * sin + cos) / aspect
        )
        # ... and displaced by a smooth random field: a coarse one, enlarged
        coarse = (torch.rand(count, 2, 5, 5, generator=generator, device=device) * 2 - 1) * (self.elastic * pixel)
        field = F.interpolate(coarse, size=shape[-2:], mode="bicubic", align_corners=True)

        # brought to its frame again, as every drawing is that is served, with room for what turning pushes outwards
        middle = torch.stack([evenly(self.shift), evenly(self.shift)], 1) * pixel
        loose = torch.eye(2, device=device).expand(count, 2, 2) / FRAME
        extent, centre = _extent(_sample(bitmaps, loose, torch.zeros_like(middle), turn, field))
        size, middle = torch.exp(evenly(self.scale)) * extent / FRAME**2, middle + centre / FRAME
        frame = size[:, None, None] * torch.eye(2, device=device)
        return _sample(bitmaps, frame, middle, turn, field)

    def _vary_ink(self, bitmaps: Tensor, generator: torch.Generator) -> Tensor:
        def chance() -> Tensor:
            return torch.rand(len(bitmaps), 1, 1, 1, generator=generator, device=bitmaps.device)

        thicker = F.max_pool2d(bitmaps, 3, stride=1, padding=1)
        thinner = -F.max_pool2d(-bitmaps, 3, stride=1, padding=1)
        amount = (chance() * 2 - 1) * self.weight
        bitmaps = torch.lerp(bitmaps, torch.where(amount > 0, thicker, thinner), amount.abs())
        # a pen's edge is sharp or soft, its ink strong or faint
        return (bitmaps * (1 + (chance() * 2 - 1) * self.brightness)).clamp(0, 1)


def _sample(bitmaps: Tensor, frame: Tensor, middle: Tensor, turn: Tensor, field: Tensor) -> Tensor:
    """The bitmaps seen through a frame (N, 2, 2) about a middle (N, 2), then turned and displaced."""
    seen = F.affine_grid(torch.cat([frame, middle[:, :, None]], 2), list(bitmaps.shape), align_corners=False)
    moved = F.grid_sample(field, seen, padding_mode="border", align_corners=False).permute(0, 2, 3, 1)
    return F.grid_sample(bitmaps, torch.einsum("nhwi,nji->nhwj", seen, turn) + moved, align_corners=False)


def _extent(bitmaps: Tensor) -> tuple[Tensor, Tensor]:
    """Half the longer side of each drawing (N,) and its middle (N, 2), in coordinates of -1 to 1."""
    ink = bitmaps[:, 0] > INK
    pixel = 2 / ink.shape[-1]
    axis = torch.arange(ink.shape[-1], device=ink.device) * pixel + pixel / 2 - 1
    sides = []
    for any_ink in (ink.any(1), ink.any(2)):  # across, down
        low = torch.where(any_ink, axis, 1.0).amin(1) - pixel / 2
        high = torch.where(any_ink, axis, -1.0).amax(1) + pixel / 2
        blank = ~any_ink.any(1)  # nothing to fit: the whole frame
        sides.append((low.masked_fill(blank, -FRAME), high.masked_fill(blank, FRAME)))
    (left, right), (top, bottom) = sides
    middle = torch.stack([left + right, top + bottom], 1) / 2
    return torch.maximum(right - left, bottom - top).clamp(min=2 * pixel) / 2, middle


def _matrix(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    return torch.stack([torch.stack([a, b], 1), torch.stack([c, d], 1)], 1)
