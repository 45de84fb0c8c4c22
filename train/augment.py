"""A batch of bitmaps becomes a batch of varied bitmaps: how else could the same drawing have been made?

All of it is tensor operations over the whole batch, on the batch's device. Strengths are chosen so that what made the
training bitmaps unlike each other (restored noise, restored aspect ratios, resampling) tells no category apart.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

EDGE = 0.03  # of the ink: a pixel that has more than this, and lacks more than this, is at a stroke's edge
INK = 0.3  # what counts as ink where the extent of a drawing is measured
FRAME = 26 / 28  # of the side, spanned by the ink of a drawing that fits its frame: the median of real ones


@dataclass(frozen=True)
class Augmentation:
    """How far a drawing may vary; every amount is the largest, drawn evenly up to it in both directions."""

    rotation: float = 12.0  # degrees
    shear: float = 0.12
    aspect: float = 0.18  # natural log of the factor, as is scale
    elastic: float = 0.9  # pixels
    refit: bool = True  # bring the deformed drawing to its frame again, as the server does with every drawing
    scale: float = 0.03
    shift: float = 0.3  # pixels
    weight: float = 0.6  # of the way to a pen one pixel thinner or thicker on each side
    brightness: float = 0.25  # of the ink
    gaps: float = 0.0  # chance that a small square of the drawing is missing
    flip: float = 0.0  # chance of a mirror image, as in the report
    specks: float = 0.0  # of the pixels at strokes' edges that are inverted, as noise in some copies of the data does

    def __call__(self, bitmaps: Tensor, generator: torch.Generator) -> Tensor:
        """Vary bitmaps (N, 1, 28, 28), float32 of 0 to 1; the same shape and range comes back."""
        return self._vary_ink(self._warp(self._speck(bitmaps, generator), generator), generator)

    def _speck(self, bitmaps: Tensor, generator: torch.Generator) -> Tensor:
        if not self.specks:
            return bitmaps
        rate = torch.rand(len(bitmaps), 1, 1, 1, generator=generator, device=bitmaps.device) * self.specks
        chosen = torch.rand(bitmaps.shape, generator=generator, device=bitmaps.device) < rate
        return torch.where(chosen & (bitmaps > EDGE) & (bitmaps < 1 - EDGE), 1 - bitmaps, bitmaps)

    def _warp(self, bitmaps: Tensor, generator: torch.Generator) -> Tensor:
        count, device = len(bitmaps), bitmaps.device
        shape, pixel = list(bitmaps.shape), 2 / bitmaps.shape[-1]  # grid_sample's coordinates run from -1 to 1

        def evenly(limit: float) -> Tensor:
            return (torch.rand(count, generator=generator, device=device) * 2 - 1) * limit

        # where in the bitmap each point of the new one comes from: turned, slanted and stretched ...
        angle, aspect, shear = (
            torch.deg2rad(evenly(self.rotation)),
            torch.exp(evenly(self.aspect) / 2),
            evenly(self.shear),
        )
        mirror = torch.where(torch.rand(count, generator=generator, device=device) < self.flip, -1.0, 1.0)
        cos, sin = torch.cos(angle), torch.sin(angle)
        turn = _matrix(
            mirror * cos * aspect, (shear * cos - sin) * aspect, mirror * sin / aspect, (shear * sin + cos) / aspect
        )
        # ... and displaced by a smooth random field: a coarse one, enlarged
        coarse = (torch.rand(count, 2, 5, 5, generator=generator, device=device) * 2 - 1) * (self.elastic * pixel)
        field = F.interpolate(coarse, size=shape[-2:], mode="bicubic", align_corners=True)

        size, middle = torch.exp(evenly(self.scale)), torch.stack([evenly(self.shift), evenly(self.shift)], 1) * pixel
        if self.refit:
            loose = (
                torch.eye(2, device=device).expand(count, 2, 2) / FRAME
            )  # with room for what turning pushes outwards
            extent, centre = _extent(_sample(bitmaps, loose, torch.zeros_like(middle), turn, field))
            size, middle = size * extent / FRAME**2, middle + centre / FRAME
        frame = size[:, None, None] * torch.eye(2, device=device)
        return _sample(bitmaps, frame, middle, turn, field)

    def _vary_ink(self, bitmaps: Tensor, generator: torch.Generator) -> Tensor:
        count, device = len(bitmaps), bitmaps.device

        def chance(*shape: int) -> Tensor:
            return torch.rand(count, *shape, generator=generator, device=device)

        thicker = F.max_pool2d(bitmaps, 3, stride=1, padding=1)
        thinner = -F.max_pool2d(-bitmaps, 3, stride=1, padding=1)
        amount = (chance(1, 1, 1) * 2 - 1) * self.weight
        bitmaps = torch.lerp(bitmaps, torch.where(amount > 0, thicker, thinner), amount.abs())
        # a pen's edge is sharp or soft, its ink strong or faint
        gain = 1 + (chance(1, 1, 1) * 2 - 1) * self.brightness
        bitmaps = (bitmaps * gain).clamp(0, 1)
        column = torch.arange(bitmaps.shape[-1], device=device)
        hole = 3 * (chance(1) < self.gaps)  # pixels to a side
        left, top = (chance(1) * 25).floor(), (chance(1) * 25).floor()
        in_columns = (column >= left) & (column < left + hole)
        in_rows = (column >= top) & (column < top + hole)
        return bitmaps * ~(in_rows[:, None, :, None] & in_columns[:, None, None, :])


# nothing varies
STILL = Augmentation(
    rotation=0, shear=0, aspect=0, elastic=0, refit=False, scale=0, shift=0, weight=0, brightness=0, gaps=0, flip=0
)


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
