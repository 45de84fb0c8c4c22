import contextlib
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from doodle.picture import PictureError, PictureSizeError, bitmap_of_image, from_picture, is_picture
from doodle.raster import rasterize
from doodle.strokes import DrawingError

# a house with a door, a sun and two dots of smoke; 100 units wide
HOUSE = [
    [[0, 0, 60, 60, 0], [100, 45, 45, 100, 100]],
    [[0, 30, 60], [45, 15, 45]],
    [[22, 22, 38, 38], [100, 70, 70, 100]],
    [list(85 + 15 * np.cos(np.linspace(0, 6.3, 25))), list(20 + 15 * np.sin(np.linspace(0, 6.3, 25)))],
    [[44], [8]],
    [[52], [0]],
]
EXPECTED = rasterize(HOUSE)


def draw(size=(280, 280), extent=0.9, pen=8.0, place=(0.5, 0.5), strokes=HOUSE):
    """How much ink covers each pixel, 0 to 1: the strokes drawn on `extent` of the shorter side."""
    oversampling = 4
    length = extent * min(size) - pen
    canvas = Image.new("L", (size[0] * oversampling, size[1] * oversampling))
    brush = ImageDraw.Draw(canvas)
    radius = pen / 2 * oversampling
    left, top = ((side - length - pen) * where + pen / 2 for side, where in zip(size, place, strict=True))
    for stroke in strokes:
        xs, ys = (np.array(values) * length / 100 for values in stroke)
        points = [((x + left) * oversampling, (y + top) * oversampling) for x, y in zip(xs, ys, strict=True)]
        if len(points) > 1:
            brush.line(points, fill=255, width=round(2 * radius))
        for x, y in points:
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(canvas.resize(size, Image.Resampling.BOX), np.float64)[:, :, None] / 255


def encode(pixels, kind="PNG", **options):
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def picture(ink=(0, 0, 0), paper=(255, 255, 255), kind="PNG", options=None, **drawn):
    covered = draw(**drawn)
    return encode(np.array(paper) * (1 - covered) + np.array(ink) * covered, kind, **(options or {}))


def difference(data):
    """Mean difference from the strokes' own bitmap, in grey levels; an empty bitmap's is over 40."""
    bitmap = from_picture(data)
    assert bitmap.shape == (28, 28)
    assert bitmap.dtype == np.uint8
    assert bitmap.flags.c_contiguous
    return np.abs(bitmap.astype(int) - EXPECTED).mean()


def test_the_house_is_nothing_like_an_empty_bitmap():
    assert EXPECTED.mean() > 40


@pytest.mark.parametrize("pen", [1, 2, 4, 8, 12, 20])
def test_any_pen_gives_what_the_strokes_give(pen):
    assert difference(picture(pen=pen)) < 5


@pytest.mark.parametrize(
    ("size", "pen"),
    [((64, 64), 1), ((64, 64), 3), ((100, 300), 4), ((700, 200), 4), ((1500, 1000), 4), ((1200, 900), 40)],
)
def test_any_size_and_aspect_gives_what_the_strokes_give(size, pen):
    assert difference(picture(size=size, pen=pen)) < 6


def test_a_small_drawing_anywhere_is_found():
    for place in ((0, 0), (1, 1), (0.2, 0.9)):
        assert difference(picture(size=(800, 600), extent=0.12, pen=2, place=place)) < 6


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ((255, 255, 255), (0, 0, 0)),
        ((120, 120, 120), (255, 255, 255)),
        ((200, 30, 40), (30, 90, 200)),
        ((255, 240, 60), (255, 255, 255)),
        ((60, 120, 60), (120, 60, 60)),
    ],
)
@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("JPEG", {"quality": 40})])
def test_any_colours_give_what_the_strokes_give(ink, paper, kind, options):
    assert difference(picture(ink, paper, kind, options)) < 5


@pytest.mark.parametrize("ink", [(0, 0, 0), (255, 255, 255), (200, 0, 0)])
def test_ink_on_transparent_paper_is_found_whatever_colour_hides_there(ink):
    covered = draw() * 255
    colours = np.broadcast_to(np.array(ink), (*covered.shape[:2], 3))
    assert difference(encode(np.concatenate([colours, covered], axis=2))) < 5


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_any_mode_gives_what_the_strokes_give(mode):
    grey = Image.fromarray((255 * (1 - draw()[:, :, 0])).astype(np.uint8))
    image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257) if mode == "I;16" else grey.convert(mode)
    assert difference(encode(image, "JPEG" if mode == "CMYK" else "PNG")) < 5


