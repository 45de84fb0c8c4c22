"""The page in a real browser: a server to open it on, a browser to open it in, and doodles to draw there.

The tests of the page use these. `python tests/web/screenshot.py OUT.png` takes the README's picture.
"""

import math
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "models"

# As root in a container the sandbox can't start; the others keep the browser from calling home.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Stroke = list[tuple[float, float]]  # points (x, y), 0 to 1 from the paper's left and top


def chromium() -> str | None:
    """The browser's executable: $CHROMIUM, or Debian's; None where there is none."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


@contextmanager
def running_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def running_server(models: Path, port: int = 0) -> Iterator[str]:
    """The project's server as a process of its own, on a free port unless told; yields the page's address."""
    command = [sys.executable, "-m", "serve", "--port", str(port), "--models", str(models)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            greeting = process.stdout.readline()
            address = re.search(r"http://\S+", greeting)
            assert address, f"the server did not start; it said {greeting!r}"
            _wait_for(address.group())
            yield address.group()
        finally:
            process.terminate()


def _wait_for(address: str, seconds: float = 20) -> None:
    """Returns once the server answers: it names its address a little before it listens there."""
    give_up = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"{address}/healthz").close()
            return
        except urllib.error.URLError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)


def hide_packed(page: Page) -> None:
    """Has the server lack the models in the form that browsers run."""
    page.route("**/models/*.bin", lambda route: route.fulfill(status=404))


def draw(page: Page, strokes: list[Stroke]) -> None:
    """Draws with the mouse, as a hand does: down, along the points, up."""
    page.locator("#drawing").scroll_into_view_if_needed()
    box = page.locator("#drawing").bounding_box()
    assert box
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def star() -> list[Stroke]:
    """A five-pointed star in one stroke."""
    turns = [2 * math.tau * corner / 5 for corner in range(6)]
    corners = [(0.5 + 0.36 * math.sin(turn), 0.53 - 0.36 * math.cos(turn)) for turn in turns]
    return [_along(corners)]


def face() -> list[Stroke]:
    """A round face that smiles."""
    eyes = [_arc((x, 0.42), 0.035, 0.05) for x in (0.39, 0.61)]
    nose = [(0.5, 0.47), (0.49, 0.53), (0.48, 0.58), (0.52, 0.59)]
    smile = _arc((0.5, 0.58), 0.17, 0.13, start=0.28, end=0.72)
    return [_arc((0.5, 0.5), 0.33, 0.36), *eyes, nose, smile]


def spider() -> list[Stroke]:
    """A spider: head, body, and eight legs with knees."""
    legs = [
        [(0.5 + side * x, y) for x, y in ((0.11, hip), (0.25, knee), (0.29, knee + 0.01), (0.4, foot))]
        for side in (-1, 1)
        for hip, knee, foot in ((0.48, 0.3, 0.4), (0.53, 0.44, 0.55), (0.58, 0.57, 0.72), (0.62, 0.7, 0.88))
    ]
    return [_arc((0.5, 0.56), 0.14, 0.16), _arc((0.5, 0.35), 0.08, 0.07), *map(_along, legs)]


def _along(corners: Stroke, steps: int = 4) -> Stroke:
    """Straight lines from corner to corner, as points on the way."""
    return [
        (ax + (bx - ax) * step / steps, ay + (by - ay) * step / steps)
        for (ax, ay), (bx, by) in pairwise(corners)
        for step in range(steps + 1)
    ]


def _arc(centre: tuple[float, float], width: float, height: float, start: float = 0.0, end: float = 1.03) -> Stroke:
    """Part of an ellipse, clockwise from its top, in turns; a whole one closes with a little overlap and a wobble."""
    turns = [math.tau * (start + (end - start) * step / 20) for step in range(21)]
    wobble = [1 + 0.03 * math.sin(2 * turn + 5 * width) for turn in turns]
    return [
        (centre[0] + width * w * math.sin(turn), centre[1] - height * w * math.cos(turn))
        for turn, w in zip(turns, wobble, strict=True)
    ]


def take_screenshot(out: Path) -> None:
    with running_server(MODELS) as address, running_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 720}, device_scale_factor=2)
        page.goto(address)
        draw(page, spider())
        page.locator("#bars .share", has_text="%").first.wait_for()
        page.wait_for_timeout(1000)  # for the last answer, and for the bars to come to rest
        out.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=out, clip={"x": 0, "y": 0, "width": 1280, "height": 720})


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tests/web/screenshot.py OUT.png")
    if not chromium():
        sys.exit("screenshot: needs Chromium: apt-get install chromium, or set CHROMIUM to its executable")
    take_screenshot(Path(sys.argv[1]))
