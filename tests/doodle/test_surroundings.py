"""The drawing is found among what surrounds it; what is the drawing's own stays."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from doodle.clutter import leave_clutter, may_be_clutter
from doodle.picture import from_picture
from doodle.raster import rasterize
from doodle.strokes import DrawingError
from tests.doodle.test_picture import HOUSE, difference, draw, encode

SIZE = (400, 320)
NEAR = 6  # mean difference from the strokes' own bitmap, in grey levels; an empty bitmap's is over 40


def scene(act, paper="white", ink=(0, 0, 0), **drawn):
    """The house on paper on which `act` has drawn before."""
    image = Image.new("RGB", SIZE, paper)
    act(ImageDraw.Draw(image))
    covered = draw(**{"size": SIZE, "extent": 0.7, "pen": 6, **drawn})
    return encode(np.asarray(image) * (1 - covered) + np.array(ink) * covered)


def font(size):
    return ImageFont.load_default(size)


def grid(brush, across=True, down=True, step=24, colour=(90, 90, 90)):
    for y in range(10, SIZE[1], step) if across else ():
        brush.line((0, y, SIZE[0], y), colour)
    for x in range(10, SIZE[0], step) if down else ():
        brush.line((x, 0, x, SIZE[1]), colour)


def dots(brush):
    for x in range(8, SIZE[0], 20):
        for y in range(8, SIZE[1], 20):
            brush.ellipse((x - 1, y - 1, x + 1, y + 1), (60, 60, 60))


def axes(brush):
    brush.rectangle((40, 14, 385, 290), outline="black")
    for n in range(6):
        brush.line((40 + 69 * n, 290, 40 + 69 * n, 295), "black")
        brush.text((40 + 69 * n, 305), f"{50 * n}", "black", font(11), "mm")
        brush.line((35, 14 + 55 * n, 40, 14 + 55 * n), "black")
        brush.text((20, 14 + 55 * n), f"{250 - 50 * n}", "black", font(11), "mm")


def window(brush):
    brush.rectangle((0, 0, *SIZE), (70, 90, 130))
    brush.rectangle((20, 16, 380, 304), "white")
    brush.rectangle((20, 16, 380, 40), (210, 210, 210))
    for n, colour in enumerate(("red", "orange", "green")):
        brush.ellipse((28 + 16 * n, 22, 40 + 16 * n, 34), colour)


SCENES = {
    "frame at the edge": lambda brush: brush.rectangle((0, 0, SIZE[0] - 1, SIZE[1] - 1), outline="black", width=2),
    "frame inside": lambda brush: brush.rectangle((15, 15, 385, 305), outline=(40, 40, 40), width=2),
    "round frame": lambda brush: brush.rounded_rectangle((12, 12, 388, 308), 12, outline="black", width=3),
    "bar": lambda brush: brush.rectangle((0, 0, SIZE[0], 34), (20, 90, 200)),
    "bars": lambda brush: [brush.rectangle(box, "black") for box in ((0, 0, 34, 320), (366, 0, 400, 320))],
    "caption": lambda brush: brush.text((200, 306), "my best drawing", "black", font(18), "mm"),
    "number in a corner": lambda brush: brush.text((380, 308), "17", "black", font(12), "mm"),
    "ruled": lambda brush: grid(brush, down=False),
    "squared": grid,
    "dots": dots,
    "axes": axes,
    "window": window,
    "specks": lambda brush: [brush.point(at, "black") for at in ((9, 9), (390, 20), (12, 300), (391, 315))],
}


@pytest.mark.parametrize("name", SCENES)
def test_surroundings_left(name):
    assert difference(scene(SCENES[name])) < {"ruled": 13, "squared": 17, "dots": 9}.get(name, NEAR)


def test_sheet_found_on_a_desk():
    desk = np.random.default_rng(0).normal((110, 80, 60), 8, (480, 640, 3))
    sheet = Image.fromarray((255 - 225 * draw(size=SIZE, extent=0.7, pen=7)[:, :, 0]).astype(np.uint8)).convert("RGBA")
    turned = np.asarray(sheet.rotate(8, Image.Resampling.BICUBIC, expand=True), float)
    height, width = turned.shape[:2]
    place = desk[70 : 70 + height, 90 : 90 + width]
    place += turned[:, :, 3:] / 255 * (turned[:, :, :3] - place)
    upright = np.abs(from_picture(encode(desk, "JPEG", quality=85)).astype(int) - turned_house(8)).mean()
    assert upright < NEAR


def turned_house(angle):
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turned = [(np.array([[c, s], [-s, c]]) @ np.array(stroke, float)).tolist() for stroke in HOUSE]
    return rasterize(turned).astype(int)


def test_card_found_on_transparent():
    pixels = np.zeros((320, 400, 4))
    pixels[20:300, 30:370] = 255
    covered = draw(size=SIZE, extent=0.65, pen=6)
    pixels[:, :, :3] *= 1 - covered
    assert difference(encode(pixels)) < NEAR


@pytest.mark.parametrize("place", [(0, 0), (1, 0), (0.3, 1)])
def test_separate_parts_stay(place):
    assert difference(scene(lambda brush: None, place=place)) < NEAR  # with its sun, its door and two dots of smoke


@pytest.mark.parametrize(
    "strokes",
    [
        [[[0, 100, 100, 0, 0], [0, 0, 100, 100, 0]]],
        [[[0, 100], [50, 50]]],
        [[[0, 100], [20 * n, 20 * n]] for n in range(6)],
        [[[0, 100, 100, 0, 0], [0, 0, 80, 80, 0]], [[50], [40]]],
        [[[10 * n], [50]] for n in range(11)],
    ],
    ids=["square", "line", "lines", "square with a dot", "row of dots"],
)
def test_regular_drawing_alone_stays(strokes):
    for extent in (0.6, 0.95):
        picture = scene(lambda brush: None, strokes=strokes, extent=extent)
        assert np.abs(from_picture(picture).astype(int) - rasterize(strokes)).mean() < 8


@pytest.mark.parametrize("colour", ["gold", (230, 240, 255)])
def test_filled_drawing_stays(colour):
    image = Image.new("RGB", SIZE, "white")
    brush = ImageDraw.Draw(image)
    brush.ellipse((60, 20, 340, 300), colour, "black", 8)
    bitmap = from_picture(encode(image))
    brush.ellipse((130, 100, 150, 120), "black")
    brush.ellipse((250, 100, 270, 120), "black")
    with_eyes = from_picture(encode(image))
    ring = np.hypot(*(np.mgrid[:28, :28] - 13.5))
    for found in (bitmap, with_eyes):
        assert found[(ring > 12) & (ring < 13)].mean() > 100  # the outline is there
        assert found[ring > 15.5].max(initial=0) == 0


def test_clutter_unchanged_mask_is_returned_itself():
    ink = draw(size=(200, 200), extent=0.9, pen=6)[:, :, 0] > 0.5
    assert leave_clutter(ink) is ink


def test_one_part_needs_no_second_look():
    circle = Image.new("L", (200, 200))
    ImageDraw.Draw(circle).ellipse((10, 10, 190, 190), outline=255, width=6)
    assert not may_be_clutter(np.asarray(circle)[10:191, 10:191] > 0)


@pytest.mark.parametrize("act", [grid, dots])
def test_page_without_drawing_refused(act):
    image = Image.new("RGB", SIZE, "white")
    act(ImageDraw.Draw(image))
    with pytest.raises(DrawingError, match="no drawing can be told"):
        from_picture(encode(image))
