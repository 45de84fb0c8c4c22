"""What pictures must not get worse by: the drawing alone, in every light, size, colour and file."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.scenes.render import (
    Cover,
    Drawing,
    Pixels,
    Random,
    Scene,
    a_box,
    a_pen,
    a_size,
    any_colour,
    blank,
    cover,
    dark,
    draw,
    encode,
    illuminate,
    light,
    line,
    log_uniform,
    paint,
    photo,
    png,
    screen,
    shapes,
)
from benchmarks.scenes.shown import sheet


def canvas(drawing: Drawing, random: Random) -> bytes:
    pixels = blank(280, 280)
    extent = random.uniform(0.55, 0.97) * 280
    left, top = random.random(2) * (280 - extent)
    draw(pixels, drawing, (left, top, left + extent, top + extent), random.uniform(4, 16))
    return png(pixels)


def transparent_canvas(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random)
    box = a_box(random, width, height)
    colour = (0, 0, 0) if random.random() < 0.5 else any_colour(random)
    return png(blank(width, height, colour), cover(drawing, width, height, box, a_pen(random, box)))


def tight_crop(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random)
    pen = random.uniform(3, 14)
    covered = cover(drawing, width, height, (0, 0, width, height), pen)
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    part = covered[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    pixels = blank(part.shape[1], part.shape[0], light(random))
    paint(pixels, part, dark(random))
    return screen(random, pixels)


def any_colours(drawing: Drawing, random: Random) -> bytes:
    while True:
        ink, paper = any_colour(random), any_colour(random)
        if abs(np.subtract(ink, paper) @ (0.299, 0.587, 0.114)) > 60:
            break
    width, height = a_size(random)
    pixels, box = blank(width, height, paper), a_box(random, width, height)
    draw(pixels, drawing, box, a_pen(random, box), ink)
    return screen(random, pixels)


def small_anywhere(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random, 400, 1600)
    pixels, box = blank(width, height, light(random)), a_box(random, width, height, 0.15, 0.5)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels)


def tiny(drawing: Drawing, random: Random) -> bytes:
    side = int(random.integers(16, 40))
    pixels = blank(side, side)
    draw(pixels, drawing, (1, 1, side - 1, side - 1), 1 + side / 30)
    return png(pixels)


def huge(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random, 2200, 4000)
    pixels, box = blank(width, height), a_box(random, width, height)
    draw(pixels, drawing, box, random.uniform(4, 40))
    return encode(Image.fromarray(pixels.astype(np.uint8)), "JPEG", quality=85)


def tall(drawing: Drawing, random: Random) -> bytes:
    width = int(random.integers(300, 500))
    height = round(width * random.uniform(2.5, 5))
    pixels, box = blank(width, height, light(random)), a_box(random, width, height)
    draw(pixels, drawing, box, random.uniform(4, 12), dark(random))
    return screen(random, pixels)


def jpeg_8(drawing: Drawing, random: Random) -> bytes:
    pixels = sheet(drawing, random, a_size(random))
    return encode(Image.fromarray(pixels.clip(0, 255).astype(np.uint8)), "JPEG", quality=8)


def photo_of_paper(drawing: Drawing, random: Random) -> bytes:
    return photo(random, sheet(drawing, random, a_size(random, 400, 1400)))


def whiteboard(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random, 400, 1200)
    pixels, box = blank(width, height, tuple(random.uniform(190, 235, 3))), a_box(random, width, height)
    colour = [(30, 30, 40), (30, 60, 160), (180, 30, 40), (20, 120, 60)][random.integers(4)]
    covered = cover(drawing, width, height, box, a_pen(random, box))
    paint(pixels, covered * random.uniform(0.75, 1), colour)
    x, y = random.random(2) * (width, height)
    _shine(pixels, x, y, 0.2 * width, 0.5)
    return photo(random, pixels)


def _shine(pixels: Pixels, x: float, y: float, reach: float, strength: float) -> None:
    height, width = pixels.shape[:2]
    distance2 = (np.arange(width) - x)[None, :] ** 2 + (np.arange(height) - y)[:, None] ** 2
    paint(pixels, (strength * np.exp(-distance2 / (2 * reach**2))).astype(np.float32), (255, 255, 255))


def glare(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random, 400, 1000)
    pixels, box = blank(width, height, tuple(random.uniform(170, 215, 3))), a_box(random, width, height)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    x, y = random.random(2) * (width, height)
    _shine(pixels, x, y, random.uniform(0.1, 0.3) * width, 0.55)
    return photo(random, pixels)


def folds(drawing: Drawing, random: Random) -> bytes:
    pixels = sheet(drawing, random, a_size(random, 400, 1000))
    height, width = pixels.shape[:2]
    for position, axis in ((random.uniform(0.3, 0.7), 0), (random.uniform(0.3, 0.7), 1)):
        distance = np.abs(np.linspace(0, 1, (height, width)[axis]) - position)
        shade = (
            1 - 0.12 * np.exp(-((distance / 0.01) ** 2)) - 0.04 * (np.linspace(0, 1, (height, width)[axis]) > position)
        )
        pixels *= shade[:, None, None] if axis == 0 else shade[None, :, None]
    return photo(random, pixels)


def finger(drawing: Drawing, random: Random) -> bytes:
    """A fingertip at the picture's edge."""
    width, height = a_size(random, 400, 1000)
    pixels = blank(width, height, light(random))
    box = a_box(random, width * 0.75, height * 0.75, 0.7, 0.85)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    x, r = random.uniform(0.2, 0.8) * width, 0.07 * width
    shapes(pixels, (205, 155, 130), lambda brush: brush.ellipse((x - r, height - 2 * r, x + r, height + 3 * r), 255), 2)
    return photo(random, pixels)


