"""A picture of a drawing becomes the bitmap that the same drawing's strokes would give.

The ink is found (`doodle.ink`) in the whole picture first, then closely in the part that holds it, and is drawn again
with the data's own pen (`doodle.pen`). So colours, size, place and the width of the pen don't change what a model sees.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from doodle.clutter import leave_clutter, may_be_clutter
from doodle.enlarged import as_bitmap, undo_enlarging
from doodle.ink import EDGE, WHOLE, Box, Pixels, find_ink, fit_paper, ink_level
from doodle.parts import Mask
from doodle.pen import redraw
from doodle.picture_file import MAX_PIXELS, PictureError, PictureSizeError, decode, is_picture, open_picture
from doodle.sheet import Sheet, find_sheet
from doodle.strokes import DrawingError

# The side of what is looked at, in pixels. Measured: smaller ones lose thin lines on big pictures (FIRST_LOOK) and
# precision (CLOSE_LOOK; 144 gives bitmaps that are a third farther from the strokes' own), larger ones gain little.
FIRST_LOOK = 384
CLOSE_LOOK = 224

# Least difference of ink from paper, as _look measures it. JPEG leaves traces of nearly 10 around a drawing; in the
# close look at what was found to be ink, a thin line in a big picture is as faint as that.
FAINT, FAINT_WHEN_CLOSE = 12.0, 4.0

FEW_COLOURS = 1024  # a program's ink and paper give 256, with all between at the ink's edge; two inks, twice as many

# Colours are compared as Y, Cb, Cr and alpha, and brightness counts for more than colour, which JPEG keeps blurred.
BRIGHT = 1.7
TO_YCBCRA = np.array(
    [
        [0.299 * BRIGHT, -0.169, 0.5, 0],
        [0.587 * BRIGHT, -0.331, -0.419, 0],
        [0.114 * BRIGHT, 0.5, -0.081, 0],
        [0, 0, 0, BRIGHT],
    ],
    np.float32,
)

__all__ = [
    "MAX_PIXELS",
    "PictureError",
    "PictureSizeError",
    "bitmap_of_image",
    "from_picture",
    "is_picture",
    "open_picture",
]


def from_picture(data: bytes) -> NDArray[np.uint8]:
    """Bring an encoded picture of a drawing to a bitmap: `bitmap_of_image(open_picture(data))`."""
    return bitmap_of_image(open_picture(data))


def bitmap_of_image(image: Image.Image) -> NDArray[np.uint8]:
    """Bring an opened picture of a drawing to a bitmap of shape (28, 28), uint8, ink 255 on 0.

    The ink may have any colour, on paper of any other, or on none. Raises PictureError where the picture cannot be
    decoded, and DrawingError where there is no ink.
    """
    image = undo_enlarging(decode(image))
    bitmap = as_bitmap(image)
    if bitmap is not None:
        return bitmap
    ink = _ink_by_colour(image)
    return redraw(_ink_by_place(image) if ink is None else ink)


def _ink_by_place(image: Image.Image) -> Mask:
    """The ink of any picture, in a mask that it fills: found in the whole, then closely in the part that holds it."""
    image = _premultiplied(image)
    pixels = _look(image, (0, 0, *image.size), FIRST_LOOK, enlarge=False)
    sheet = find_sheet(pixels)
    try:
        found = find_ink(pixels, sheet.paper, WHOLE, FAINT, sheet.region)
    except DrawingError:  # a hard shadow, say, parts the paper in two
        sheet = Sheet(fit_paper(pixels), None)
        found = find_ink(pixels, sheet.paper, WHOLE, FAINT)
    drawing = leave_clutter(found)
    box = _box_around(drawing, image.size)
    part = (box[0] / image.width, box[1] / image.height, box[2] / image.width, box[3] / image.height)
    large = max(box[2] - box[0], box[3] - box[1]) > 2 * CLOSE_LOOK
    close = _look(image, box, 2 * CLOSE_LOOK if large else CLOSE_LOOK)
    region = None if sheet.region is None else _in_box(sheet.region, box, image.size, close.shape)
    ink = find_ink(close, sheet.paper, part, FAINT_WHEN_CLOSE, region)
    if drawing is not found:
        ink &= _in_box(_grow(drawing), box, image.size, close.shape)
    if may_be_clutter(ink):  # rules that were too thin for the first look
        ink = leave_clutter(ink)
    # what is thin in a large picture, a dot above all, would fade if colours were averaged so far down
    return _trim(_smooth(_pool(ink, 2) if large else ink))


def _in_box(mask: Mask, box: Box, size: tuple[int, int], shape: tuple[int, ...]) -> Mask:
    """A mask of a picture of this (width, height) as it is in a closer look of this shape at a box of it."""
    across, down = mask.shape[1] / size[0], mask.shape[0] / size[1]
    part = box[0] * across, box[1] * down, box[2] * across, box[3] * down
    image = Image.fromarray(mask.astype(np.uint8))
    inside: Mask = np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.NEAREST, part)) > 0
    return inside


def _grow(mask: Mask) -> Mask:
    """With the pixels around it."""
    grown: Mask = np.asarray(Image.fromarray(mask.astype(np.uint8)).filter(ImageFilter.MaxFilter(3))) > 0
    return grown


def _ink_by_colour(image: Image.Image) -> Mask | None:
    """The ink of a picture that a program drew, in a mask that it fills: what has not the colour of most of it.

    Returns None where there are many colours or no such paper, as in a photo or a JPEG, and where no channel by itself
    tells ink from paper. Raises DrawingError where all is paper.
    """
    counted = image.getcolors(FEW_COLOURS)
    if counted is None or not _is_paper(max(counted), image):
        return None
    counts = np.array([count for count, _ in counted])
    palette = Image.new(image.mode, (len(counted), 1))
    palette.putdata([colour for _, colour in counted])  # type: ignore[arg-type]
    colours = _comparable(np.asarray(_premultiplied(palette), np.float32))[0]
    contrast = np.linalg.norm(colours - colours[counts.argmax()], axis=1)
    if contrast.max() < FAINT:
        raise DrawingError("there is no ink in the picture")
    strength = (255 * contrast / ink_level(contrast, counts)).clip(0, 255).astype(np.uint8)
    for channel in ("L", "A") if image.mode == "RGBA" else ("L",):
        seen = np.asarray(_channel(palette, channel))[0]
        strength_of = np.zeros(256, np.uint8)
        strength_of[seen] = strength
        if np.ptp([strength_of[seen], strength], axis=0).max() < 32:
            grey = _channel(image, channel).point(strength_of.tolist())
            return _leave_clutter_of(grey)
    return None


def _leave_clutter_of(strength: Image.Image) -> Mask:
    """The drawing, in a mask that it fills, in a picture of how strong the ink is in each pixel."""
    box = strength.getbbox() or (0, 0, *strength.size)
    ink = _fit(strength.crop(_margin(box)))
    if not may_be_clutter(ink):
        return _trim(ink)
    drawing = leave_clutter(ink)
    if drawing is ink:
        return _trim(ink)
    left, top, right, bottom = _margin(box)
    size = right - left, bottom - top
    if max(drawing.any(axis=0).sum(), drawing.any(axis=1).sum()) > 0.6 * max(drawing.shape):
        return _trim(drawing)  # a closer look would show little more
    inner = [round(value) for value in _box_around(drawing, size)]
    close = _fit(strength.crop((inner[0] + left, inner[1] + top, inner[2] + left, inner[3] + top)))
    return _trim(close & _in_box(_grow(drawing), (inner[0], inner[1], inner[2], inner[3]), size, close.shape))


def _margin(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """With two pixels more on each side; what lies outside of a picture is paper there."""
    return box[0] - 2, box[1] - 2, box[2] + 2, box[3] + 2


def _is_paper(counted: tuple[int, Any], image: Image.Image) -> bool:
    """Whether the commonest colour, which so many pixels have, is an even paper's."""
    count, colour = counted
    corners = [image.getpixel((x, y)) for x in (0, image.width - 1) for y in (0, image.height - 1)]
    return 2 * count > image.width * image.height and corners.count(colour) >= 3


