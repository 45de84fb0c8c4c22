"""What one brings along: pictures of any kind, and strokes."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from tests.web.screenshot import draw, face, star
from tests.web.tools import ARTEFACTS, LINE, Open, kept_drawing, strokes_drawn


def star_picture(ink: Any, paper: Any, size: tuple[int, int] = (480, 320)) -> Image.Image:
    picture = Image.new("RGBA", size, paper)
    [points] = star()
    width, height = size
    places = [(width / 2 + (x - 0.5) * height, y * height) for x, y in points]
    ImageDraw.Draw(picture).line(places, ink, height // 36, "curve")
    return picture


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


@pytest.fixture
def picture_of_a_star() -> bytes:
    """A photograph-like PNG: grey ink on cream."""
    return encoded(star_picture((70, 70, 80), (250, 244, 225)))


def bring(page: Page, name: str, content: bytes) -> None:
    kind = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml", "ndjson": "", "txt": "text/plain"}
    suffix = name.rpartition(".")[2]
    page.locator("#file").set_input_files({"name": name, "mimeType": kind[suffix], "buffer": content})


def test_a_picture_is_opened_by_the_button(open_page: Open, picture_of_a_star: bytes) -> None:
    page = open_page()
    draw(page, LINE)
    bring(page, "star.png", picture_of_a_star)
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
    bring(page, "star.png", picture_of_a_star)
    expect(page.locator("#word")).to_have_text("a star!")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#picture")).to_be_hidden()
    expect(page.locator("#lead")).to_have_text("Draw anything,")


def sent_picture(page: Page) -> Image.Image:
    """The picture that the page sends to the server, which is the one it shows."""
    address = page.locator("#picture").get_attribute("src") or ""
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGB")


SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M{}" fill="none" stroke="#123"/></svg>"""


def kinds() -> dict[str, tuple[str, bytes]]:
    [points] = star()
    path = " ".join(f"{24 * x} {24 * y}" for x, y in points)
    turned = Image.Exif()
    turned[0x0112] = 6  # to be turned by 90 degrees
    noise = Image.effect_noise((4000, 3000), 30).convert("RGB").point([min(255, v + 110) for v in range(256)] * 3)
    noise.paste((40, 40, 60), mask=star_picture("white", "black", noise.size).convert("L"))
    return {
        "SVG": ("star.svg", SVG.format(path).encode()),
        "white on nothing": ("star.png", encoded(star_picture("white", (0, 0, 0, 0)))),
        "black on nothing": ("star.png", encoded(star_picture("black", (255, 255, 255, 0)))),
        "turned": ("star.jpg", encoded(star_picture("black", "white").convert("RGB"), "JPEG", exif=turned)),
        "large photograph": ("star.jpg", encoded(noise, "JPEG")),
    }


@pytest.mark.parametrize("kind", ["SVG", "white on nothing", "black on nothing", "turned", "large photograph"])
def test_pictures_of_any_kind_are_shown_as_they_are_read(open_page: Open, kind: str) -> None:
    page = open_page(color_scheme="dark")
    bring(page, *kinds()[kind])
    expect(page.locator("#word")).to_have_text("a star!")
    page.locator("#paper").screenshot(path=ARTEFACTS / f"opened {kind}.png")
    picture = sent_picture(page)
    assert np.ptp(np.asarray(picture.convert("L"))) > 100  # there is something to be seen
    assert max(picture.size) <= 2048
    assert len(page.locator("#picture").get_attribute("src") or "") <= 2**20
    if kind == "turned":
        assert picture.height > picture.width


def test_a_picture_survives_a_reload_and_undo_leads_back_to_the_drawing(
    open_page: Open, picture_of_a_star: bytes
) -> None:
    page = open_page()
    draw(page, face())
    expect(page.locator("#word")).to_have_text("a face!")
    bring(page, "star.png", picture_of_a_star)
    expect(page.locator("#word")).to_have_text("a star!")
    page.reload()
    expect(page.locator("#picture")).to_be_visible()
    expect(page.locator("#word")).to_have_text("a star!")
    page.keyboard.press("Control+z")
    expect(page.locator("#picture")).to_be_hidden()
    expect(page.locator("#word")).to_have_text("a face!")
    page.keyboard.press("Control+Shift+z")
    expect(page.locator("#picture")).to_be_visible()
    expect(page.locator("#word")).to_have_text("a star!")


