"""Files as browsers show them: broken metadata, missing ends, hidden drawings, and files of a million parts."""

import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from doodle.picture_file import PictureSizeError, decode, open_picture


def drawing(mode="RGB"):
    image = Image.new("RGB", (90, 60), "white")
    ImageDraw.Draw(image).line([(5, 10), (50, 20), (30, 55)], "navy", 5)
    return image.convert(mode)


def encode(image, kind="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def pixels(data):
    return np.asarray(decode(open_picture(data)))


def chunk(kind, content, checksum=None):
    return (
        struct.pack(">I", len(content)) + kind + content + (checksum or struct.pack(">I", zlib.crc32(kind + content)))
    )


def turned(value=6):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


def broken_exif():
    """An orientation beside a tag of a type that it must not have."""
    entries = struct.pack("<HHIHHHHII", 0x0112, 3, 1, 6, 0, 0x010F, 4, 1, 7)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + entries + bytes(4)


PLAIN = encode(drawing())
BROKEN_CHUNKS = [
    chunk(b"tEXt", b"Comment\0a doodle", b"0000"),
    chunk(b"eXIf", b"rubbish"),
    chunk(b"iCCP", b"no profile\0\0rubbish"),
    chunk(b"zTXt", b"Comment\0\0rubbish"),
    chunk(b"tRNS", b"rubbish", b"0000"),
    chunk(b"acTL", b""),
    chunk(b"pHYs", b"1"),
]


@pytest.mark.parametrize("broken", BROKEN_CHUNKS, ids=[part[4:8].decode() for part in BROKEN_CHUNKS])
def test_broken_ancillary_chunk_ignored(broken):
    for place in (33, len(PLAIN) - 12):  # behind the header, before the end
        assert np.array_equal(pixels(PLAIN[:place] + broken + PLAIN[place:]), pixels(PLAIN))


def test_missing_end_markers_ignored():
    assert np.array_equal(pixels(PLAIN[:-12]), pixels(PLAIN))
    for options in ({}, {"progressive": True}):
        jpeg = encode(drawing(), "JPEG", **options)
        assert np.array_equal(pixels(jpeg[:-2]), pixels(jpeg))
        assert np.array_equal(pixels(jpeg + b"and more"), pixels(jpeg))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("exif", [turned(), broken_exif()], ids=["whole", "broken"])
def test_orientation_found_in_exif(kind, exif):
    if kind == "PNG":
        content = exif.removeprefix(b"Exif\0\0")
        data = PLAIN[:33] + chunk(b"eXIf", content) + PLAIN[33:]
    else:
        data = encode(drawing(), kind, exif=exif, quality=90)
    upright = encode(drawing(), kind, quality=90)
    assert np.array_equal(pixels(data), np.rot90(pixels(upright), -1))


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_orientation_that_is_none_ignored(value):
    assert pixels(encode(drawing(), "JPEG", exif=turned(value))).shape == (60, 90, 3)


def test_metadata_of_webp_left_out():
    plain = encode(drawing("RGBA"), "WEBP", lossless=True)
    full = encode(drawing("RGBA"), "WEBP", lossless=True, exif=turned(1), icc_profile=b"rubbish", xmp=b"rubbish")
    assert np.array_equal(pixels(full), pixels(plain))


def test_comments_of_gif_left_out():
    gif = encode(drawing("P"), "GIF", comment=b"a doodle")
    place = gif.index(b"!\xfe")
    long = gif[:place] + b"!\xfe" + b"\x01a" * 100 + b"\0" + gif[place:]
    assert np.array_equal(pixels(long), pixels(gif))


def test_alpha_of_zeros_ignored():
    image = drawing("RGBA")
    image.putalpha(0)
    for kind in ("PNG", "BMP", "WEBP"):
        options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
        assert np.array_equal(pixels(encode(image, kind, **options)), np.asarray(drawing()))
    transparent = Image.new("RGBA", (90, 60))
    ImageDraw.Draw(transparent).line([(5, 5), (50, 50)], "red")
    assert pixels(encode(transparent)).shape == (60, 90, 4)


def test_scans_counted_whatever_the_format_is_called():
    jpeg = encode(drawing(), "JPEG", progressive=True)
    start = jpeg.rindex(b"\xff\xda")
    many = jpeg[:start] + jpeg[start:-2] * 60 + jpeg[-2:]
    with pytest.raises(PictureSizeError, match="scans"):
        open_picture(many)
    extra = b"\xff\xe2" + struct.pack(">H", 20) + b"MPF\0" + bytes(14)
    with pytest.raises(PictureSizeError, match="scans"):
        open_picture(many[:2] + extra + many[2:] + encode(drawing(), "JPEG"))
    assert np.array_equal(pixels(jpeg[:2] + b"\xff\xfe\0\x06\xff\xda\xff\xda" + jpeg[2:]), pixels(jpeg))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_file_of_many_parts_refused_at_once(kind):
    options = {"comment": b"a doodle"} if kind == "GIF" else {"exif": turned(1)} if kind == "WEBP" else {}
    data = encode(drawing(), kind, **options)
    place, part = {
        "PNG": (33, chunk(b"abCd", b"")),
        "JPEG": (2, b"\xff\xfe\0\2"),
        "GIF": (data.find(b"!\xfe"), b"!\xfe\x01a\0"),
        "WEBP": (data.find(b"VP8 "), b"abcd\0\0\0\0"),
    }[kind]
    begin = time.process_time()
    with pytest.raises(PictureSizeError, match="parts"):
        open_picture(data[:place] + part * 500_000 + data[place:])
    assert time.process_time() - begin < 0.5


def test_fill_bytes_skipped():
    jpeg = encode(drawing(), "JPEG")
    begin = time.process_time()
    assert np.array_equal(pixels(jpeg[:2] + b"\xff" * 2_000_000 + jpeg[2:]), pixels(jpeg))
    assert time.process_time() - begin < 0.5
