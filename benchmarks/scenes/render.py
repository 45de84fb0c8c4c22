"""What scenes are made of: paper, ink, text, light, noise and files."""

import io
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Drawing = list[list[list[float]]]
Random = np.random.Generator
Pixels = NDArray[np.float32]  # (height, width, 3), 0 to 255
Cover = NDArray[np.float32]  # (height, width), 0 to 1: how much of each pixel is covered
Colour = tuple[float, ...]
Box = tuple[float, float, float, float]  # left, top, right, bottom
Scene = Callable[[Drawing, Random], bytes]

OVERSAMPLED = 2600  # pixels: the longest side of what is drawn and then reduced, at most three times the picture
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/System/Library/Fonts"), Path("C:/Windows/Fonts"))
WORDS = ("my", "best", "drawing", "of", "today", "see", "it", "shared", "by", "Anna", "page", "two", "guess", "2024")


def blank(width: int, height: int, colour: Colour = (255, 255, 255)) -> Pixels:
    return np.full((height, width, 3), colour, np.float32)


def a_size(random: Random, low: int = 280, high: int = 900) -> tuple[int, int]:
    """Width and height of a picture."""
    side = log_uniform(random, low, high)
    aspect = random.uniform(0.75, 1.35)
    return round(side * aspect**0.5), round(side / aspect**0.5)


def a_box(random: Random, width: float, height: float, least: float = 0.5, most: float = 0.85) -> Box:
    """Where a drawing lies on a sheet of this size."""
    extent = random.uniform(least, most)
    w, h = width * extent, height * extent
    left, top = random.uniform(0.05, 0.95, 2) * (width - w, height - h)
    return left, top, left + w, top + h


def inside(box: Box, left: float, top: float) -> Box:
    return box[0] + left, box[1] + top, box[2] + left, box[3] + top


def a_pen(random: Random, box: Box) -> float:
    return random.uniform(1 / 70, 1 / 22) * min(box[2] - box[0], box[3] - box[1]) + 1


def dark(random: Random, most: float = 90) -> Colour:
    return tuple(random.uniform(0, most, 3)) if random.random() < 0.6 else (0, 0, 0)


def light(random: Random, least: float = 225) -> Colour:
    return tuple(random.uniform(least, 255, 3)) if random.random() < 0.5 else (255, 255, 255)


def any_colour(random: Random) -> Colour:
    return tuple(random.uniform(0, 255, 3))


