"""`python -m serve.bench`: where the time of an answer goes, and what HTTP makes of it, as ratios within one run.

Machines differ and are noisy, so every figure stands beside one of the same run: the steps beside each other, requests
beside a Starlette route that answers a constant. Requests come from wrk where it is installed, else from Python.
"""

import argparse
import base64
import http.client
import io
import json
import math
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from serve.body import unpack
from serve.classifier import ModelError, choose_default, load_models
from serve.drawing import parse_strokes, rasterize
from serve.picture import from_picture

MODELS = Path(__file__).parent.parent / "models"
CONSTANT = """
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

async def constant(request):
    await request.body()
    return Response(b'{"label": "star"}', media_type="application/json")

uvicorn.run(Starlette(routes=[Route("/classify", constant, methods=["POST"])]), port=%d, log_level="warning")
"""


def main() -> int:
    options = _parser().parse_args()
    try:
        models = load_models(options.models)
        name = choose_default(models, options.model)
    except ModelError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    drawing, picture = star(), picture_of(star())
    strokes = json.dumps({"drawing": drawing}).encode()
    base64_json = json.dumps({"image": base64.b64encode(picture).decode()}).encode()

    bitmap = rasterize(drawing)[None]
    steps: dict[str, Callable[[], object]] = {
        "JSON to strokes": lambda: unpack(strokes),
        "strokes to bitmap": lambda: rasterize(drawing),
        "280x280 PNG to bitmap": lambda: from_picture(picture),
        "280x280 PNG decoded by Pillow alone": lambda: Image.open(io.BytesIO(picture)).load(),
    }
    for each in models.values():
        steps[f"bitmap to probabilities, {each.name}"] = lambda each=each: each.probabilities(bitmap)  # type: ignore[misc]
    print(f"one drawing of {sum(len(stroke[0]) for stroke in parse_strokes(drawing))} coordinates, one thread:")
    for step, call in steps.items():
        print(f"  {microseconds(call):8.0f} us  {step}")

    print(f"\nPOST /classify, {options.connections} connections, {options.seconds} s each, model {name}:")
    print(f"  {'requests/s':>10}  {'ratio':>6}  {'p50 ms':>7}  {'p99 ms':>7}")
    port = 8790
    with server(["-c", CONSTANT % port], port):
        baseline = show("Starlette, a constant", load(port, strokes, options), None)
    with server(["-m", "serve", "--port", str(port), "--models", str(options.models), "--model", name], port):
        for kind, body in (("strokes", strokes), ("PNG", picture), ("PNG as base64 JSON", base64_json)):
            show(kind, load(port, body, options), baseline)
    return 0


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


@contextmanager
def server(arguments: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                post(http.client.HTTPConnection("127.0.0.1", port), b"{}")
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def post(connection: http.client.HTTPConnection, body: bytes) -> None:
    connection.request("POST", "/classify", body)
    connection.getresponse().read()


def load(port: int, body: bytes, options: argparse.Namespace) -> tuple[float, float, float]:
    """Requests per second, and the 50th and 99th percentile of their times in milliseconds."""
    return (_load_by_wrk if shutil.which("wrk") else _load_by_python)(port, body, options)


def _load_by_wrk(port: int, body: bytes, options: argparse.Namespace) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "body").write_bytes(body)
        script = Path(folder, "post.lua")
        script.write_text(
            f'wrk.method = "POST"\nlocal file = io.open("{folder}/body", "rb")\nwrk.body = file:read("*a")\n'
            "done = function(summary, latency)\n"
            '  io.write(string.format("RESULT %f %f %f\\n", summary.requests / summary.duration * 1e6,'
            " latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))\nend\n"
        )
        command = ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "-s", str(script)]
        output = subprocess.run(
            [*command, f"http://127.0.0.1:{port}/classify"], capture_output=True, text=True, check=True
        ).stdout
    rate, p50, p99 = map(float, output.split("RESULT")[1].split())
    return rate, p50, p99


def _load_by_python(port: int, body: bytes, options: argparse.Namespace) -> tuple[float, float, float]:
    times: list[float] = []
    end = time.perf_counter() + options.seconds

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while time.perf_counter() < end:
            start = time.perf_counter()
            post(connection, body)
            times.append(time.perf_counter() - start)

    clients = [threading.Thread(target=client) for _ in range(options.connections)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    p50, p99 = np.percentile(times, [50, 99]) * 1e3
    return len(times) / options.seconds, float(p50), float(p99)


def show(name: str, result: tuple[float, float, float], baseline: float | None) -> float:
    rate, p50, p99 = result
    print(f"  {rate:10,.0f}  {rate / (baseline or rate):6.2f}  {p50:7.1f}  {p99:7.1f}  {name}", flush=True)
    return rate


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m serve.bench", description=__doc__)
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of .onnx files")
    parser.add_argument("--model", help="the model to ask; the server's default where none is named")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    return parser


if __name__ == "__main__":
    sys.exit(main())
