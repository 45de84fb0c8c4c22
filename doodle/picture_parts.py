"""The parts of a picture file that a decoder needs: its pixels, and which way up they are.

Everything optional is left out before Pillow sees the file: text, colour profiles, thumbnails, EXIF, later frames.
Broken metadata then cannot make a picture unreadable, as it does not in a browser, and a file of a million tiny parts
is refused before anybody walks through it. Parts are counted by what the file holds, whatever kind it claims to be.
"""

import re
import zlib
from itertools import pairwise
from typing import Literal

MAX_PARTS = 5_000  # chunks, markers or blocks; a 16 MB PNG in chunks of 4 KB has 4,000
MAX_SCANS = 50  # of a progressive JPEG, each of which goes over all pixels; encoders write about ten
WINDOW = 2**18  # bytes searched at a time: a regular expression keeps other threads waiting until it returns

JPEG_MARKER = re.compile(rb"\xff([\x02-\xcf\xd8-\xfe])")  # neither a stuffed byte nor a restart
JPEG_START, JPEG_END, JPEG_SCAN, JPEG_EXIF = 0xD8, 0xD9, 0xDA, 0xE1
JPEG_NEEDED = {*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD, JPEG_SCAN}  # frames, tables, restart interval, scans
JPEG_COLOURS = {0xE0: b"JFIF", 0xEE: b"Adobe"}  # application segments that say how colours are stored
WEBP_NEEDED = (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF")
WEBP_METADATA_FLAGS = 0x20 | 0x08 | 0x04  # in VP8X: there is an ICC profile, EXIF, XMP

Parts = tuple[bytes, int]  # a smaller file with the same picture, and its EXIF orientation, 1 to 8


class PartsError(ValueError):
    """The file has more parts than we walk through."""


def needed_parts(data: bytes) -> Parts:
    """Leave out what is not needed to decode a PNG, JPEG, WebP, GIF or BMP. Raises PartsError for too many parts."""
    if data.startswith(b"\x89PNG"):
        return _png(data)
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(b"RIFF"):
        return _webp(data)
    return (_gif(data) if data.startswith(b"GIF8") else data), 1


def _png(data: bytes) -> Parts:
    spans, orientation, at, count = [(0, 8)], 1, 8, 0
    while at + 12 <= len(data):
        count = _count(count)
        kind, end = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4], "big")
        if kind == b"eXIf":
            orientation = _orientation(data[at + 8 : end - 4])
        critical = not kind[0] & 0x20
        if critical or (kind == b"tRNS" and _checksum_holds(data, at, end)):
            spans.append((at, end))
        at = end
        if kind == b"IEND":
            break
    return _join(data, spans), orientation


def _checksum_holds(data: bytes, at: int, end: int) -> bool:
    return zlib.crc32(data[at + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")


def _jpeg(data: bytes) -> Parts:
    spans, orientation, at, count, scans = [(0, 2)], 1, 2, 0, 0
    while (found := _next_marker(data, at)) is not None:
        start, marker = found
        if marker == JPEG_END:
            break
        count = _count(count)
        end = start + 2
        if marker != JPEG_START:
            end += int.from_bytes(data[start + 2 : start + 4], "big")
        content = data[start + 4 : start + 10]
        if marker == JPEG_SCAN:
            scans += 1
            following = _next_marker(data, end)
            end = following[0] if following else len(data)
        elif marker == JPEG_EXIF and content.startswith(b"Exif\0"):
            orientation = _orientation(data[start + 10 : end])
        if marker in JPEG_NEEDED or (marker in JPEG_COLOURS and content.startswith(JPEG_COLOURS[marker])):
            spans.append((start, end))
        at = end
    if scans > MAX_SCANS:
        raise PartsError(f"the picture has {scans} scans; a progressive JPEG has at most {MAX_SCANS}")
    return _join(data, spans) + bytes([0xFF, JPEG_END]), orientation


def _next_marker(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the next marker begins, and which it is."""
    while data[at : at + 2] == b"\xff\xff":  # fill bytes, of which there may be any number
        window = data[at : at + WINDOW]
        at += max(1, len(window) - len(window.lstrip(b"\xff")) - 1)
    for start in range(at, len(data), WINDOW):
        if found := JPEG_MARKER.search(data, start, start + WINDOW + 1):
            return found.start(), found[1][0]
    return None


def _gif(data: bytes) -> bytes:
    """The first frame, without the comments and application data before it."""
    at, count = 13 + _colour_table(data[10:11]), 0
    spans = [(0, at)]
    while data[at : at + 1] == b"!":
        start, graphic_control = at, data[at + 1 : at + 2] == b"\xf9"
        at += 2
        while at < len(data) and data[at]:
            count = _count(count)
            at += 1 + data[at]
        at += 1
        if graphic_control:
            spans.append((start, at))
    return _join(data, [*spans, (at, len(data))])


def _colour_table(flags: bytes) -> int:
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _webp(data: bytes) -> Parts:
    parts, orientation, at, count, frames = [], 1, 12, 0, 0
    while at + 8 <= len(data):
        count = _count(count)
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + length + length % 2
        frames += kind == b"ANMF"
        if kind == b"EXIF":
            orientation = _orientation(data[at + 8 : end])
        elif kind == b"VP8X":
            flags = bytes(flag & ~WEBP_METADATA_FLAGS for flag in data[at + 8 : at + 9])
            parts.append(data[at : at + 8] + flags + data[at + 9 : end])
        elif kind in WEBP_NEEDED and not (kind == b"ANMF" and frames > 1):
            parts.append(data[at:end])
        at = end
    content = b"WEBP" + b"".join(parts)
    return b"RIFF" + len(content).to_bytes(4, "little") + content, orientation


def _orientation(exif: bytes) -> int:
    """EXIF tag 0x0112, 1 where it is missing or damaged."""
    exif = exif.removeprefix(b"Exif\0\0")
    orders: dict[bytes, Literal["little", "big"]] = {b"II": "little", b"MM": "big"}
    order = orders.get(exif[:2])
    if order is None:
        return 1
    first = int.from_bytes(exif[4:8], order)
    entries = int.from_bytes(exif[first : first + 2], order)
    for at in range(first + 2, min(first + 2 + 12 * entries, len(exif)), 12):
        if int.from_bytes(exif[at : at + 2], order) == 0x0112:
            value = int.from_bytes(exif[at + 8 : at + 10], order)
            return value if 1 <= value <= 8 else 1
    return 1


def _count(parts: int) -> int:
    if parts == MAX_PARTS:
        raise PartsError(f"the picture file has more than {MAX_PARTS:,} parts (chunks, markers or blocks)")
    return parts + 1


def _join(data: bytes, spans: list[tuple[int, int]]) -> bytes:
    """These spans of the data, without a copy where they are all of it."""
    if all(before[1] == after[0] for before, after in pairwise(spans)):
        return data if spans[-1][1] >= len(data) else data[: spans[-1][1]]
    return b"".join(data[start:end] for start, end in spans)
