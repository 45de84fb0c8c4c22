"""`make bench`: how fast the server answers, as ratios within one run, and where the time of an answer goes.

Machines differ and are noisy, so every rate stands beside that of a Starlette route that answers a constant, under the
same uvicorn settings. Requests come from wrk where it is installed, else from Python. `--rivals` names a Python in
whose environment some of litserve, bentoml, and flask with torch are installed: the servers of benchmarks/rivals are
then measured too, with the same network and the same bodies.
"""

import argparse
import base64
import io
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.load import Load, Started, load, memory_of, post, server, stream
from doodle.parse import unpack
from doodle.picture import from_picture
from doodle.raster import rasterize
from doodle.recognizer import MODELS, ModelError, Recognizer, load_models
from doodle.strokes import parse_strokes

CONSTANTS = """
import sys
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

ANSWER = b'{"label": "star"}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"17")]

async def constant(request):
    await request.body()
    return Response(ANSWER, media_type="application/json")

async def bare(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})

apps = {"Starlette": Starlette(routes=[Route("/classify", constant, methods=["POST"])]), "ASGI": bare}
settings = {"loop": "asyncio", "http": "httptools", "ws": "none", "lifespan": "off", "log_level": "error"}
uvicorn.run(apps[sys.argv[1]], port=int(sys.argv[2]), access_log=False, **settings)
"""


def main() -> int:
    options = _parser().parse_args()
    try:
        models = load_models(options.models)
    except ModelError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    drawing, picture = star(), picture_of(star())
    bodies = {
        "strokes": json.dumps({"drawing": drawing}).encode(),
        "280x280 PNG": picture,
        "280x280 PNG as base64 JSON": json.dumps({"image": base64.b64encode(picture).decode()}).encode(),
    }
    show_steps(models, bodies["strokes"], picture)
    show_rates(options, models, bodies)
    show_stream(options, bodies["strokes"])
    if options.rivals:
        show_rivals(options, bodies)
    return 0


def show_steps(models: dict[str, Recognizer], strokes: bytes, picture: bytes) -> None:
    drawing = json.loads(strokes)["drawing"]
    steps: dict[str, Callable[[], object]] = {
        "JSON to strokes": lambda: unpack(strokes),
        "strokes to bitmap": lambda: rasterize(drawing),
        "280x280 PNG to bitmap": lambda: from_picture(picture),
        "280x280 PNG decoded by Pillow alone": lambda: Image.open(io.BytesIO(picture)).load(),
    }
    for each in models.values():
        inputs = np.array(each.draw([parse_strokes(drawing)]))
        steps[f"input to probabilities, {each.name}"] = partial(each.probabilities, inputs)
    print(f"one drawing of {sum(len(stroke[0]) for stroke in parse_strokes(drawing))} points by itself, one thread:")
    for step, call in steps.items():
        print(f"  {microseconds(call):8.0f} us  {step}")


def show_rates(options: argparse.Namespace, models: dict[str, Recognizer], bodies: dict[str, bytes]) -> None:
    print(
        f"\nPOST /classify, {options.connections} connections, {options.seconds} s each; ratio to the constant route:"
    )
    print(f"  {'requests/s':>10}  {'ratio':>6}  {'p50 ms':>7}  {'p99 ms':>7}  {'p99/p50':>7}  {'MB':>5}")
    cases = [
        (body, name) for body in bodies for name in models if body == "strokes" or name == "mlp" or len(models) == 1
    ]
    rates = {}
    for by in ("Starlette", "ASGI"):
        with server([sys.executable, "-c", CONSTANTS, by, str(options.port)], options.port) as constant:
            result = load(constant, options, bodies["strokes"])
        rates[by] = result.rate
        show(f"a constant, by {by} alone", result, rates["Starlette"])
    baseline = rates["Starlette"]
    for workers, suffix in ((1, ""), (2, ", 2 workers")):
        with server([*ours(options), "--workers", str(workers)], options.port) as process:
            memory = memory_of(process.pid)
            print(f"  first answer {process.first_answer:.2f} s after start, {memory:.0f} MB then{suffix}")
            for body, name in cases:
                show(f"{body}, {name}{suffix}", load(process, options, bodies[body], f"?model={name}"), baseline)


