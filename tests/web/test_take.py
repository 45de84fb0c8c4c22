"""What one takes along: pictures and strokes; and the replay."""

import base64
import json
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Page, expect

from tests.web.screenshot import draw, face, spider, star
from tests.web.tools import ARTEFACTS, LINE, Open, ink_on, settled, strokes_drawn, wait_until


def guessed(page: Page) -> str:
    """The first guess, once it has settled."""
    return settled(page)["label"]


def test_the_saved_picture_holds_the_drawing(open_page: Open, page_address: str, tmp_path: Path) -> None:
    page = open_page(color_scheme="dark")
    draw(page, star())
    assert guessed(page) == "star"
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    download.value.save_as(tmp_path / "star.png")
    request = urllib.request.Request(f"{page_address}/classify", (tmp_path / "star.png").read_bytes())
    with urllib.request.urlopen(request) as response:
        assert json.load(response)["label"] == "star"


def test_the_saved_line_of_strokes_gets_the_same_answer(open_page: Open, page_address: str, tmp_path: Path) -> None:
    page = open_page()
    draw(page, face())
    guessed(page)
    shown = page.locator("#bars").inner_text()
    bitmap = ink_on(page, "#bitmap")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save strokes").click()
    download.value.save_as(tmp_path / "doodle.ndjson")
    text = (tmp_path / "doodle.ndjson").read_text()
    fields = json.loads(text)
    assert text.endswith("\n") and text.count("\n") == 1
    assert fields.keys() == {"word", "countrycode", "timestamp", "recognized", "key_id", "drawing"}
    assert (fields["word"], fields["recognized"]) == ("face", True)
    for xs, ys, ts in fields["drawing"]:
        assert len(xs) == len(ys) == len(ts) and ts == sorted(ts)
    request = urllib.request.Request(f"{page_address}/classify?bitmap=1", text.encode())
    with urllib.request.urlopen(request) as response:
        answer = json.load(response)
    assert list(base64.b64decode(answer["bitmap"])) == bitmap
    assert [line for line in shown.split("\n") if line and "%" not in line] == [top["label"] for top in answer["top"]]


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_the_replay_guesses_after_each_stroke(open_page: Open, motion: str) -> None:
    page = open_page(reduced_motion=motion, viewport={"width": 360, "height": 640})
    draw(page, face())
    whole = guessed(page)
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("button", name="Replay")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#steps li")).to_have_count(len(face()), timeout=15_000)
    expect(page.locator("#steps b").last).to_have_text(whole)
    expect(page.get_by_role("button", name="Replay")).to_have_attribute("aria-pressed", "false")
    assert strokes_drawn(page) == f"{len(face())} strokes"
    page.screenshot(path=ARTEFACTS / f"replay-{motion}.png", full_page=True)


def test_the_pen_interrupts_the_replay_and_draws_on(open_page: Open) -> None:
    page = open_page()
    draw(page, spider())
    guessed(page)
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("#steps li")).not_to_have_count(0)
    draw(page, LINE)
    wait_until(page, "document.getElementById('replay').ariaPressed === 'false'")
    assert strokes_drawn(page) == f"{len(spider()) + 1} strokes"
