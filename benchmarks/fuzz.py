"""`make fuzz`: valid bodies of all kinds, damaged in every way, at the whole app in this process.

Each must get an answer, or an error of the usual form that is the client's fault; nothing may take long. Every input
follows from the run's seed and its own number, so a failure is repeated by the command that is printed with it.
"""

import argparse
import asyncio
import base64
import copy
import faulthandler
import io
import json
import random
import resource
import struct
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo
from starlette.types import ASGIApp, Message

from doodle.recognizer import load_models
from serve.app import create_app

SLOW = 5.0  # seconds of processor time for any input and those beside it, on any machine
AT_A_TIME = 8
STATUSES = {200, 400, 413, 415, 422}

NUMBERS = [0, 1, -1, 255, 2**31, -(2**63), 10**30, 1e308, -1e308, 5e-324, 1e-300, 0.1, float("nan"), float("inf")]
VALUES: list[Any] = [
    None,
    True,
    False,
    "",
    "\ud800",
    "data:,",
    [],
    {},
    [[]],
    [[], []],
    [[[], []]],
    {"drawing": []},
    *NUMBERS,
]
TOKENS = [b"NaN", b"-Infinity", b"1e999", b"-0", b"[[", b"]]", b"{}", b",,", b'"', b"\\u0000", b"\xff", b"\xef\xbb\xbf"]


def pictures() -> list[bytes]:
    """A small drawing in every format, and in the colours and ways that each format has."""
    image = Image.new("RGBA", (40, 30), (255, 255, 255, 0))
    ImageDraw.Draw(image).line([(4, 5), (30, 20), (8, 26)], (10, 20, 160, 255), 3)
    flat = image.convert("RGB")
    written: list[tuple[Image.Image, str, dict[str, Any]]] = [
        *((image.convert(mode), "PNG", {}) for mode in ("RGBA", "RGB", "LA", "L", "1", "P", "I;16")),
        (image, "PNG", {"pnginfo": _png_text()}),
        *((flat.convert(mode), "JPEG", {}) for mode in ("RGB", "L", "CMYK")),
        (flat, "JPEG", {"progressive": True, "exif": _turned()}),
        (image, "WEBP", {"lossless": True}),
        (flat, "WEBP", {"quality": 50}),
        (image, "WEBP", {"save_all": True, "append_images": [image.rotate(90)], "duration": 50}),
        (image, "GIF", {}),
        (image, "GIF", {"save_all": True, "append_images": [image.rotate(90)], "transparency": 0}),
        *((flat.convert(mode), "BMP", {}) for mode in ("RGB", "L", "1", "P")),
    ]
    return [_encoded(*how) for how in written]


def _encoded(image: Image.Image, kind: str, options: dict[str, object]) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _png_text() -> PngInfo:
    info = PngInfo()
    info.add_text("Comment", "a doodle " * 20, zip=True)
    return info


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation
    return exif


def drawings() -> list[object]:
    return [
        {"drawing": [[[0, 255, 52, 128, 204, 0], [97, 97, 255, 0, 255, 97]]]},
        {"word": "star", "drawing": [[[0.5, 10.25], [3, 4], [0, 16]], [[7], [7], [40]]], "recognized": True},
        {"drawing": [[[i * 7 % 31 for i in range(60)], [i * 11 % 29 for i in range(60)]], [[], []]]},
    ]


def bodies() -> list[bytes]:
    images = pictures()
    texts = [json.dumps(drawing).encode() for drawing in drawings()]
    texts += [json.dumps({"image": base64.b64encode(image).decode()}).encode() for image in images[:3]]
    texts.append(b'{"image": "data:image/gif;base64,' + base64.b64encode(images[-5]) + b'"}')
    head = b'--edge\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
    forms = [head + body + b"\r\n--edge--\r\n" for body in (images[0], texts[0])]
    lines = [b"\n".join(texts), texts[0] + b"\n" + texts[1] + b"\n"]
    return [*images, *images, *texts, *texts, *forms, *lines]


def damage(body: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """One to four changes, each of a kind that parsers are known to stumble over."""
    data = bytearray(body)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(data) + 1)
        length = min(len(data) - place, rng.choice((1, 2, 4, 8, 64, 1024)))
        change = rng.randrange(9)
        if change == 0:
            data[place : place + 1] = bytes([rng.randrange(256)])
        elif change == 1:
            data[place : place + length] = b""
        elif change == 2:
            data[place:place] = data[place : place + length] * rng.choice((1, 2, 50))
        elif change == 3:
            del data[place:]
        elif change == 4:
            data[place : place + 4] = struct.pack(
                rng.choice("<>") + "I", rng.choice((0, 1, 255, 65535, 2**31 - 1, 2**32 - 1))
            )
        elif change == 5:
            other = rng.choice(others)
            data[place:] = other[rng.randrange(len(other)) :]
        elif change == 6:
            data[place : place + length] = rng.choice(TOKENS)
        elif change == 7:
            data[place:place] = rng.randbytes(length)
        else:
            data[:32] = bytes(byte ^ (rng.random() < 0.1) * rng.randrange(256) for byte in data[:32])
    if data.startswith(b"\x89PNG") and rng.random() < 0.7:
        data = _with_right_checksums(bytes(data))
    return bytes(data)


