"""More scenes to tune on: editors, notebooks and papers with things on them."""

import numpy as np
from PIL import Image, ImageFilter

from benchmarks.scenes.render import (
    Drawing,
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
    inside,
    light,
    line,
    paint,
    photo,
    rectangle,
    screen,
    shapes,
    texture,
    words,
    write,
)
from benchmarks.scenes.shown import sheet


def selection(drawing: Drawing, random: Random) -> bytes:
    """An editor's dashed box around the drawing, with handles."""
    width, height = a_size(random)
    pixels, colour = blank(width, height, light(random)), (40, 120, 230)
    left, top, right, bottom = a_box(random, width, height, 0.5, 0.8)
    box = left, top, right, bottom
    gap = 0.03 * width
    draw(pixels, drawing, (left + gap, top + gap, right - gap, bottom - gap), a_pen(random, box), dark(random))
    dash = random.uniform(3, 8)
    for x in np.arange(left, right - dash, 2 * dash):
        line(pixels, x, top, x + dash, top, colour)
        line(pixels, x, bottom, x + dash, bottom, colour)
    for y in np.arange(top, bottom - dash, 2 * dash):
        line(pixels, left, y, left, y + dash, colour)
        line(pixels, right, y, right, y + dash, colour)
    for x in (left, (left + right) / 2, right):
        for y in (top, bottom):
            rectangle(pixels, (x - 3, y - 3, x + 3, y + 3), colour)
    return screen(random, pixels)


def scrollbars(drawing: Drawing, random: Random) -> bytes:
    """A page with scrollbars and a pointer."""
    pixels = sheet(drawing, random, a_size(random), 0.5, 0.75)
    height, width = pixels.shape[:2]
    bar = random.uniform(10, 18)
    tone = random.uniform(140, 200)
    rectangle(pixels, (width - bar, 0, width, height), (240, 240, 240))
    rectangle(pixels, (width - bar + 2, 0.1 * height, width - 2, 0.5 * height), (tone, tone, tone), 4)
    rectangle(pixels, (0, height - bar, width - bar, height), (240, 240, 240))
    rectangle(pixels, (0.1 * width, height - bar + 2, 0.6 * width, height - 2), (tone, tone, tone), 4)
    x, y = 0.88 * width, random.uniform(0.1, 0.85) * height
    pointer = [
        (x, y),
        (x, y + 16),
        (x + 4, y + 12),
        (x + 7, y + 19),
        (x + 9, y + 18),
        (x + 6, y + 11),
        (x + 11, y + 11),
    ]
    shapes(pixels, (0, 0, 0), lambda brush: brush.polygon(pointer, 255))
    return screen(random, pixels)


def spiral(drawing: Drawing, random: Random) -> bytes:
    """The holes and wires of a pad along one side, on a photo or a scan."""
    width, height = a_size(random, 400, 1000)
    pixels, margin = blank(width, height, light(random)), 0.1 * width
    step = random.uniform(0.03, 0.06) * height
    for y in np.arange(step, height - step / 2, step):
        r = step * 0.22
        disc(pixels, margin / 2, y, r, (50, 50, 50))
        line(pixels, 0, y - r, margin / 2, y, (90, 90, 95), 2)
    box = inside(a_box(random, width - 1.2 * margin, height), 1.2 * margin, 0)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return photo(random, pixels) if random.random() < 0.5 else screen(random, pixels)


def square_code(drawing: Drawing, random: Random) -> bytes:
    """A QR code in a corner."""
    width, height = a_size(random, 350, 1000)
    pixels = blank(width, height)
    side = random.uniform(0.12, 0.2) * min(width, height)
    code = Image.fromarray((random.random((21, 21)) < 0.5).astype(np.uint8) * 255)
    size = round(side)
    cells = np.asarray(code.resize((size, size), Image.Resampling.NEAREST), np.float32) / 255
    left, top = (8, width - size - 8)[random.integers(2)], (8, height - size - 8)[random.integers(2)]
    covered = np.zeros((height, width), np.float32)
    covered[top : top + size, left : left + size] = cells
    paint(pixels, covered, (0, 0, 0))
    low = side + 20 if top == 8 else 0
    box = inside(a_box(random, width, height - side - 20), 0, low)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels)


