"""Scenes to tune on: screenshots, exports, notebooks and photos, each with something around or under the drawing."""

import numpy as np
from PIL import Image

from benchmarks.scenes.render import (
    Box,
    Colour,
    Drawing,
    Pixels,
    Random,
    Scene,
    a_box,
    a_font,
    a_pen,
    a_size,
    any_colour,
    blank,
    dark,
    disc,
    draw,
    encode,
    inside,
    lay,
    light,
    line,
    photo,
    png,
    rectangle,
    screen,
    shapes,
    texture,
    words,
    write,
)
from doodle.raster import rasterize


def sheet(drawing: Drawing, random: Random, size: tuple[int, int], least: float = 0.5, most: float = 0.85) -> Pixels:
    """A drawing alone on its paper."""
    width, height = size
    pixels = blank(width, height, light(random))
    box = a_box(random, width, height, least, most)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return pixels


def plain(drawing: Drawing, random: Random) -> bytes:
    return screen(random, sheet(drawing, random, a_size(random)))


def frame_at_edge(drawing: Drawing, random: Random) -> bytes:
    pixels = sheet(drawing, random, a_size(random))
    height, width = pixels.shape[:2]
    rectangle(pixels, (0, 0, width - 1, height - 1), dark(random, 160), width=int(random.integers(1, 5)))
    return screen(random, pixels)


def frame_inside(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random)
    inset = random.uniform(8, 30)
    pixels = blank(width, height, light(random))
    box = inside(a_box(random, width - 2 * inset - 20, height - 2 * inset - 20), inset + 10, inset + 10)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    radius = random.choice([0, 0, 12])
    frame = (inset, inset, width - inset, height - inset)
    rectangle(pixels, frame, dark(random, 160), radius, width=int(random.integers(1, 5)))
    return screen(random, pixels)


def bars_at_sides(drawing: Drawing, random: Random) -> bytes:
    inner = sheet(drawing, random, a_size(random))
    height, width = inner.shape[:2]
    colour = (0, 0, 0) if random.random() < 0.6 else any_colour(random)
    across = random.random() < 0.6
    before, after = (round(random.uniform(0.08, 0.4) * (width if across else height)) for _ in range(2))
    if random.random() < 0.7:
        after = before
    pixels = blank(width + across * (before + after), height + (not across) * (before + after), colour)
    top, left = (0, before) if across else (before, 0)
    pixels[top : top + height, left : left + width] = inner
    return screen(random, pixels)


def card_on_transparent(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random)
    margin = random.uniform(0.04, 0.15) * min(width, height)
    pixels = blank(width, height, (0, 0, 0))
    card = margin, margin, width - margin, height - margin
    radius = random.choice([0, 12, 24])
    alpha = np.zeros((height, width, 3), np.float32)
    if random.random() < 0.5:
        rectangle(alpha, inside(card, 0, margin / 6), (110, 110, 110), radius, blur=margin / 3)
    rectangle(alpha, card, (255, 255, 255), radius)
    rectangle(pixels, card, light(random), radius)
    box = inside(a_box(random, width - 2 * margin, height - 2 * margin), margin, margin)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return png(pixels, alpha[:, :, 0] / np.float32(255))


