"""What one takes along and brings along: pictures and strokes; and the replay."""

import base64
import io
import json
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.web.screenshot import draw, face, spider, star
from tests.web.tools import ARTEFACTS, LINE, Open, ink_on, settled, strokes_drawn, wait_until


@pytest.fixture
def picture_of_a_star() -> bytes:
    """A photograph-like PNG: grey ink on cream."""
    picture = Image.new("RGB", (480, 320), (250, 244, 225))
    [points] = star()
    ImageDraw.Draw(picture).line([(80 + 320 * x, 320 * y) for x, y in points], (70, 70, 80), 9, "curve")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


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


def test_a_picture_is_opened_by_the_button(open_page: Open, picture_of_a_star: bytes) -> None:
    page = open_page()
    draw(page, LINE)
    page.locator("#file").set_input_files({"name": "star.png", "mimeType": "image/png", "buffer": picture_of_a_star})
    expect(page.locator("#picture")).to_be_visible()
    expect(page.locator("#word")).to_have_text("a star!")
    page.screenshot(path=ARTEFACTS / "picture.png")
    page.keyboard.press("Control+z")
    expect(page.locator("#picture")).to_be_hidden()
    assert strokes_drawn(page) == "1 stroke"


TRANSFER = """(bytes) => {
    const data = new DataTransfer();
    const content = Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0));
    data.items.add(new File([content], "star.png", { type: "image/png" }));
    return data;
}"""


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted(open_page: Open, picture_of_a_star: bytes, way: str) -> None:
    page = open_page(view="play" if way == "paste" else "")
    data = page.evaluate_handle(TRANSFER, base64.b64encode(picture_of_a_star).decode())
    if way == "drop":
        for event in ("dragover", "drop"):
            page.locator("#drawing").dispatch_event(event, {"dataTransfer": data})
    else:
        page.evaluate("data => dispatchEvent(new ClipboardEvent('paste', {clipboardData: data}))", data)
    expect(page.locator("#picture")).to_be_visible()
    expect(page.locator("#word")).to_have_text("a star!")
    draw(page, LINE)  # a new drawing takes its place
    expect(page.locator("#picture")).to_be_hidden()
    assert strokes_drawn(page) == "1 stroke"


def test_clear_takes_a_picture_away(open_page: Open, picture_of_a_star: bytes) -> None:
    page = open_page()
    page.locator("#file").set_input_files({"name": "star.png", "mimeType": "image/png", "buffer": picture_of_a_star})
    expect(page.locator("#word")).to_have_text("a star!")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#picture")).to_be_hidden()
    expect(page.locator("#lead")).to_have_text("Draw anything,")


def test_what_is_no_picture_is_refused_in_words(open_page: Open) -> None:
    page = open_page()
    page.locator("#file").set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"star"})
    expect(page.locator("#note")).to_contain_text("That isn't a picture. Try a PNG or JPEG.")


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