def stain(drawing: Drawing, random: Random) -> bytes:
    """A cup's pale ring on the paper."""
    pixels = sheet(drawing, random, a_size(random, 400, 1000))
    height, width = pixels.shape[:2]
    r = random.uniform(0.12, 0.22) * width
    x, y = random.uniform(0.1, 0.9, 2) * (width, height)
    ring = Image.new("L", (width, height))
    covered = np.abs(np.hypot(np.arange(width)[None, :] - x, np.arange(height)[:, None] - y) - r) < 0.06 * r
    ring = Image.fromarray(covered.astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(1.5))
    paint(pixels, np.asarray(ring, np.float32) * np.float32(random.uniform(0.2, 0.5) / 255), (150, 105, 60))
    return photo(random, pixels)


def double_frame(drawing: Drawing, random: Random) -> bytes:
    """Two frames, the inner one perhaps with round corners or dashed."""
    width, height = a_size(random)
    pixels, ink = blank(width, height, light(random)), dark(random, 120)
    outer, inner = random.uniform(3, 14), random.uniform(20, 36)
    rectangle(pixels, (outer, outer, width - outer, height - outer), ink, width=int(random.integers(2, 7)))
    radius = random.choice([0, 15, 30])
    rectangle(pixels, (inner, inner, width - inner, height - inner), ink, radius, width=int(random.integers(1, 4)))
    box = inside(a_box(random, width - 2 * inner - 16, height - 2 * inner - 16), inner + 8, inner + 8)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels)


def gradient(drawing: Drawing, random: Random) -> bytes:
    """Paper whose colour runs from one side to the other."""
    width, height = a_size(random)
    one, other = (np.array(light(random, 190), np.float32) * np.float32(0.95) for _ in range(2))
    x, y = np.linspace(0, 1, width)[None, :, None], np.linspace(0, 1, height)[:, None, None]
    pixels = (one + (other - one) * (x if random.random() < 0.5 else (x + y) / 2)).astype(np.float32)
    pixels = np.broadcast_to(pixels, (height, width, 3)).copy()
    box = a_box(random, width, height)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels)


def table_cells(drawing: Drawing, random: Random) -> bytes:
    """One large cell of a table, its neighbours beside it with words in them."""
    width, height = a_size(random)
    pixels, ink = blank(width, height), dark(random, 120)
    x, y = random.uniform(0.15, 0.25) * width, random.uniform(0.1, 0.2) * height
    thick = int(random.integers(1, 3))
    for at in (4, x, width - 5):
        line(pixels, at, 4, at, height - 5, ink, thick)
    for at in (4, y, height - 5):
        line(pixels, 4, at, width - 5, at, ink, thick)
    font = a_font(random, 0.03 * height + 4)
    write(pixels, (x + width) / 2, (4 + y) / 2, words(random, 3), font, ink)
    write(pixels, (4 + x) / 2, (y + height) / 2, words(random, 1), font, ink)
    box = inside(a_box(random, width - x - 20, height - y - 20), x + 8, y + 8)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels)


def ruler(drawing: Drawing, random: Random) -> bytes:
    """A scale with marks and numbers along one edge."""
    width, height = a_size(random)
    pixels, size = blank(width, height, light(random)), random.uniform(14, 24)
    step = random.uniform(5, 9)
    for n, x in enumerate(np.arange(step, width, step)):
        line(pixels, x, 0, x, size * (0.6 if n % 10 == 0 else 0.3), (80, 80, 80))
        if n % 10 == 0 and n:
            write(pixels, x, size, f"{n // 10}", a_font(random, size * 0.6), (80, 80, 80))
    box = inside(a_box(random, width, height - 1.6 * size), 0, 1.6 * size)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels)


def monitor(drawing: Drawing, random: Random) -> bytes:
    """A photo of a screen: a dark case, light from within."""
    width, height = a_size(random, 400, 1100)
    pixels = texture(random, width, height, tuple(random.uniform(10, 60, 3)), 4)
    edge = random.uniform(0.05, 0.12) * width
    body = edge, edge, width - edge, height - 1.4 * edge
    rectangle(pixels, body, any_colour(random) if random.random() < 0.2 else light(random, 200))
    box = inside(a_box(random, body[2] - body[0], body[3] - body[1]), body[0], body[1])
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return photo(random, pixels)


SHOWN_MORE: dict[str, Scene] = {
    "editor's selection": selection,
    "scrollbars and pointer": scrollbars,
    "spiral pad": spiral,
    "QR code in a corner": square_code,
    "photo: cup's stain": stain,
    "double frame": double_frame,
    "gradient": gradient,
    "cell of a table": table_cells,
    "ruler at the edge": ruler,
    "photo: monitor": monitor,
}