def window(drawing: Drawing, random: Random) -> bytes:
    """A screenshot of a window with a title bar, its shadow around it, transparent or on a desktop."""
    width, height = a_size(random, 350, 1000)
    margin, bar = random.uniform(20, 60), random.uniform(18, 36)
    desktop = random.random() < 0.4
    pixels = blank(width, height, any_colour(random) if desktop else (0, 0, 0))
    alpha = blank(width, height, (255, 255, 255) if desktop else (0, 0, 0))
    body = margin, margin, width - margin, height - margin
    radius = random.choice([0, 10])
    rectangle(alpha, inside(body, 0, margin / 4), (130, 130, 130), radius, blur=margin / 3)
    rectangle(alpha, body, (255, 255, 255), radius)
    rectangle(pixels, inside(body, 0, margin / 4), (20, 20, 20), radius, blur=margin / 3)
    rectangle(pixels, body, light(random), radius)
    tone = random.uniform(190, 240) if random.random() < 0.7 else random.uniform(30, 70)
    rectangle(pixels, (margin, margin, width - margin, margin + bar), (tone, tone, tone), radius)
    for n in range(3):
        x, y = margin + (n + 0.8) * bar * 0.7, margin + bar / 2
        colour = [(237, 106, 94), (245, 191, 79), (98, 197, 84)][n]
        disc(pixels, x, y, bar / 5, colour)
    write(pixels, width / 2, margin + bar / 2, words(random, 3), a_font(random, bar / 2), (90, 90, 90))
    box = inside(a_box(random, width - 2 * margin, height - 2 * margin - bar), margin, margin + bar)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return png(pixels) if desktop else png(pixels, alpha[:, :, 0] / np.float32(255))


def plot(drawing: Drawing, random: Random) -> bytes:
    """Axes with ticks and numbers, as a box or an L, sometimes with a title."""
    width, height = a_size(random)
    size = 0.028 * (width + height) / 2 + 4
    left, bottom = random.uniform(3, 5) * size, height - random.uniform(2, 3.5) * size
    right, top = width - random.uniform(1, 2) * size, random.uniform(1.5, 3) * size
    pixels = blank(width, height)
    box = inside(a_box(random, right - left, bottom - top), left, top)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    font, thick, colour = a_font(random, size), int(random.integers(1, 3)), dark(random, 60)
    line(pixels, left, top, left, bottom, colour, thick)
    line(pixels, left, bottom, right, bottom, colour, thick)
    if random.random() < 0.6:
        line(pixels, right, top, right, bottom, colour, thick)
        line(pixels, left, top, right, top, colour, thick)
    ticks, tick = int(random.integers(4, 9)), size * random.uniform(0.2, 0.4)
    for n in range(ticks):
        x, y = left + (right - left) * n / (ticks - 1), bottom - (bottom - top) * n / (ticks - 1)
        line(pixels, x, bottom, x, bottom + tick, colour, thick)
        line(pixels, left, y, left - tick, y, colour, thick)
        write(pixels, x, bottom + tick + size * 0.7, f"{n * 50}", font, colour)
        write(pixels, left - tick - size, y, f"{n * 50}", font, colour)
    if random.random() < 0.5:
        write(pixels, (left + right) / 2, top / 2, words(random, 3), font, colour)
    return screen(random, pixels)