def _channel(image: Image.Image, name: str) -> Image.Image:
    return image.getchannel(name) if name in image.getbands() else image.convert(name)


def _fit(strength: Image.Image) -> Mask:
    """Ink of a convenient size, from how strong it is in each pixel of the part of a picture that it fills."""
    longer = max(strength.size)
    if longer < CLOSE_LOOK / 2:
        scale = CLOSE_LOOK / longer
        size = round(strength.width * scale), round(strength.height * scale)
        strength = strength.resize(size, Image.Resampling.BICUBIC)
    ink = np.asarray(strength) > int(255 * EDGE)  # a whole number: numpy is slow to compare with others
    return _pool(ink, round(longer / CLOSE_LOOK)) if longer > 1.5 * CLOSE_LOOK else ink


def _premultiplied(image: Image.Image) -> Image.Image:
    """Colours times alpha, so that what is transparent has one colour, whatever hides there."""
    return image.convert("RGBa") if image.mode == "RGBA" else image


def _look(image: Image.Image, box: Box, longer: int, enlarge: bool = True) -> Pixels:
    """A part of the picture, `longer` pixels along its longer side: (height, width, channels), see TO_YCBCRA."""
    width, height = box[2] - box[0], box[3] - box[1]
    scale = longer / max(width, height)
    if not enlarge:
        scale = min(scale, 1.0)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    kind = Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.BILINEAR
    return _comparable(np.asarray(image.resize(size, kind, box, reducing_gap=3.0), np.float32))


def _comparable(pixels: Pixels) -> Pixels:
    """Grey levels (height, width), or colours (height, width, channels): as channels to compare, see TO_YCBCRA."""
    if pixels.ndim == 2:
        return pixels[:, :, None] * np.float32(BRIGHT)
    channels = pixels.shape[2]
    return pixels @ TO_YCBCRA[:channels, :channels]


def _trim(ink: Mask) -> Mask:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _smooth(ink: Mask) -> Mask:
    """Ink without the roughness that noise and JPEG give its edge, unless lines would be lost with it."""
    blurred = Image.fromarray(np.pad(ink, 3).astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(1))
    smooth: Mask = np.asarray(blurred) > 127
    return smooth if smooth.sum() > 0.9 * ink.sum() else ink


def _pool(ink: Mask, size: int) -> Mask:
    """Ink at a fraction of the size: where there is any in so many by so many pixels."""
    height, width = ink.shape
    even = np.pad(ink, ((0, -height % size), (0, -width % size)))
    rows = np.logical_or.reduce([even[n::size] for n in range(size)])
    pooled: Mask = np.logical_or.reduce([rows[:, n::size] for n in range(size)])
    return pooled


def _box_around(ink: Mask, size: tuple[int, int]) -> Box:
    """The part of a picture of this (width, height) that holds the ink, with a margin of paper."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    across, down = size[0] / ink.shape[1], size[1] / ink.shape[0]
    left, top = float(columns[0] * across), float(rows[0] * down)
    right, bottom = float((columns[-1] + 1) * across), float((rows[-1] + 1) * down)
    margin = 0.06 * max(right - left, bottom - top) + max(across, down)
    return max(0, left - margin), max(0, top - margin), min(size[0], right + margin), min(size[1], bottom + margin)
