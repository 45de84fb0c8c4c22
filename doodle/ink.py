"""Which pixels of a picture are ink: those that differ from the paper, and by more than noise does.

The paper may be of any colour and change smoothly over the picture, as light does in a photo. The ink may be of any
colour, thin or thick, and as faint as noise lets it be.
"""

import numpy as np
from numpy.typing import NDArray

from doodle.parts import Mask, Parts
from doodle.strokes import DrawingError

Pixels = NDArray[np.float32]  # (height, width, channels)
Grey = NDArray[np.float32]  # (height, width)
Box = tuple[float, float, float, float]  # left, top, right, bottom

WHOLE: Box = (0, 0, 1, 1)  # a picture's part, in fractions of its width and height

SAMPLES = 32  # along each side: the pixels to which the paper is fitted
TOLERANCES = (96, 64, 48, 32, 24, 16, 12, 12)  # how far a pixel may differ and still be thought paper, in turn
NOISE = 4.0  # standard deviations that noise reaches seldom enough
SEED = 1.3  # times that, which noise reaches in no picture
EDGE, CORE = 0.35, 0.55  # of the ink's contrast: what its pixels have at least, and what its strongest have


def fit_paper(pixels: Pixels, start: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """The paper's colours, a quadratic surface, (6, channels), fitted first to the `start`, else the border's colour.

    What is far from the surface weighs little, the less the longer it is fitted (Geman and McClure's weights,
    made steeper step by step), so that ink does not draw the surface to itself.
    """
    height, width, channels = pixels.shape
    rows = np.linspace(0, height - 1, min(height, SAMPLES)).round().astype(int)
    columns = np.linspace(0, width - 1, min(width, SAMPLES)).round().astype(int)
    x, y = _coordinates(height, width, WHOLE)
    x, y = np.tile(x[columns], len(rows)), np.repeat(y[rows], len(columns))
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    colours = pixels[rows][:, columns].reshape(len(terms), channels)

    paper = np.zeros((6, channels), np.float32)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    paper[0] = np.median(border, axis=0) if start is None else start
    for tolerance in TOLERANCES[0 if start is None else 2 :]:  # what begins at a sheet's colour need not go far
        distance2 = ((colours - terms @ paper) ** 2).sum(axis=1, keepdims=True)
        weighted = terms / (1 + distance2 / tolerance**2) ** 2
        # the small diagonal keeps a picture of a few pixels solvable
        paper = np.linalg.solve(terms.T @ weighted + 1e-3 * np.eye(6, dtype=np.float32), weighted.T @ colours)
    return paper


def find_ink(
    pixels: Pixels, paper: NDArray[np.float32], part: Box, faintest: float, region: Mask | None = None
) -> Mask:
    """Where the ink is in a part of the picture whose paper was fitted. Raises DrawingError if it is nowhere.

    `pixels` are of the `part`, in fractions of the picture; `faintest` is the least contrast of ink.
    It is looked for in the `region` only, where one is given.
    """
    away = difference(pixels, paper, part)
    contrast = np.sqrt(np.einsum("ijk,ijk->ij", away, away))
    ink, noise = _levels(contrast, faintest, region)
    if noise > faintest and away.shape[2] > 1:
        strong = contrast > max(noise, ink / 2)
        contrast = _along_ink(away, strong if region is None else strong & region)
        ink, noise = _levels(contrast, faintest, region)
    if region is not None:
        contrast = contrast * region
    mask = _strong_parts(contrast > max(noise, EDGE * ink), contrast, max(SEED * noise, CORE * ink))
    if not mask.any():
        raise DrawingError("there is no ink in the picture")
    return mask


def _coordinates(height: int, width: int, part: Box) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The x of each column and the y of each row, -1 to 1 over the whole picture."""
    x = part[0] + (np.arange(width) + 0.5) / width * (part[2] - part[0])
    y = part[1] + (np.arange(height) + 0.5) / height * (part[3] - part[1])
    return (2 * x - 1).astype(np.float32), (2 * y - 1).astype(np.float32)


def difference(pixels: Pixels, paper: NDArray[np.float32], part: Box) -> Pixels:
    """Each pixel's colour less the paper's there."""
    height, width, channels = pixels.shape
    x, y = _coordinates(height, width, part)
    one, px, py, pxx, pxy, pyy = paper[:, None, :]
    x = x[:, None]
    along_rows = np.stack([one + px * x + pxx * x * x, py + pxy * x, pyy + 0 * x]).reshape(3, width * channels)
    along_columns = np.stack([np.ones_like(y), y, y * y], axis=1)
    away: Pixels = pixels - (along_columns @ along_rows).reshape(pixels.shape)
    return away


def _levels(contrast: Grey, faintest: float, region: Mask | None) -> tuple[float, float]:
    """The contrast of the ink, and that which noise reaches. Raises DrawingError where nothing exceeds noise."""
    if region is not None:
        contrast = contrast[region]
    some = contrast.ravel()[::4] if contrast.size > 10_000 else contrast
    ink, noise = float(contrast.max()), faintest
    for _ in range(2):
        quiet = some[some < ink / 2]
        if quiet.size:
            middle = np.median(quiet)
            deviation = 1.4826 * np.median(np.abs(quiet - middle))
            noise = max(faintest, float(middle + NOISE * deviation))
        strong = some[some > noise]
        if not strong.size:
            strong = contrast[contrast > noise]
        if not strong.size:
            raise DrawingError("there is no ink in the picture")
        ink = ink_level(strong)
    return ink, noise


def ink_level(contrast: Grey, counts: NDArray[np.intp] | int = 1) -> float:
    """The contrast of ink, given those of its pixels, each so many times: a median in which strong ones weigh more.

    Ink is strong; what light, JPEG and the softness of edges leave is not.
    """
    order = np.argsort(contrast)
    weight = np.cumsum((counts * contrast.astype(np.float64) ** 2)[order])
    return float(contrast[order][np.searchsorted(weight, weight[-1] / 2)])


def _along_ink(difference: Pixels, ink: Mask) -> Grey:
    """How much of each difference is like the ink's and unlike the noise's: Fisher's linear discriminant."""
    colour = difference[ink].mean(axis=0)
    noise = np.cov(difference[~ink].T) + np.diag(np.full(len(colour), 4.0))  # what has no noise is not trusted wholly
    direction = np.linalg.solve(noise, colour)
    direction *= np.linalg.norm(colour) / (direction @ colour)
    contrast: Grey = difference @ direction.astype(np.float32)
    return contrast


def _strong_parts(mask: Mask, contrast: Grey, strong: float) -> Mask:
    """Those connected parts of a mask in which some pixel's contrast is `strong`: ink with its edges, no specks."""
    parts = Parts(mask)
    return parts.mask(parts.largest(contrast) >= strong)
