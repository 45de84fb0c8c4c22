"""`python -m train.robustness`: how well a model knows drawings as pictures, beside the same drawings as strokes.

Drawings that no training saw are rendered as people's pictures come: by any pen, on a canvas of any size, in any
colours, small and off-centre, as JPEG, as a photo. Every run renders the same pictures.
"""

import argparse
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from tqdm import tqdm

from doodle.picture import from_picture
from doodle.raster import rasterize
from doodle.recognizer import Classifier, ModelError
from doodle.strokes import DrawingError
from train.dataset import DatasetError, load_strokes
from train.split import TEST, split_of

Drawing = list[list[list[float]]]
Colour = NDArray[np.float64]

LEAST_EXTENT = 48  # pixels of the drawing's longer side: on fewer, people don't recognise many either
THICKEST = 1 / 8  # of the drawing's longer side: twice the pen of the data, which thicker pens make a blot
LEAST_CONTRAST = 60  # between ink and paper, in levels of brightness
OVERSAMPLED = 2800  # pixels: the side of what is drawn and then reduced to the canvas, at most four times the canvas


@dataclass(frozen=True)
class Rendering:
    """How a drawing becomes a picture: the canvas's side, the drawing's extent and the pen, in pixels."""

    side: int
    extent: float
    pen: float
    place: tuple[float, float] = (0.5, 0.5)
    ink: tuple[int, int, int] = (0, 0, 0)
    paper: tuple[int, int, int] = (255, 255, 255)
    light: float = 0.0  # levels by which the paper's brightness changes from one corner to the other
    noise: float = 0.0  # standard deviation, levels
    quality: int | None = None  # of a JPEG; None for a PNG


def canvas(chance: np.random.Generator) -> Rendering:
    """What a page's canvas gives."""
    return Rendering(280, chance.uniform(150, 270), chance.uniform(4, 16))


def pens_and_sizes(chance: np.random.Generator) -> Rendering:
    side = round(_log_uniform(chance, 64, 2000))
    extent = chance.uniform(max(0.7, LEAST_EXTENT / side), 1) * side
    return Rendering(side, extent, _log_uniform(chance, 1, min(24, THICKEST * extent)))


def colours(chance: np.random.Generator) -> Rendering:
    while True:
        ink, paper = chance.integers(0, 256, (2, 3))
        if abs((ink - paper) @ (0.299, 0.587, 0.114)) >= LEAST_CONTRAST:
            return replace(canvas(chance), ink=tuple(ink.tolist()), paper=tuple(paper.tolist()))


def places(chance: np.random.Generator) -> Rendering:
    side = round(_log_uniform(chance, 200, 2000))
    extent = chance.uniform(max(0.1, LEAST_EXTENT / side), 1) * side
    pen = _log_uniform(chance, max(1, extent / 128), min(24, THICKEST * extent))
    return Rendering(side, extent, pen, place=tuple(chance.random(2).tolist()))


def jpeg(chance: np.random.Generator) -> Rendering:
    return replace(colours(chance), quality=40)


def photo(chance: np.random.Generator) -> Rendering:
    ink, paper = chance.integers(0, 90, 3), chance.integers(170, 256, 3)
    rendering = Rendering(
        round(_log_uniform(chance, 300, 1600)), 0, 0, ink=tuple(ink.tolist()), paper=tuple(paper.tolist())
    )
    extent = chance.uniform(0.4, 0.95) * rendering.side
    pen = chance.uniform(extent / 64, min(24, THICKEST * extent))
    place, light, noise = tuple(chance.random(2).tolist()), chance.uniform(0, 80), chance.uniform(0, 8)
    return replace(rendering, extent=extent, pen=pen, place=place, light=light, noise=noise, quality=80)


KINDS: dict[str, Callable[[np.random.Generator], Rendering]] = {
    "a page's canvas: 280 px, pen 4 to 16 px": canvas,
    "canvas 64 to 2,000 px, pen 1 to 24 px": pens_and_sizes,
    "any ink on any paper": colours,
    "10 to 100 % of the frame, anywhere": places,
    "JPEG of quality 40, any colours": jpeg,
    "a photo: uneven light, noise, JPEG": photo,
}


def render(drawing: Drawing, how: Rendering, chance: np.random.Generator) -> bytes:
    """Draw strokes, in any coordinate range, as an encoded picture."""
    covered = _covered(drawing, how)[:, :, None]
    ink, paper = np.array(how.ink), np.array(how.paper, np.float64)
    if how.light or how.noise:
        slope = np.linspace(-0.5, 0.5, how.side, dtype=np.float32)
        paper = paper + (how.light * (slope + slope[:, None]) / 2)[:, :, None]
    pixels = paper + (ink - paper) * covered
    if how.noise:
        pixels += chance.normal(0, how.noise, pixels.shape)
    stream = io.BytesIO()
    image = Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))
    if how.quality is None:
        image.save(stream, "PNG")
    else:
        image.save(stream, "JPEG", quality=how.quality)
    return stream.getvalue()


