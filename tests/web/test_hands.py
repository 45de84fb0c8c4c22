"""Hands on the paper: a pen and the palm under it, and fingers that come together."""

import time
from typing import Any

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Page, expect

from tests.web.tools import Open, kept_drawing, strokes_drawn

PEN = [(0.2 + 0.03 * step, 0.3 + 0.01 * step) for step in range(20)]
PALM = [(0.6, 0.8), (0.7, 0.85), (0.8, 0.9)]


class Hand:
    """Real input of Chromium, an event each hundredth of a second by its own stamps, however slow the machine is."""

    def __init__(self, page: Page) -> None:
        box = page.locator("#drawing").bounding_box()
        assert box
        self._box = box
        self._session = page.context.new_cdp_session(page)
        self._now = time.time()

    def _send(self, method: str, **event: Any) -> None:
        self._now += 0.01
        self._session.send(method, {**event, "timestamp": self._now})

    def _place(self, x: float, y: float) -> dict[str, float]:
        return {"x": self._box["x"] + x * self._box["width"], "y": self._box["y"] + y * self._box["height"]}

    def touch(self, kind: str, *places: tuple[float, float]) -> None:
        points = [{**self._place(*place), "id": finger} for finger, place in enumerate(places)]
        self._send("Input.dispatchTouchEvent", type=kind, touchPoints=points)

    def palm(self) -> None:
        """A palm comes down and moves a little."""
        self.touch("touchStart", PALM[0])
        for place in PALM[1:]:
            self.touch("touchMove", place)

    def pen(self, kind: str, places: list[tuple[float, float]]) -> None:
        for place in places:
            pressed = {"button": "left", "buttons": 1, "clickCount": 1, "pointerType": "pen"}
            self._send("Input.dispatchMouseEvent", type=kind, **self._place(*place), **pressed)


@pytest.mark.parametrize("palm", ["before", "during", "after", "between"])
def test_only_the_pen_draws_whenever_the_palm_comes_down(open_page: Open, palm: str) -> None:
    page = open_page(has_touch=True)
    hand = Hand(page)
    if palm == "before":
        hand.palm()
    hand.pen("mousePressed", PEN[:1])
    hand.pen("mouseMoved", PEN[1:10])
    if palm == "during":
        hand.palm()
    hand.pen("mouseMoved", PEN[10:])
    if palm in ("before", "during"):
        hand.touch("touchEnd")
    hand.pen("mouseReleased", PEN[-1:])
    if palm in ("after", "between"):
        hand.palm()
        hand.touch("touchEnd")
    if palm == "between":
        hand.pen("mousePressed", PEN[:1])
        hand.pen("mouseReleased", PEN[:1])
    expect(page.locator("#bars .name").first).not_to_be_empty()
    strokes = kept_drawing(page)
    assert strokes_drawn(page) == ("2 strokes" if palm == "between" else "1 stroke")
    for axis, values in enumerate(strokes[0][:2]):
        assert values == pytest.approx([4096 * place[axis] for place in PEN], abs=20)


def test_fingers_that_come_together_leave_no_stroke(open_page: Open) -> None:
    page = open_page(has_touch=True)
    hand = Hand(page)
    hand.touch("touchStart", (0.3, 0.3))
    hand.touch("touchStart", (0.3, 0.3), (0.7, 0.7))
    for step in range(10):
        hand.touch("touchMove", (0.3 + 0.01 * step, 0.3), (0.7, 0.7 - 0.01 * step))
    hand.touch("touchEnd")
    expect(page.locator("#drawing canvas")).to_have_attribute("aria-label", "Your drawing: empty")
    hand.touch("touchStart", (0.3, 0.3))
    hand.touch("touchMove", (0.5, 0.5))
    hand.touch("touchEnd")
    expect(page.locator("#drawing canvas")).to_have_attribute(
        "aria-label", "Your drawing: 1 stroke"
    )  # one finger draws again
