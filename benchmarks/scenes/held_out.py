"""Scenes of other kinds, not to be looked at while tuning: how far the way of finding the drawing carries."""

import numpy as np
from PIL import Image

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
    lay,
    light,
    line,
    photo,
    rectangle,
    screen,
    texture,
    words,
    write,
)
from benchmarks.scenes.shown import sheet


def notebook_page(drawing: Drawing, random: Random) -> bytes:
    """Rules, a red margin and punched holes."""
    width, height = a_size(random, 400, 1000)
    pixels, step = blank(width, height, light(random)), random.uniform(0.04, 0.08) * height
    for y in np.arange(2 * step, height, step):
        line(pixels, 0, y, width, y, (120, 150, 200))
    margin = 0.12 * width
    line(pixels, margin, 0, margin, height, (220, 100, 110), 2)
    for y in (0.15, 0.5, 0.85):
        r = 0.02 * width
        disc(pixels, 0.04 * width, y * height, r, (60, 60, 60))
    box = inside(a_box(random, width - 1.2 * margin, height), 1.2 * margin, 0)
    draw(pixels, drawing, box, a_pen(random, box) + 1, dark(random, 60))
    return screen(random, pixels)


def web_page(drawing: Drawing, random: Random) -> bytes:
    """A picture with a border in an article: a heading above, paragraphs below."""
    width, height = a_size(random, 500, 1000)
    pixels, size = blank(width, height), 0.02 * height + 4
    write(pixels, width / 2, 1.5 * size, words(random, 4), a_font(random, 1.5 * size), dark(random, 60))
    bottom = height - 5.5 * size
    font = a_font(random, size * 0.8)
    for n in range(4):
        write(pixels, width / 2, bottom + (n + 1) * 1.2 * size, words(random, 9), font, dark(random, 90))
    card = 2 * size, 3 * size, width - 2 * size, bottom - 0.5 * size
    if random.random() < 0.6:
        rectangle(pixels, card, (190, 190, 190), 6, width=1)
    box = inside(a_box(random, card[2] - card[0], card[3] - card[1]), card[0], card[1])
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels)


def slide(drawing: Drawing, random: Random) -> bytes:
    """A title in a coloured band, a footer with a page's number."""
    height = int(random.integers(300, 800))
    width = round(height * 16 / 9)
    pixels = blank(width, height, light(random))
    band = 0.14 * height
    rectangle(pixels, (0, 0, width, band), any_colour(random))
    write(pixels, width / 2, band / 2, words(random, 4), a_font(random, band / 2), (255, 255, 255))
    write(pixels, width * 0.94, height * 0.95, f"{random.integers(2, 60)}", a_font(random, band / 4), (100, 100, 100))
    write(pixels, width * 0.12, height * 0.95, words(random, 2), a_font(random, band / 4), (100, 100, 100))
    box = inside(a_box(random, width, height - 2 * band), 0, 1.1 * band)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels)


def sticky_note(drawing: Drawing, random: Random) -> bytes:
    """A photo of a coloured note on a wall."""
    width, height = a_size(random, 400, 1000)
    side = random.uniform(0.55, 0.8) * min(width, height)
    paper = blank(
        round(side),
        round(side),
        [(250, 235, 120), (250, 170, 190), (160, 220, 250), (180, 240, 160)][random.integers(4)],
    )
    box = a_box(random, side, side, 0.6, 0.85)
    draw(paper, drawing, box, a_pen(random, box), dark(random, 60))
    left, top = random.uniform(0.2, 0.8, 2) * (width - side, height - side)
    corners = np.array([[left, top], [left + side, top], [left + side, top + side], [left, top + side]])
    corners += random.uniform(-0.04, 0.04, (4, 2)) * side
    wall = texture(random, width, height, tuple(random.uniform(130, 235, 3)), random.uniform(1, 5))
    return photo(random, lay(random, paper, wall, corners))


def scan(drawing: Drawing, random: Random) -> bytes:
    """A scanned page: dark strips where the lid was open, dust, a staple."""
    pixels = sheet(drawing, random, a_size(random, 400, 1200), 0.5, 0.75)
    height, width = pixels.shape[:2]
    strip = random.uniform(0.01, 0.04) * width
    rectangle(pixels, (width - strip, 0, width, height), (40, 40, 40), blur=2)
    if random.random() < 0.5:
        rectangle(pixels, (0, height - strip, width, height), (60, 60, 60), blur=2)
    line(pixels, 0.02 * width, 0.04 * height, 0.05 * width, 0.02 * height, (70, 70, 70), 3)
    for _ in range(6):
        x, y = random.random(2) * (width, height)
        disc(pixels, x, y, 1, (80, 80, 80))
    return photo(random, pixels)


def polaroid(drawing: Drawing, random: Random) -> bytes:
    """A wide border with a name below, on a coloured ground."""
    width, height = a_size(random)
    pixels = blank(width, height, any_colour(random))
    edge = random.uniform(0.04, 0.1) * width
    rectangle(pixels, (edge, edge, width - edge, height - edge), (250, 250, 250))
    inner = 2 * edge, 2 * edge, width - 2 * edge, height - 3.5 * edge
    rectangle(pixels, inner, (235, 232, 225))
    write(pixels, width / 2, height - 2.2 * edge, words(random, 2), a_font(random, edge), dark(random))
    box = inside(a_box(random, inner[2] - inner[0], inner[3] - inner[1]), inner[0], inner[1])
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels)


