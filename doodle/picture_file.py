"""Open and decode a picture file: PNG, JPEG, WebP, GIF or BMP.

What browsers show, this reads: metadata that is broken, an end marker that is missing, or an alpha channel that makes
everything transparent do not stand in the way. What costs too much to decode is refused first.
"""

import io
import warnings

from PIL import Image, UnidentifiedImageError

from doodle.picture_parts import PartsError, needed_parts

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MAX_PIXELS = 25_000_000  # of a phone; decoding takes 4 bytes a pixel, of an animated WebP 15
MAX_SIDE = 32_767  # pixels: Pillow keeps a pointer for each row, which for a million of them is more than the picture

UPRIGHT = {  # what turns a picture of each EXIF orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit warns, and raises, at other sizes than ours
warnings.filterwarnings("ignore", module=r"PIL\.")  # a damaged picture is its sender's affair, and not the log's


class PictureError(ValueError):
    """The picture cannot be decoded."""


class PictureSizeError(PictureError):
    """The picture has more pixels, or more parts, than we decode."""


def is_picture(data: bytes) -> bool:
    """Whether the first bytes are those of a PNG, JPEG, GIF, BMP or WebP."""
    return data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM")) or (
        data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    )


def open_picture(data: bytes, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Open a PNG, JPEG, WebP, GIF (its first frame counts) or BMP; decodes no pixel yet.

    Raises PictureError where it is none, and PictureSizeError where decoding it would cost too much.
    """
    try:
        data, orientation = needed_parts(data)
        image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
    except PartsError as error:
        raise PictureSizeError(str(error)) from None
    except UnidentifiedImageError:  # whose own words tell an address in memory
        raise PictureError("the picture cannot be decoded: it begins like one, and is none") from None
    except Exception as error:  # a damaged picture makes Pillow raise nearly anything
        raise PictureError(f"the picture cannot be decoded: {error}") from error
    image.info["orientation"] = orientation
    _check_size(image, max_pixels)
    return image


def _check_size(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise PictureSizeError(f"the picture has {width} x {height} pixels; at most {max_pixels:,} are taken")
    if max(width, height) > MAX_SIDE:
        raise PictureSizeError(f"the picture has {width} x {height} pixels; a side has at most {MAX_SIDE:,}")


def decode(image: Image.Image) -> Image.Image:
    """Decode an opened picture: upright, as L, RGB or RGBA. Raises PictureError where it is damaged."""
    try:
        image.load()
        turn = UPRIGHT.get(image.info.get("orientation", 1))
        return _in_few_modes(image if turn is None else image.transpose(turn))
    except Exception as error:  # a damaged picture makes Pillow raise nearly anything
        raise PictureError(f"the picture cannot be decoded: {error}") from error


def _in_few_modes(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        image = _in_mode(image, "RGBA")
        nothing_shows = image.getbbox(alpha_only=True) is None  # then alpha was left out, as many BMPs do
        return image.convert("RGB") if nothing_shows else image
    if image.mode.startswith("I"):  # 16 bits
        return image.point(lambda level: level / 256).convert("L")
    return _in_mode(image, "L" if image.mode in ("1", "L") else "RGB")


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    """Without a copy where it is in that mode already."""
    return image if image.mode == mode else image.convert(mode)