def _covered(drawing: Drawing, how: Rendering) -> NDArray[np.float32]:
    """How much ink covers each pixel: (side, side), 0 to 1."""
    oversampling = max(1, min(4, OVERSAMPLED // how.side))
    points = np.concatenate([np.array(stroke[:2], np.float64) for stroke in drawing], axis=1)
    lowest, highest = points.min(axis=1), points.max(axis=1)
    scale = (how.extent - how.pen) / max(*(highest - lowest), 1e-9)
    free = how.side - how.pen - (highest - lowest) * scale
    origin = how.pen / 2 + free * how.place - lowest * scale
    image = Image.new("L", (how.side * oversampling, how.side * oversampling))
    brush, radius = ImageDraw.Draw(image), how.pen / 2 * oversampling
    for stroke in drawing:
        path = (np.array(stroke[:2], np.float64) * scale + origin[:, None]) * oversampling
        brush.line(path.T.ravel().tolist(), 255, max(1, round(2 * radius)))
        for x, y in path.T.tolist():
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    covered: NDArray[np.float32] = np.asarray(image.reduce(oversampling), np.float32) / np.float32(255)
    return covered


def _log_uniform(chance: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(chance.uniform(np.log(low), np.log(high))))


def measure(model: Classifier, drawings: list[Drawing], labels: NDArray[np.int64]) -> dict[str, tuple[float, float]]:
    """For strokes and each kind of picture: top-1, and the mean difference from the strokes' bitmap in grey levels."""
    strokes = np.stack([rasterize(drawing) for drawing in drawings])
    results = {"strokes": (_top1(model, strokes, labels), 0.0)}
    for seed, (kind, vary) in enumerate(KINDS.items()):
        chance = np.random.default_rng(seed)
        pictures = [_bitmap(render(each, vary(chance), chance)) for each in tqdm(drawings, kind, leave=False)]
        bitmaps = np.stack(pictures)
        difference = np.abs(bitmaps.astype(float) - strokes).mean()
        results[kind] = _top1(model, bitmaps, labels), float(difference)
    return results


def _bitmap(picture: bytes) -> NDArray[np.uint8]:
    try:
        return from_picture(picture)
    except DrawingError:  # no ink found: counts as a wrong answer like any other
        return np.zeros((28, 28), np.uint8)


def _top1(model: Classifier, bitmaps: NDArray[np.uint8], labels: NDArray[np.int64]) -> float:
    return float((model.probabilities(bitmaps).argmax(axis=1) == labels).mean())


def test_drawings(data: str, model: Classifier, most: int) -> tuple[list[Drawing], NDArray[np.int64]]:
    """Of each of the model's categories that has strokes, at most so many that no training saw, and their labels."""
    drawings: list[Drawing] = []
    labels: list[int] = []
    for label, category in enumerate(model.labels):
        try:
            strokes: list[Any] = load_strokes(data, category)
        except DatasetError:
            continue
        bitmaps = np.stack([rasterize(drawing) for drawing in strokes])
        unseen = np.flatnonzero(split_of(bitmaps) == TEST)[:most]
        drawings += [strokes[n] for n in unseen]
        labels += [label] * len(unseen)
    return drawings, np.array(labels)


def main() -> int:
    options = _parser().parse_args()
    try:
        model = Classifier(options.model)
    except ModelError as error:
        print(f"robustness: {error}", file=sys.stderr)
        return 2
    drawings, labels = test_drawings(options.data, model, options.most)
    if not drawings:
        print(f"robustness: {options.data} holds no strokes of {model.name}'s categories to test on", file=sys.stderr)
        return 2
    results = measure(model, drawings, labels)
    pictures = float(np.mean([top1 for top1, _ in list(results.values())[1:]]))
    print(
        f"{len(drawings)} drawings of {len(set(labels.tolist()))} categories, {model.name}; difference in grey levels:"
    )
    print("  top-1  difference")
    for kind, (top1, difference) in {**results, "all pictures": (pictures, np.nan)}.items():
        print(f"{100 * top1:7.2f}  {'' if np.isnan(difference) else f'{difference:.2f}':>10}  {kind}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m train.robustness", description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=Path("models/cnn.onnx"))
    parser.add_argument("--data", required=True, help="a URL or folder laid out like the public bucket")
    parser.add_argument(
        "--most", type=int, default=40, help="drawings of each category, at most (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
