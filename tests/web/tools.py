"""What the tests of the page share: answers that a server might give, and a look at what the page holds."""

import json
import time
import urllib.request
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route

from tests.web.screenshot import ROOT, Stroke

ARTEFACTS = ROOT / "artefacts"
DOT: list[Stroke] = [[(0.5, 0.5)]]
LINE: list[Stroke] = [[(0.2, 0.3), (0.5, 0.5), (0.8, 0.7)]]

Open = Callable[..., Page]


def by_server(page: Page) -> None:
    """Has the server answer, as those have it who prefer that."""
    page.add_init_script("localStorage.setItem('doodle.engine', '\"server\"')")


def stub_answer(**changes: Any) -> Callable[[Page], None]:
    """Has the server answer, to /classify what `changes` says, and what it truly says on the rest."""

    def change(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json={**response.json(), **changes})

    def prepare(page: Page) -> None:
        by_server(page)
        page.route("**/classify?*", change)

    return prepare


def stub_model(**changes: Any) -> Callable[[Page], object]:
    """Has the server say of its first model what `changes` says, and hide any other."""

    def change(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json={"models": [{**response.json()["models"][0], **changes}]})

    return lambda page: page.route("**/models", change)


def strokes_drawn(page: Page) -> str:
    """What the page says is on the paper: "empty", "1 stroke", "2 strokes"..."""
    return (page.locator("#drawing canvas").get_attribute("aria-label") or "").removeprefix("Your drawing: ")


def kept_drawing(page: Page) -> list[list[list[int]]]:
    return page.evaluate("JSON.parse(localStorage.getItem('doodle.drawing'))")


def ink_on(page: Page, selector: str) -> list[int]:
    """How opaque each pixel of a canvas is, row by row."""
    return page.locator(selector).evaluate(
        """canvas => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]
                     .filter((_, index) => index % 4 === 3)"""
    )


def ink_at(page: Page, x: float, y: float) -> int:
    """How opaque the drawing is at a place of the paper, 0 to 255."""
    return page.locator("#drawing canvas").evaluate(
        """(canvas, [x, y]) => canvas.getContext("2d")
            .getImageData(x * canvas.width, y * canvas.height, 1, 1).data[3]""",
        [x, y],
    )


def ask(address: str, strokes: list[Any], **query: Any) -> dict[str, Any]:
    query_text = "&".join(f"{name}={value}" for name, value in query.items())
    request = urllib.request.Request(f"{address}/classify?{query_text}", json.dumps({"drawing": strokes}).encode())
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def wait_until(page: Page, condition: str | Callable[[], object]) -> None:
    """Waits for a condition, in JavaScript or Python; the page's policy forbids Playwright's own way, which is eval."""
    give_up = time.monotonic() + 10
    while not (page.evaluate(condition) if isinstance(condition, str) else condition()):
        assert time.monotonic() < give_up, f"still not {condition}"
        page.wait_for_timeout(50)


def settled(page: Page) -> dict[str, Any]:
    """Waits until the page shows what the server says of all that is drawn; returns that."""
    answer = ask(page.url.partition("/#")[0].rstrip("/"), kept_drawing(page), bitmap=1)
    bitmap, labels = list(b64decode(answer["bitmap"])), [entry["label"] for entry in answer["top"]]
    names = page.locator("#bars .name")
    wait_until(page, lambda: (ink_on(page, "#bitmap"), names.all_inner_texts()) == (bitmap, labels))
    return answer


def at_rest(page: Page) -> None:
    """Waits until nothing on the page moves, and what was laid out is shown."""
    wait_until(page, "document.getAnimations().every(({ playState }) => playState === 'finished')")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