def test_uneven_light_and_noise_are_not_ink():
    random = np.random.default_rng(0)
    covered = draw(size=(400, 300), extent=0.8, pen=4)
    y, x = np.mgrid[:300, :400]
    light = 240 - 90 * np.hypot(x / 400 - 0.3, y / 300 - 0.2)[:, :, None] * np.array([1, 0.9, 0.7])
    photo = light * (1 - covered) + 30 * covered + random.normal(0, 12, (300, 400, 1))
    assert difference(encode(photo)) < 5
    assert difference(encode(photo, "JPEG", quality=40)) < 6


def test_inks_of_several_colours_are_all_found():
    left, right = draw(strokes=HOUSE[:3]), draw(strokes=HOUSE[3:])
    pixels = 255 - left * np.array([0, 200, 200]) - right * np.array([200, 100, 0])
    assert difference(encode(pixels)) < 5


def test_a_filled_area_stays_filled():
    block = Image.new("L", (200, 200), "white")
    ImageDraw.Draw(block).rectangle((30, 60, 100, 130), fill="black")
    ImageDraw.Draw(block).line([(10, 170), (190, 170), (190, 30)], fill="black", width=6)
    bitmap = from_picture(encode(block))
    assert bitmap[10:17, 6:12].min() == 255
    assert bitmap[4:20, 16:22].max() == 0


def test_a_dot_is_a_small_dot_as_strokes_give_it():
    dot = picture(strokes=[[[50], [50]]], pen=10)
    assert np.abs(from_picture(dot).astype(int) - rasterize([[[5], [5]]])).mean() < 0.5


def test_the_first_frame_of_an_animation_counts():
    frames = [Image.fromarray((255 * (1 - draw()[:, :, 0])).astype(np.uint8)), Image.new("L", (280, 280), "white")]
    assert difference(encode(frames[0], "GIF", save_all=True, append_images=frames[1:])) < 5


def test_a_photo_that_says_it_lies_on_its_side_is_turned():
    upright = Image.fromarray((255 * (1 - draw()[:, :, 0])).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees, clockwise
    assert difference(encode(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif)) < 5


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (1, 500), (300, 300)])
def test_blank_paper_holds_no_ink(size):
    for paper in ("white", "black", "teal"):
        with pytest.raises(DrawingError, match="no ink"):
            from_picture(encode(Image.new("RGB", size, paper)))
    with pytest.raises(DrawingError, match="no ink"):
        from_picture(encode(Image.new("RGBA", size)))


def test_noise_and_light_alone_hold_no_ink():
    random = np.random.default_rng(0)
    for pixels in (random.normal(128, 10, (200, 300, 3)), np.add.outer(np.arange(200.0), np.arange(50.0))):
        with pytest.raises(DrawingError, match="no ink"):
            from_picture(encode(pixels))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_a_damaged_picture_is_a_picture_error_or_still_a_picture(kind):
    random = np.random.default_rng(0)
    whole = np.frombuffer(picture(size=(64, 64), pen=3, kind=kind), np.uint8)
    assert is_picture(whole.tobytes())
    for _ in range(60):
        damaged = whole.copy()
        damaged[random.integers(0, len(whole), 4)] = random.integers(0, 256, 4)
        try:
            bitmap = from_picture(damaged.tobytes())
        except (PictureError, DrawingError):
            continue
        assert bitmap.shape == (28, 28)
    with pytest.raises(PictureError):
        from_picture(whole[: len(whole) // 4].tobytes())


def test_too_many_pixels_are_refused_before_they_are_decoded():
    with pytest.raises(PictureSizeError, match="7000 x 6000"):
        from_picture(encode(Image.new("1", (7000, 6000)))[:200])


def test_a_picture_of_two_pixels_is_answered_or_refused():
    for colours in (b"\x00\x00\x00\x00\xff\x00", b"\xff\xff\xff\x33\xcc\x33", b"\x99\x99\x99\x00\xff\x00"):
        for size in ((1, 2), (2, 1)):
            with contextlib.suppress(DrawingError):
                assert bitmap_of_image(Image.frombytes("RGB", size, colours)).shape == (28, 28)