def sheet_on_desk(drawing: Drawing, random: Random) -> bytes:
    """A photo of a sheet, askew, on a desk that is seen on all sides."""
    width, height = a_size(random, 400, 1200)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * random.uniform(0.62, 0.85) - 0.5
    corners = corners - corners.mean(axis=0) + random.uniform(-0.04, 0.04, (4, 2)) + random.uniform(-0.05, 0.05, 2)
    angle = random.uniform(-0.2, 0.2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = (corners @ turn + 0.5) * (width, height)
    desk = texture(random, width, height, tuple(random.uniform(30, 170, 3)), random.uniform(2, 18))
    return photo(random, lay(random, sheet(drawing, random, (width, height)), desk, corners))


def desk_at_side(drawing: Drawing, random: Random) -> bytes:
    """A photo of a sheet that leaves a strip of the desk at one side or two."""
    width, height = a_size(random, 400, 1200)
    corners = np.array([[-0.1, -0.1], [1.1, -0.1], [1.1, 1.1], [-0.1, 1.1]])
    for side in random.choice(4, random.integers(1, 3), replace=False):
        axis, value = [(1, 0), (0, 1), (1, 1), (0, 0)][side]
        edge = [(0, 1), (1, 2), (2, 3), (3, 0)][side]
        shift = random.uniform(0.06, 0.22, 2)
        corners[list(edge), axis] = shift if value == 0 else 1 - shift
    paper = blank(width, height, light(random))
    low, high = corners.min(axis=0).clip(0, 1), corners.max(axis=0).clip(0, 1)
    span = corners[2] - corners[0]
    scale = (width, height, width, height)
    seen: Box = tuple(np.concatenate([(low + 0.14 - corners[0]) / span, (high - 0.14 - corners[0]) / span]) * scale)
    draw(paper, drawing, seen, a_pen(random, seen), dark(random))
    desk = texture(random, width, height, tuple(random.uniform(30, 170, 3)), random.uniform(2, 18))
    return photo(random, lay(random, paper, desk, corners * (width, height)))


def phone_screenshot(drawing: Drawing, random: Random) -> bytes:
    """A status bar with time and signs, perhaps an app's bar and buttons, and the line to swipe at the bottom."""
    width = int(random.integers(360, 800))
    height = round(width * random.uniform(1.6, 2.2))
    night = random.random() < 0.25
    paper, ink = (dark(random, 40), light(random)) if night else (light(random), dark(random))
    pixels, size = blank(width, height, paper), width * 0.035
    font = a_font(random, size)
    write(pixels, width * 0.1, size * 1.2, f"{random.integers(1, 24)}:{random.integers(10, 60)}", font, ink)
    rectangle(pixels, (width * 0.88, size * 0.8, width * 0.95, size * 1.6), ink, size / 5, width=2)
    for n in range(4):
        rectangle(
            pixels, (width * (0.76 + 0.02 * n), size * (1.4 - 0.2 * n), width * (0.772 + 0.02 * n), size * 1.6), ink
        )
    top = size * 2.4
    if random.random() < 0.6:
        bar = any_colour(random) if random.random() < 0.5 else paper
        rectangle(pixels, (0, top, width, top + size * 3), bar)
        write(
            pixels,
            width / 2,
            top + size * 1.5,
            words(random, 2),
            a_font(random, size * 1.2),
            ink if bar == paper else (255, 255, 255),
        )
        if random.random() < 0.5:
            line(pixels, 0, top + size * 3, width, top + size * 3, tuple(np.add(paper, ink) / 2), 1)
        top += size * 3
    bottom = height - size * 2.5
    rectangle(pixels, (width * 0.33, height - size, width * 0.67, height - size * 0.75), ink, 3)
    box = inside(a_box(random, width, bottom - top - 30), 0, top + 15)
    draw(pixels, drawing, box, a_pen(random, box), ink)
    return screen(random, pixels)


def caption_below(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random)
    pixels = blank(width, height, light(random))
    size = random.uniform(0.035, 0.07) * height
    box = a_box(random, width, height - 3 * size, 0.6, 0.9)
    ink = dark(random)
    draw(pixels, drawing, box, a_pen(random, box), ink)
    y = height - random.uniform(0.8, 1.6) * size
    write(
        pixels,
        width / 2,
        y,
        words(random, random.integers(1, 5)),
        a_font(random, size),
        ink if random.random() < 0.5 else dark(random, 140),
    )
    return screen(random, pixels)


def dot_grid(drawing: Drawing, random: Random) -> bytes:
    width, height = a_size(random)
    pixels = blank(width, height, light(random))
    step, radius = random.uniform(1 / 40, 1 / 12) * width + 5, random.uniform(0.6, 2)
    x0, y0 = random.uniform(0, step, 2)

    def dots(brush):  # type: ignore[no-untyped-def]
        for x in np.arange(x0, width, step):
            for y in np.arange(y0, height, step):
                brush.ellipse((x - radius, y - radius, x + radius, y + radius), 255)

    shapes(pixels, tuple(random.uniform(90, 200, 3)) if random.random() < 0.7 else dark(random), dots)
    box = a_box(random, width, height)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels)


def ruled_lines(drawing: Drawing, random: Random) -> bytes:
    return _ruled(drawing, random, across=False)


def square_grid(drawing: Drawing, random: Random) -> bytes:
    return _ruled(drawing, random, across=True)