def show_stream(options: argparse.Namespace, strokes: bytes) -> None:
    print(f"\n{options.lines:,} lines of .ndjson in one request:")
    with server(ours(options), options.port) as process:
        post(options.port, strokes)
        before = memory_of(process.pid)
        start = time.perf_counter()
        answers = stream(options.port, strokes + b"\n", options.lines)
        seconds = time.perf_counter() - start
        assert answers == options.lines, f"{answers} answers"
        peak = memory_of(process.pid, "VmHWM")
        print(f"  {options.lines / seconds:10,.0f} drawings/s, mlp; {before:.0f} MB before, at most {peak:.0f} MB")


def show_rivals(options: argparse.Namespace, bodies: dict[str, bytes]) -> None:
    print("\nbeside other servers, which only scale pictures down; each with the mlp:")
    print(f"  {'requests/s':>10}  {'ours to it':>10}  {'p50 ms':>7}  {'p99 ms':>7}  {'MB':>5}  first answer")
    python, port = options.rivals, str(options.port)
    rivals = {
        "litserve": [python, "with_litserve.py", port],
        "bentoml": [python, "-m", "bentoml", "serve", "with_bentoml:Doodle", "--port", port],
        "flask": [python, "with_flask.py", port],
    }
    asked = ("strokes", "280x280 PNG as base64 JSON")
    rates: dict[str, float] = {}

    def measure(name: str, process: Started, query: str = "") -> None:
        for body in asked:
            result = load(process, options, bodies[body], query)
            times = rates.setdefault(body, result.rate) / result.rate
            print(
                f"  {result.rate:10,.0f}  {times:10.1f}  {result.p50:7.1f}  {result.p99:7.1f}  {result.memory:5.0f}"
                f"  {process.first_answer:.1f} s  {name}, {body}",
                flush=True,
            )

    for workers, name in ((1, "ours"), (2, "ours by 2 workers")):
        with server([*ours(options), "--workers", str(workers)], options.port) as process:
            measure(name, process, "?model=mlp")
    for name, command in rivals.items():
        if subprocess.run([python, "-c", f"import {name}"], capture_output=True).returncode:
            print(f"  {name} is not installed there")
            continue
        with server(command, options.port) as process:
            measure(name, process)


def ours(options: argparse.Namespace) -> list[str]:
    return [
        sys.executable,
        "-m",
        "serve",
        "--port",
        str(options.port),
        "--models",
        str(options.models),
        "--model",
        "mlp",
    ]


def show(name: str, result: Load, baseline: float) -> None:
    numbers = f"{result.rate:10,.0f}  {result.rate / baseline:6.2f}  {result.p50:7.1f}  {result.p99:7.1f}"
    print(f"  {numbers}  {result.p99 / result.p50:7.1f}  {result.memory:5.0f}  {name}", flush=True)


def star() -> list[list[list[float]]]:
    """A five-pointed star in one stroke, with a person's number of points."""
    corners = [(math.sin(k * 0.8 * math.pi), -math.cos(k * 0.8 * math.pi)) for k in range(6)]
    ends = np.array(corners)
    points = np.concatenate([np.linspace(a, b, 8, endpoint=False) for a, b in pairwise(ends)])
    return [(points.T * 127 + 128).round().tolist()]


def picture_of(drawing: list[list[list[float]]]) -> bytes:
    """The drawing as a canvas gives it: a 280x280 PNG, dark on white."""
    image = Image.new("RGBA", (280, 280), "white")
    for xs, ys in drawing:
        ImageDraw.Draw(image).line([(x + 12, y + 12) for x, y in zip(xs, ys, strict=True)], "black", 6, "curve")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def microseconds(call: Callable[[], object], seconds: float = 0.5) -> float:
    """The median time of a call."""
    call()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e6


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.serving", description=__doc__)
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of .onnx files, one of them mlp.onnx")
    parser.add_argument("--rivals", help="the Python of an environment with other servers: folder/bin/python")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--lines", type=int, default=100_000, help="of the stream")
    parser.add_argument("--port", type=int, default=8790)
    return parser


if __name__ == "__main__":
    sys.exit(main())