def vignette(drawing: Drawing, random: Random) -> bytes:
    pixels = sheet(drawing, random, a_size(random, 400, 1000))
    height, width = pixels.shape[:2]
    distance2 = np.linspace(-1, 1, width)[None, :] ** 2 + np.linspace(-1, 1, height)[:, None] ** 2
    return photo(random, (pixels * (1 - random.uniform(0.1, 0.3) * distance2)[:, :, None]).astype(np.float32))


def hard_shadow(drawing: Drawing, random: Random) -> bytes:
    pixels = sheet(drawing, random, a_size(random, 400, 1000))
    height, width = pixels.shape[:2]
    a, b = random.uniform(-1, 1), random.uniform(0.3, 0.7)
    shadow = np.linspace(0, 1, height)[:, None] > b + a * (np.linspace(0, 1, width)[None, :] - 0.5)
    image = Image.fromarray(shadow.astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(0.004 * width))
    shade = np.asarray(image, np.float32)[:, :, None] * np.float32(random.uniform(0.15, 0.35) / 255)
    return photo(random, pixels * (1 - shade))


def pale_rules(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random, 400, 1000)
    pixels, box = blank(width, height, light(random)), a_box(random, width, height)
    step = random.uniform(0.04, 0.09) * height
    for y in np.arange(step, height, step):
        line(pixels, 0, y, width, y, (200, 215, 235))
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels) if random.random() < 0.5 else photo(random, pixels)


def pencil(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random, 400, 1000)
    pixels, box = blank(width, height, light(random)), a_box(random, width, height)
    grain = random.uniform(0.35, 1, (height, width)).astype(np.float32)
    tone = random.uniform(80, 130)
    paint(pixels, cover(drawing, width, height, box, a_pen(random, box) * 0.6) * grain, (tone, tone, tone))
    return photo(random, pixels)


def sticker(drawing: Drawing, random: Random) -> bytes:
    """Ink with a white halo, on transparent."""
    width, height = a_size(random)
    box = a_box(random, width, height)
    pen = a_pen(random, box)
    covered, halo = (cover(drawing, width, height, box, width_) for width_ in (pen, pen * 3))
    pixels = blank(width, height)
    paint(pixels, covered, dark(random))
    return png(pixels, halo)


def rainbow(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random)
    box = a_box(random, width, height)
    x = np.linspace(0, random.uniform(4, 10), width)
    colours = np.stack([110 + 90 * np.cos(x + shift) for shift in (0, 2.1, 4.2)], axis=1)[None] * np.ones(
        (height, 1, 1)
    )
    pixels = blank(width, height)
    paint(pixels, cover(drawing, width, height, box, a_pen(random, box)), colours.astype(np.float32))
    return screen(random, pixels)


def filled(drawing: Drawing, random: Random) -> bytes:
    """Closed outlines filled with the bucket."""
    width, height = a_size(random)
    box = a_box(random, width, height)
    covered = cover(drawing, width, height, box, a_pen(random, box))
    image = Image.fromarray(((covered > 0.5) * 255).astype(np.uint8)).copy()  # writable
    ImageDraw.floodfill(image, (0, 0), 128)
    closed: Cover = (np.asarray(image) == 0).astype(np.float32)
    pixels, ink = blank(width, height), dark(random)
    paint(pixels, closed, ink if random.random() < 0.3 else any_colour(random))
    paint(pixels, covered, ink)
    return screen(random, pixels)


def faint(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random)
    pixels, box = blank(width, height, (250, 250, 248)), a_box(random, width, height)
    tone = random.uniform(150, 205)
    draw(pixels, drawing, box, a_pen(random, box), (tone, tone, tone))
    return screen(random, illuminate(random, pixels, 0.1, 1))


def thin_and_thick(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random, 280, 1200)
    pixels, box = blank(width, height), a_box(random, width, height)
    draw(pixels, drawing, box, log_uniform(random, 1, (box[2] - box[0]) / 10))
    return screen(random, pixels)


CONDITIONS: dict[str, Scene] = {
    "canvas of 280 px": canvas,
    "transparent canvas": transparent_canvas,
    "cropped to the ink": tight_crop,
    "any ink on any paper": any_colours,
    "pen of 1 px to a tenth": thin_and_thick,
    "small, anywhere": small_anywhere,
    "16 to 40 px": tiny,
    "2,200 to 4,000 px": huge,
    "tall screenshot": tall,
    "JPEG of quality 8": jpeg_8,
    "photo of paper": photo_of_paper,
    "whiteboard": whiteboard,
    "glare": glare,
    "folds": folds,
    "finger at the edge": finger,
    "vignette": vignette,
    "hard shadow": hard_shadow,
    "pale rules": pale_rules,
    "pencil": pencil,
    "faint ink": faint,
    "sticker with a halo": sticker,
    "rainbow ink": rainbow,
    "filled": filled,
}