def _ruled(drawing: Drawing, random: Random, across: bool) -> bytes:
    """Lines nearly as dark as the ink."""
    width, height = a_size(random)
    pixels = blank(width, height, light(random))
    step, thick = random.uniform(1 / 25, 1 / 8) * height + 6, int(random.integers(1, 3))
    colour: Colour = tuple(random.uniform(60, 150, 3))
    for y in np.arange(random.uniform(0, step), height, step):
        line(pixels, 0, y, width, y, colour, thick)
    if across:
        for x in np.arange(random.uniform(0, step), width, step):
            line(pixels, x, 0, x, height, colour, thick)
    box = a_box(random, width, height)
    draw(pixels, drawing, box, a_pen(random, box) + 1, dark(random, 50))
    return screen(random, pixels)


def enlarged_bitmap(drawing: Drawing, random: Random) -> bytes:
    """The data's 28x28 bitmap, each pixel a square, either way round."""
    bitmap = rasterize(drawing)
    if random.random() < 0.5:
        bitmap = 255 - bitmap
    times = int(random.integers(4, 30))
    image = Image.fromarray(bitmap).resize((28 * times, 28 * times), Image.Resampling.NEAREST)
    return encode(image, "PNG")


def specks(drawing: Drawing, random: Random) -> bytes:
    """Dust of a scanner."""
    pixels = sheet(drawing, random, a_size(random))
    height, width = pixels.shape[:2]
    for _ in range(random.integers(3, 14)):
        x, y, r = *(random.random(2) * (width, height)), random.uniform(0.6, 2.2)
        disc(pixels, x, y, r, dark(random))
    return screen(random, pixels)


def note_in_corner(drawing: Drawing, random: Random) -> bytes:
    """A watermark, a date or a page's number in a corner."""
    width, height = a_size(random)
    pixels = blank(width, height, light(random))
    size = random.uniform(0.025, 0.045) * height + 3
    box = inside(a_box(random, width, height - 4 * size), 0, 2 * size)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    text = random.choice(["© Anna 2024", "12.03.2021 14:05", "page 3", "p. 12", "sketch.io", "@tom"])
    x, y = random.choice([0.15, 0.85]) * width, random.choice([size, height - size])
    write(pixels, x, y, str(text), a_font(random, size), dark(random, 150))
    return screen(random, pixels)


def toolbar(drawing: Drawing, random: Random) -> bytes:
    """A drawing program: a row of colours and tools at one side."""
    width, height = a_size(random, 350, 1000)
    pixels = blank(width, height, light(random))
    at_top, bar = random.random() < 0.5, random.uniform(24, 48)
    tone = random.uniform(200, 245)
    rectangle(pixels, (0, 0, width, bar) if at_top else (0, 0, bar, height), (tone, tone, tone))
    for n in range(int(random.integers(4, 10))):
        at, cell = bar * (n + 0.2), bar * 0.6
        spot = (at, bar * 0.2, at + cell, bar * 0.2 + cell) if at_top else (bar * 0.2, at, bar * 0.2 + cell, at + cell)
        rectangle(pixels, spot, any_colour(random), random.choice([0, cell / 2]), width=int(random.choice([0, 0, 2])))
    left, top = (0.0, bar) if at_top else (bar, 0.0)
    box = inside(a_box(random, width - left, height - top), left, top)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels)


SHOWN: dict[str, Scene] = {
    "thin frame at the picture's edge": frame_at_edge,
    "thin frame inside": frame_inside,
    "bars at two sides": bars_at_sides,
    "card on transparent": card_on_transparent,
    "window with its shadow": window,
    "plot with axes and ticks": plot,
    "photo: sheet on a desk": sheet_on_desk,
    "photo: desk at a side": desk_at_side,
    "phone screenshot": phone_screenshot,
    "caption below": caption_below,
    "dot grid": dot_grid,
    "ruled lines": ruled_lines,
    "square grid": square_grid,
    "28x28 bitmap enlarged": enlarged_bitmap,
    "specks": specks,
    "note in a corner": note_in_corner,
    "toolbar": toolbar,
}
