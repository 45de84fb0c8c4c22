"""Find the sheet: the part of a picture that the drawing lies on, between desk, bars, shadows and windows.

A sheet is a large region of one colour, which may change smoothly as light does. Where one lies within another, as a
page on an even desk does, it is the inner one if it has a sheet's shape, four corners, and something drawn on it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from doodle.ink import WHOLE, Pixels, difference, fit_paper
from doodle.parts import Mask, Parts

STEP = 2  # pixels: of the picture looked at, every second is enough
SAME = 30.0  # colours that differ less, as ink measures it, are one paper's: noise and JPEG's blocks included
BIN = 24.0  # the width of a colour's bin when the commonest is looked for
LEAST_SHARE = 0.08  # of the picture, which a sheet has
MOST_SHEETS = 3  # that are looked at
PIECE = 0.03  # of the picture, which a part of the sheet has that ink cut off
WHOLE_SHARE = 0.985  # a sheet that has more of the picture is all of it
SIDE_HIDDEN = 0.8  # of the picture's outermost pixels beyond the sheet, which are no paper
FOUR_CORNERS = 0.93  # of a sheet's area, which lies between its four corners
EVEN = 0.6  # of an inner sheet's area, which is its paper; the rest is ink
LEAST_DRAWN = 0.2  # of an inner sheet's width or height, which is drawn on
SHADES = 0.5, 0.93  # of a sheet's brightness, which it has in a shadow
SAME_HUE = 8.0  # difference of colours, brightness aside, that are one paper's in and out of a shadow
MARGIN = 0.012  # of the picture's longer side: what lies so near a sheet's edge is the edge


class Sheet(NamedTuple):
    """The paper's colours, see `fit_paper`, and where the sheet is: None where it is the whole picture."""

    paper: NDArray[np.float32]
    region: Mask | None


class _Candidate(NamedTuple):
    paper: NDArray[np.float32]
    even: Mask  # where it has the paper's colour
    hull: Mask
    corners: float  # the share of the hull that lies between its four corners
    colour: NDArray[np.float32]


def find_sheet(pixels: Pixels) -> Sheet:
    """The sheet of a picture, (height, width, channels)."""
    small = pixels[::STEP, ::STEP]
    candidates = _candidates(small)
    if not candidates:
        return Sheet(fit_paper(pixels), None)
    sheet = candidates[0]
    for other in candidates[1:]:
        inner, outer = sorted((sheet, other), key=lambda candidate: int(candidate.hull.sum()))
        if not _is_sheet_within(inner, outer) and _is_shadow(sheet.colour, other.colour):
            return Sheet(fit_paper(pixels), None)
        sheet = inner if _is_sheet_within(inner, outer) else outer if sheet is outer else _larger(sheet, other)
    region = _region(sheet)
    return Sheet(sheet.paper, None if region is None else _enlarge(region, pixels.shape[:2]))


def _larger(sheet: _Candidate, other: _Candidate) -> _Candidate:
    """The outer one of two, if it is a sheet's worth; else the one with more paper."""
    return sheet if other.even.sum() < 0.5 * sheet.even.sum() else other