def test_what_is_no_picture_is_refused_in_words_and_changes_nothing(open_page: Open) -> None:
    page = open_page()
    draw(page, face())
    expect(page.locator("#word")).to_have_text("a face!")
    for name in ("notes.txt", "broken.png", "broken.svg"):
        bring(page, name, b"star")
        expect(page.locator("#toast")).to_have_text("That isn't a picture. Try a PNG or JPEG.")
    assert strokes_drawn(page) == "5 strokes"
    expect(page.locator("#word")).to_have_text("a face!")


def test_a_picture_without_a_drawing_takes_the_place_of_the_last_guess(
    chromium_browser: Browser, page_address: str
) -> None:
    page = chromium_browser.new_page()  # whose console complains of the server's refusal
    page.goto(page_address)
    draw(page, face())
    expect(page.locator("#word")).to_have_text("a face!")
    bring(page, "blank.png", encoded(Image.new("RGB", (99, 99), "white")))
    expect(page.locator("#note")).to_have_text("I can't find a drawing in this picture.")
    expect(page.locator("#word")).not_to_contain_text("face")
    expect(page.locator("#bars")).not_to_contain_text("face")
    page.locator("#desk").screenshot(path=ARTEFACTS / "opened blank.png")
    page.close()


def test_a_round_goes_on_when_a_picture_is_pasted(open_page: Open, picture_of_a_star: bytes) -> None:
    page = open_page(view="play")
    for button in ("Quick game", "Go now"):
        page.get_by_role("button", name=button).click()
    expect(page.locator("#card")).to_be_hidden()
    bring(page, "star.png", picture_of_a_star)
    expect(page.locator("#toast")).to_have_text("Finish the round first.")
    expect(page.locator("#picture")).to_be_hidden()
    expect(page.locator("#skip")).to_be_visible()


def test_saved_strokes_are_opened_as_they_were(open_page: Open, tmp_path: Path) -> None:
    page = open_page()
    draw(page, face())
    expect(page.locator("#word")).to_have_text("a face!")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save strokes").click()
    download.value.save_as(tmp_path / "doodle.ndjson")
    before = kept_drawing(page)
    page.keyboard.press("Delete")
    draw(page, LINE)
    bring(page, "doodle.ndjson", (tmp_path / "doodle.ndjson").read_bytes())
    expect(page.locator("#word")).to_have_text("a face!")
    assert kept_drawing(page) == before
    page.keyboard.press("Control+z")
    assert strokes_drawn(page) == "1 stroke"


def test_strokes_of_the_data_set_are_made_as_large_as_the_paper_and_can_be_replayed(open_page: Open) -> None:
    page = open_page()
    drawing = [[[round(255 * x) for x, _ in stroke], [round(255 * y) for _, y in stroke]] for stroke in face()]
    line = json.dumps({"word": "face", "countrycode": "GB", "recognized": True, "drawing": drawing})
    bring(page, "faces.ndjson", f"{line}\n{line}\n".encode())
    expect(page.locator("#word")).to_have_text("a face!")
    coordinates = [value for xs, ys, _ in kept_drawing(page) for value in (*xs, *ys)]
    assert min(coordinates) == 256 and max(coordinates) == 4096 - 256
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("#steps li")).to_have_count(len(face()), timeout=15_000)


def test_a_file_without_strokes_says_so(open_page: Open) -> None:
    page = open_page()
    for text in ("", "{}", "[[1]]", '{"drawing": []}', '{"drawing": [[[1, 2], [3]]]}', '{"drawing": [[[1], ["a"]]]}'):
        bring(page, "doodle.ndjson", text.encode())
        expect(page.locator("#toast")).to_contain_text("I can't find strokes in this file.")
        page.evaluate("document.getElementById('toast').textContent = ''")
    assert strokes_drawn(page) == "empty"