def _with_right_checksums(png: bytes) -> bytearray:
    """So that a decoder looks at what was damaged, and not only at the checksum."""
    repaired, place = bytearray(png[:8]), 8
    while place + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, place)
        chunk = png[place + 4 : place + 8 + length]
        repaired += png[place : place + 4] + chunk + struct.pack(">I", zlib.crc32(chunk))
        place += 12 + length
    return repaired


def damaged_json(rng: random.Random) -> bytes:
    """A drawing's JSON with some of its values replaced."""
    value = rng.choice(drawings())
    for _ in range(rng.randint(1, 3)):
        node = value
        while isinstance(node, dict | list) and node:
            key = rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
            if not isinstance(node[key], dict | list) or rng.random() < 0.2:
                node[key] = (
                    copy.deepcopy(rng.choice(VALUES)) if rng.random() < 0.7 else rng.choice(NUMBERS) * rng.random()
                )
                break
            node = node[key]
    return json.dumps(value).encode()


def input_of(seed: int, number: int, valid: list[bytes]) -> tuple[bytes, bool]:
    """The body of this number, and whether it is sent as a stream of lines."""
    rng = random.Random(f"{seed} {number}")
    body = damaged_json(rng) if rng.random() < 0.25 else rng.choice(valid)
    if rng.random() < 0.9:
        body = damage(body, valid, rng)
    return body, rng.random() < 0.05


async def ask(app: ASGIApp, body: bytes, as_lines: bool) -> tuple[int, bytes]:
    """Ask the app as a server would, with the body in two parts."""
    kind = b"application/x-ndjson" if as_lines else b"application/octet-stream"
    half = len(body) // 2
    parts = iter(
        [
            {"type": "http.request", "body": body[:half], "more_body": True},
            {"type": "http.request", "body": body[half:], "more_body": False},
        ]
    )
    status, answer = 0, b""

    async def receive() -> Message:
        return next(parts)

    async def send(message: Message) -> None:
        nonlocal status, answer
        status = message.get("status", status)
        answer += message.get("body", b"")

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/classify",
        "raw_path": b"/classify",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-type", kind)],
        "client": ("fuzz", 1),
        "server": ("fuzz", 80),
        "state": {},
    }
    await app(scope, receive, send)
    return status, answer


def check(body: bytes, as_lines: bool, status: int, answer: bytes) -> str:
    """What came of it in a word. Raises AssertionError where the answer is not as it must be."""
    assert status in STATUSES, f"status {status}"
    answers = [json.loads(line) for line in answer.splitlines()]
    if as_lines:
        lines = [line for line in body.split(b"\n") if line.strip()]
        assert status == 200 and len(answers) == len(lines), f"{len(answers)} answers for {len(lines)} lines"
    for each in answers:
        if "error" in each:
            assert set(each["error"]) == {"code", "message"} and each["error"]["message"]
            assert " at 0x" not in each["error"]["message"], "an address in memory is told"
        else:
            assert 0 < each["probability"] <= 1 and each["top"][0]["label"] == each["label"]
    assert answers or as_lines
    return "lines" if as_lines or len(answers) > 1 else answers[0].get("error", {}).get("code", "answered")


async def fuzz(app: ASGIApp, numbers: range, seed: int, report: Callable[[str], None]) -> Counter[str]:
    valid = bodies()
    outcomes: Counter[str] = Counter()

    async def one(number: int) -> None:
        body, as_lines = input_of(seed, number, valid)
        start = time.process_time()
        try:
            status, answer = await ask(app, body, as_lines)
            outcomes[check(body, as_lines, status, answer)] += 1
            assert time.process_time() - start < SLOW, "it took too long"
        except Exception as error:
            outcomes["FAILED"] += 1
            report(f"{type(error).__name__}: {error}: python -m benchmarks.fuzz --seed {seed} --only {number}")

    for first in range(numbers.start, numbers.stop, AT_A_TIME):
        await asyncio.gather(*map(one, range(first, min(first + AT_A_TIME, numbers.stop))))
        if first // 10_000 != (first + AT_A_TIME) // 10_000:
            mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            report(f"{first + AT_A_TIME:,} inputs, at most {mebibytes} MiB: {dict(outcomes)}")
    return outcomes


def main() -> int:
    faulthandler.enable()
    parser = argparse.ArgumentParser("python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--only", type=int, metavar="NUMBER", help="this one input; its body is written to fuzz.bin")
    parser.add_argument("--models", type=Path, default=Path("models"))
    options = parser.parse_args()
    app = create_app(load_models(options.models), "mlp")
    numbers = range(options.inputs)
    if options.only is not None:
        numbers = range(options.only, options.only + 1)
        Path("artefacts").mkdir(exist_ok=True)
        Path("artefacts/fuzz.bin").write_bytes(input_of(options.seed, options.only, bodies())[0])
    print(f"{len(numbers):,} inputs, seed {options.seed}", flush=True)
    outcomes = asyncio.run(fuzz(app, numbers, options.seed, lambda text: print(text, flush=True)))
    print(f"outcomes: {dict(outcomes)}")
    return 1 if outcomes["FAILED"] else 0


if __name__ == "__main__":
    sys.exit(main())