def _candidates(pixels: Pixels) -> list[_Candidate]:
    found: list[_Candidate] = []
    left = np.ones(pixels.shape[:2], bool)
    while len(found) < MOST_SHEETS and left.mean() > LEAST_SHARE:
        colours = pixels[left]
        colour = _commonest(colours[:: max(1, len(colours) // 4000)])
        paper = fit_paper(pixels, colour)
        even = np.linalg.norm(difference(pixels, paper, WHOLE), axis=2) < SAME
        near = np.linalg.norm(pixels - colour, axis=2) < SAME
        fresh = (even | near) & left
        if fresh.mean() < LEAST_SHARE:
            break
        left &= ~fresh
        candidate = _candidate(paper, even, pixels[even].mean(axis=0))
        if candidate is not None:
            found.append(candidate)
    return found


def _commonest(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    bins = np.floor(colours / BIN).astype(np.int64)
    codes = bins @ (1 << (12 * np.arange(bins.shape[1])))
    values, counts = np.unique(codes, return_counts=True)
    middle: NDArray[np.float32] = np.median(colours[codes == values[counts.argmax()]], axis=0)
    return middle


def _candidate(paper: NDArray[np.float32], even: Mask, colour: NDArray[np.float32]) -> _Candidate | None:
    parts = Parts(_erode(even))
    large = parts.areas >= min(PIECE * even.size, parts.areas.max(initial=0))
    if not large.any() or parts.areas[large].sum() < LEAST_SHARE / 2 * even.size:
        return None
    hull, corners = _hull(parts.mask(large))
    return _Candidate(paper, even, hull, corners, colour)


def _is_sheet_within(inner: _Candidate, outer: _Candidate) -> bool:
    """Whether the inner one is a sheet on the outer, and not a filled part of a drawing on it."""
    area = inner.hull.sum()
    if (inner.hull & ~outer.hull).sum() > 0.05 * area or area > WHOLE_SHARE * inner.hull.size:
        return False
    if inner.corners < FOUR_CORNERS or (inner.hull & inner.even).sum() < EVEN * area:
        return False
    drawn = _erode(inner.hull, 4) & ~inner.even
    return _span(drawn) > LEAST_DRAWN * _span(inner.hull)


def _is_shadow(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Whether colours differ as those of one paper in and out of a shadow."""
    darker, lighter = sorted((one, other), key=lambda colour: float(colour[0]))
    shade = darker[0] / max(lighter[0], 1)
    alike = np.abs(darker[1:] - shade * lighter[1:]).max(initial=0) < SAME_HUE
    return bool(SHADES[0] < shade < SHADES[1] and alike)


def _span(mask: Mask) -> int:
    return max(int(mask.any(axis=0).sum()), int(mask.any(axis=1).sum()))


def _region(sheet: _Candidate) -> Mask | None:
    """Where the sheet is, without its edge; None where it is the whole picture."""
    hull, even = sheet.hull, sheet.even
    if hull.mean() > WHOLE_SHARE:
        return None
    # what is cropped to its ink touches the picture's sides here and there; surroundings cover them
    hidden = _ring(~even)[~_ring(hull)]
    if hidden.size and hidden.mean() < SIDE_HIDDEN:
        return None
    region: Mask = _erode(np.pad(hull, 1, mode="edge"), 1 + round(MARGIN * max(hull.shape)))[1:-1, 1:-1]
    return region if (region & ~even).any() else None


def _ring(mask: Mask) -> Mask:
    """The outermost pixels of a picture."""
    return np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])


def _erode(mask: Mask, radius: int = 1) -> Mask:
    """Without what is so near to its edge; the picture's own edge is none."""
    padded = np.pad(mask, radius, mode="edge").astype(np.uint8) * 255
    blurred = np.asarray(Image.fromarray(padded).filter(ImageFilter.BoxBlur(radius)))
    eroded: Mask = blurred[radius:-radius, radius:-radius] == 255
    return eroded


def _hull(mask: Mask) -> tuple[Mask, float]:
    """The convex hull of a mask, and the share of it that lies between its four corners."""
    rows = np.flatnonzero(mask.any(axis=1))
    left = mask[rows].argmax(axis=1)
    right = mask.shape[1] - 1 - mask[rows][:, ::-1].argmax(axis=1)
    points = np.concatenate([np.stack([left, rows], axis=1), np.stack([right, rows], axis=1)])
    outline = _convex(points)
    image = Image.new("L", (mask.shape[1], mask.shape[0]))
    closed = [tuple(point) for point in [*outline, outline[0]]]  # two points at least, which Pillow wants
    ImageDraw.Draw(image).polygon(closed, fill=255)
    polygon = np.array(outline)
    corners = polygon[[(polygon @ way).argmax() for way in np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])]]
    return np.asarray(image) > 0, _area(corners) / max(_area(polygon), 1)


def _area(polygon: NDArray[np.intp]) -> float:
    x, y = polygon.T
    return abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1))) / 2


def _convex(points: NDArray[np.intp]) -> list[tuple[int, int]]:
    """The points around all others, in order (Andrew's monotone chain)."""
    ordered = sorted(set(map(tuple, points.tolist())))

    def half(some: list[tuple[int, int]]) -> list[tuple[int, int]]:
        chain: list[tuple[int, int]] = []
        for x, y in some:
            while len(chain) > 1:
                (x0, y0), (x1, y1) = chain[-2:]
                if (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) > 0:
                    break
                chain.pop()
            chain.append((x, y))
        return chain[:-1]

    return half(ordered) + half(ordered[::-1]) or ordered


def _enlarge(region: Mask, shape: tuple[int, ...]) -> Mask:
    return np.repeat(np.repeat(region, STEP, axis=0), STEP, axis=1)[: shape[0], : shape[1]]