def log_uniform(random: Random, low: float, high: float) -> float:
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def cover(drawing: Drawing, width: int, height: int, box: Box, pen: float) -> Cover:
    """Strokes, in any coordinate range, by a round pen, as large as the box allows, in its middle."""
    oversampling = max(1, min(3, OVERSAMPLED // max(width, height)))
    image = Image.new("L", (width * oversampling, height * oversampling))
    brush, radius = ImageDraw.Draw(image), pen / 2 * oversampling
    for path in place(drawing, box, pen):
        points = (path * oversampling).T
        if len(points) > 1:
            brush.line(points.ravel().tolist(), 255, max(1, round(2 * radius)))
        for x, y in points.tolist():
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    return np.asarray(image.reduce(oversampling), np.float32) / np.float32(255)


def place(drawing: Drawing, box: Box, pen: float) -> list[NDArray[np.float64]]:
    """The strokes, (2, points) each, where they lie in a picture."""
    strokes = [np.array(stroke[:2], np.float64) for stroke in drawing]
    points = np.concatenate(strokes, axis=1)
    lowest, highest = points.min(axis=1, keepdims=True), points.max(axis=1, keepdims=True)
    room = np.array([[box[2] - box[0] - pen], [box[3] - box[1] - pen]])
    scale = (room / np.maximum(highest - lowest, 1e-9)).min()
    middle = np.array([[box[0] + box[2]], [box[1] + box[3]]]) / 2
    return [(stroke - (lowest + highest) / 2) * scale + middle for stroke in strokes]


def paint(pixels: Pixels, covered: Cover, colour: Colour | Pixels) -> None:
    pixels += covered[:, :, None] * (np.asarray(colour, np.float32) - pixels)


def draw(pixels: Pixels, drawing: Drawing, box: Box, pen: float, colour: Colour = (0, 0, 0)) -> None:
    height, width = pixels.shape[:2]
    paint(pixels, cover(drawing, width, height, box, pen), colour)


def shapes(pixels: Pixels, colour: Colour, act: Callable[[ImageDraw.ImageDraw], object], blur: float = 0) -> None:
    """Paint what `act` draws with Pillow in 255 on a canvas of the picture's size."""
    mask = Image.new("L", (pixels.shape[1], pixels.shape[0]))
    act(ImageDraw.Draw(mask))
    if blur:
        mask = mask.filter(ImageFilter.GaussianBlur(blur))
    paint(pixels, np.asarray(mask, np.float32) / np.float32(255), colour)


def rectangle(pixels: Pixels, box: Box, colour: Colour, radius: float = 0, width: int = 0, blur: float = 0) -> None:
    """Filled, or an outline of this width."""
    fill = {"outline": 255, "width": width} if width else {"fill": 255}
    shapes(pixels, colour, lambda brush: brush.rounded_rectangle(box, radius, **fill), blur)  # type: ignore[arg-type]


def disc(pixels: Pixels, x: float, y: float, radius: float, colour: Colour, blur: float = 0) -> None:
    shapes(pixels, colour, lambda brush: brush.ellipse((x - radius, y - radius, x + radius, y + radius), 255), blur)


def line(pixels: Pixels, x0: float, y0: float, x1: float, y1: float, colour: Colour, width: int = 1) -> None:
    shapes(pixels, colour, lambda brush: brush.line((x0, y0, x1, y1), 255, width))


@lru_cache(1)
def fonts() -> list[str]:
    return sorted(str(path) for folder in FONT_FOLDERS for path in folder.glob("**/*.ttf") if "Math" not in path.name)


def a_font(random: Random, size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    names = fonts()
    if not names:
        return ImageFont.load_default(size)
    return ImageFont.truetype(names[random.integers(len(names))], round(size))


def words(random: Random, count: int | np.integer[Any]) -> str:
    return " ".join(random.choice(WORDS, count).tolist())


def write(
    pixels: Pixels, x: float, y: float, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, colour: Colour
) -> None:
    """Text whose middle is at x, y."""
    shapes(pixels, colour, lambda brush: brush.text((x, y), text, 255, font, "mm"))


def texture(random: Random, width: int, height: int, colour: Colour, strength: float) -> Pixels:
    """A desk: large and small patches, or the grain of wood."""
    grain = random.random() < 0.5
    pixels = blank(width, height, colour)
    for size in (3, 12, 60):
        cells = (size * (6 if grain else 1), size)
        patches = Image.fromarray(random.normal(0, strength / 2, cells).astype(np.float32))
        pixels += np.asarray(patches.resize((width, height), Image.Resampling.BICUBIC))[:, :, None]
    return pixels


def lay(random: Random, sheet: Pixels, desk: Pixels, corners: NDArray[np.float64], shadow: float = 0.3) -> Pixels:
    """The sheet on a desk, its four corners (x, y), clockwise from the top left, at these places; with its shadow."""
    height, width = desk.shape[:2]
    h, w = sheet.shape[:2]
    matrix = _perspective(corners, np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float64))
    image = Image.fromarray(sheet.clip(0, 255).astype(np.uint8))
    options = ((width, height), Image.Transform.PERSPECTIVE, matrix, Image.Resampling.BICUBIC)
    laid = np.asarray(image.transform(*options), np.float32)
    there = Image.new("L", (w, h), 255).transform(*options)
    reach = 0.01 * max(width, height)
    fallen = there.filter(ImageFilter.GaussianBlur(reach)).transform(
        (width, height), Image.Transform.AFFINE, (1, 0, -reach * random.uniform(-1, 1), 0, 1, -reach)
    )
    picture: Pixels = desk * (1 - np.float32(shadow / 255) * np.asarray(fallen, np.float32))[:, :, None]
    paint(picture, np.asarray(there, np.float32) / np.float32(255), laid)
    return picture


def _perspective(targets: NDArray[np.float64], sources: NDArray[np.float64]) -> list[float]:
    rows, values = [], []
    for (x, y), (u, v) in zip(targets, sources, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    solution: list[float] = np.linalg.solve(np.array(rows), np.array(values)).tolist()
    return solution


def illuminate(random: Random, pixels: Pixels, strength: float, noise: float) -> Pixels:
    """Light that falls off smoothly to one side, and the camera's noise."""
    height, width = pixels.shape[:2]
    x, y = np.linspace(-1, 1, width), np.linspace(-1, 1, height)
    angle = random.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * x[None, :] + np.sin(angle) * y[:, None]
    lit = pixels * (1 - strength * (0.5 + 0.35 * slope))[:, :, None]
    noisy: Pixels = (lit + random.normal(0, noise, (height, width, 1))).astype(np.float32)
    return noisy


def photo(random: Random, pixels: Pixels) -> bytes:
    """As a camera takes it: light, a little blur, noise, JPEG."""
    lit = illuminate(random, pixels, random.uniform(0, 0.35), random.uniform(1, 6))
    image = _image(lit).filter(ImageFilter.GaussianBlur(random.uniform(0, 1) * max(pixels.shape) / 1000))
    return encode(image, "JPEG", quality=int(random.integers(60, 95)))


def screen(random: Random, pixels: Pixels) -> bytes:
    """As a program writes it: PNG mostly, sometimes JPEG or WebP."""
    kind = random.choice(["PNG", "PNG", "PNG", "JPEG", "WEBP"])
    return png(pixels) if kind == "PNG" else encode(_image(pixels), kind, quality=int(random.integers(70, 95)))


def png(pixels: Pixels, alpha: Cover | None = None) -> bytes:
    image = _image(pixels)
    if alpha is not None:
        image.putalpha(Image.fromarray((255 * alpha).round().astype(np.uint8)))
    return encode(image, "PNG", compress_level=1)


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))