def worksheet(drawing: Drawing, random: Random) -> bytes:
    """A line for the name above, a box for the drawing, a question below."""
    width, height = a_size(random, 400, 1000)
    pixels, size, ink = blank(width, height), 0.022 * height + 4, dark(random, 60)
    font = a_font(random, size)
    write(pixels, 0.15 * width, 2 * size, "Name:", font, ink)
    line(pixels, 0.25 * width, 2.5 * size, 0.8 * width, 2.5 * size, ink)
    frame = 0.08 * width, 4 * size, 0.92 * width, height - 4 * size
    rectangle(pixels, frame, ink, width=int(random.integers(1, 4)))
    write(pixels, width / 2, height - 2 * size, "Draw what you did: " + words(random, 3), font, ink)
    box = inside(a_box(random, frame[2] - frame[0], frame[3] - frame[1]), frame[0], frame[1])
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels)


def crop_marks(drawing: Drawing, random: Random) -> bytes:
    """Marks at the four corners, as a printer's."""
    width, height = a_size(random)
    pixels = blank(width, height)
    inset, arm = random.uniform(0.04, 0.08) * width, random.uniform(0.03, 0.07) * width
    for x, way in ((inset, 1), (width - inset, -1)):
        for y, down in ((inset, 1), (height - inset, -1)):
            line(pixels, x, y, x + way * arm, y, (0, 0, 0), 2)
            line(pixels, x, y, x, y + down * arm, (0, 0, 0), 2)
    box = inside(a_box(random, width - 4 * inset, height - 4 * inset), 2 * inset, 2 * inset)
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels)


def checkerboard(drawing: Drawing, random: Random) -> bytes:
    """The grey squares that stand for transparency, saved into the picture."""
    width, height = a_size(random)
    cell = int(random.integers(6, 16))
    y, x = np.mgrid[:height, :width]
    pixels = np.where(((x // cell + y // cell) % 2)[:, :, None], np.float32(255), np.float32(random.uniform(190, 235)))
    pixels = np.repeat(pixels, 3, axis=2).astype(np.float32)
    box = a_box(random, width, height)
    draw(pixels, drawing, box, a_pen(random, box) + 1, dark(random, 60))
    return screen(random, pixels)


def taped_on_screen(drawing: Drawing, random: Random) -> bytes:
    """A night-coloured app around a light canvas with round corners, buttons below it."""
    width, height = a_size(random, 400, 1000)
    pixels = blank(width, height, dark(random, 60))
    edge = random.uniform(0.03, 0.08) * width
    page = edge, edge, width - edge, height * 0.85
    rectangle(pixels, page, light(random), 16)
    for n in range(4):
        x, r = width * (0.2 + 0.2 * n), 0.035 * height
        disc(pixels, x, height * 0.92, r, any_colour(random))
    box = inside(a_box(random, page[2] - page[0], page[3] - page[1]), page[0], page[1])
    draw(pixels, drawing, box, a_pen(random, box), dark(random))
    return screen(random, pixels)


def slanted_rules(drawing: Drawing, random: Random) -> bytes:
    """A photo of a ruled page, a little askew."""
    width, height = a_size(random, 500, 1200)
    pixels, step = blank(width, height, light(random)), random.uniform(0.04, 0.09) * height
    for y in np.arange(step, height, step):
        line(pixels, 0, y, width, y, (110, 130, 170), 2)
    box = a_box(random, width, height, 0.45, 0.7)
    draw(pixels, drawing, box, a_pen(random, box) + 1, dark(random, 50))
    image = Image.fromarray(pixels.astype(np.uint8))
    angle = random.uniform(-6, 6)
    turned = image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=(250, 250, 250))
    cut = 0.06
    part = turned.crop((round(cut * width), round(cut * height), round((1 - cut) * width), round((1 - cut) * height)))
    return photo(random, np.asarray(part, np.float32))


def signed_and_dated(drawing: Drawing, random: Random) -> bytes:
    """A title above and a name with a date below, as children's drawings have them."""
    width, height = a_size(random)
    pixels, ink = blank(width, height, light(random)), dark(random)
    size = random.uniform(0.04, 0.07) * height
    write(pixels, width * 0.5, size, words(random, 2), a_font(random, size), ink)
    write(pixels, width * 0.75, height - size, words(random, 1) + " 7.5.", a_font(random, size), ink)
    box = inside(a_box(random, width, height - 4.4 * size, 0.7, 0.9), 0, 2.2 * size)
    draw(pixels, drawing, box, a_pen(random, box), ink)
    return screen(random, pixels)


HELD_OUT: dict[str, Scene] = {
    "notebook page": notebook_page,
    "web page": web_page,
    "slide": slide,
    "photo: sticky note": sticky_note,
    "scan": scan,
    "polaroid": polaroid,
    "worksheet": worksheet,
    "crop marks": crop_marks,
    "checkerboard": checkerboard,
    "app at night": taped_on_screen,
    "photo: slanted rules": slanted_rules,
    "signed and dated": signed_and_dated,
}
