"""`python -m serve.bench`: how fast the server answers, as ratios within one run, and where the time of an answer goes.

Machines differ and are noisy, so every rate stands beside that of a Starlette route that answers a constant, under the
same uvicorn settings. Requests come from wrk where it is installed, else from Python. `--rivals` names a Python in
whose environment some of litserve, bentoml, and flask with torch are installed: the servers of tests/rivals are then
measured too, with the same network and the same bodies.
"""

import argparse
import base64
import http.client
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from doodle.parse import unpack
from doodle.picture import from_picture
from doodle.raster import rasterize
from doodle.recognizer import ModelError, Recognizer, load_models
from doodle.strokes import parse_strokes

ROOT = Path(__file__).parent.parent
MODELS = ROOT / "models"
RIVALS = ROOT / "tests" / "rivals"
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
LINES_OF_BATCH = 2000


@dataclass(frozen=True)
class Load:
    """What a load gave: requests per second, percentiles of their times in ms, and the servers' memory in MB."""

    rate: float
    p50: float
    p99: float
    memory: float


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
    bitmap = rasterize(drawing)[None]
    steps: dict[str, Callable[[], object]] = {
        "JSON to strokes": lambda: unpack(strokes),
        "strokes to bitmap": lambda: rasterize(drawing),
        "280x280 PNG to bitmap": lambda: from_picture(picture),
        "280x280 PNG decoded by Pillow alone": lambda: Image.open(io.BytesIO(picture)).load(),
    }
    for each in models.values():
        steps[f"bitmap to probabilities, {each.name}"] = lambda each=each: each.probabilities(bitmap)  # type: ignore[misc]
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


@dataclass(frozen=True)
class Started:
    pid: int
    first_answer: float  # seconds after its start


@contextmanager
def server(command: list[str], port: int) -> Iterator[Started]:
    """Start a server and wait for its first answer."""
    rival = command[0] != sys.executable
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=RIVALS if rival else ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not _answers(port):
            if time.perf_counter() > start + 60 or process.poll() is not None:
                raise RuntimeError(f"no answer from: {' '.join(command)[:200]}")
            time.sleep(0.01)
        yield Started(process.pid, time.perf_counter() - start)
    finally:
        os.killpg(process.pid, 15)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
        while _answers(port):
            time.sleep(0.1)


def _answers(port: int) -> bool:
    try:
        post(port, b'{"drawing": [[[0, 9], [0, 9]]]}')
    except (OSError, http.client.HTTPException):
        return False
    return True


def post(port: int, body: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/classify", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def stream(port: int, line: bytes, lines: int) -> int:
    """Send so many lines in one request while the answers are read; returns how many came."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    connection.putrequest("POST", "/classify")
    connection.putheader("Content-Type", "application/x-ndjson")
    connection.putheader("Content-Length", str(len(line) * lines))
    connection.endheaders()

    def send() -> None:
        for first in range(0, lines, LINES_OF_BATCH):
            connection.send(line * min(LINES_OF_BATCH, lines - first))

    sender = threading.Thread(target=send)
    sender.start()
    response = connection.getresponse()
    answers = 0
    while chunk := response.read1(1 << 20):
        answers += chunk.count(b"\n")
    sender.join()
    return answers


def memory_of(pid: int, field: str = "VmRSS") -> float:
    """What a process and those that it started hold, in MB; 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    own = re.search(rf"{field}:\s+(\d+)", status.read_text())
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(own[1]) / 1024 if own else 0.0) + sum(memory_of(int(child), field) for child in children)


def load(process: Started, options: argparse.Namespace, body: bytes, query: str = "") -> Load:
    """Let all connections ask, each again as soon as it is answered."""
    url = f"http://127.0.0.1:{options.port}/classify{query}"
    by = _load_by_wrk if shutil.which("wrk") else _load_by_python
    rate, p50, p99 = by(url, body, options)
    return Load(rate, p50, p99, memory_of(process.pid))


def _load_by_wrk(url: str, body: bytes, options: argparse.Namespace) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "body").write_bytes(body)
        script = Path(folder, "post.lua")
        script.write_text(
            f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
            f'local file = io.open("{folder}/body", "rb")\nwrk.body = file:read("*a")\n'
            "done = function(summary, latency)\n"
            '  io.write(string.format("RESULT %f %f %f %d\\n", summary.requests / summary.duration * 1e6,'
            " latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, summary.errors.status))\nend\n"
        )
        command = ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "--timeout", "10s"]
        output = subprocess.run([*command, "-s", str(script), url], capture_output=True, text=True, check=True).stdout
    rate, p50, p99, errors = map(float, output.split("RESULT")[1].split())
    assert not errors, f"{errors:.0f} requests were refused"
    return rate, p50, p99


def _load_by_python(url: str, body: bytes, options: argparse.Namespace) -> tuple[float, float, float]:
    times: list[float] = []
    end = time.perf_counter() + options.seconds

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", options.port)
        while time.perf_counter() < end:
            start = time.perf_counter()
            connection.request("POST", url, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
            assert response.status == 200
            times.append(time.perf_counter() - start)

    clients = [threading.Thread(target=client) for _ in range(options.connections)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    p50, p99 = np.percentile(times, [50, 99]) * 1e3
    return len(times) / options.seconds, float(p50), float(p99)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m serve.bench", description=__doc__)
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of .onnx files, one of them mlp.onnx")
    parser.add_argument("--rivals", help="the Python of an environment with other servers: folder/bin/python")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--lines", type=int, default=100_000, help="of the stream")
    parser.add_argument("--port", type=int, default=8790)
    return parser


if __name__ == "__main__":
    sys.exit(main())
