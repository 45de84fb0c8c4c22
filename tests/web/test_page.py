"""The page, drawn on in a real Chromium and served by the real server; its pictures are kept under artefacts/."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Browser, Page, expect

from tests.web.screenshot import draw, face, hide_packed, running_server, star
from tests.web.tools import (
    ARTEFACTS,
    DOT,
    LINE,
    Open,
    at_rest,
    by_server,
    ink_at,
    ink_on,
    kept_drawing,
    settled,
    strokes_drawn,
    stub_answer,
    stub_model,
    wait_until,
)

PHONES = [(320, 568), (360, 640), (390, 844), (667, 375)]


def test_a_drawing_is_guessed_while_it_is_drawn(open_page: Open) -> None:
    page = open_page(viewport={"width": 1280, "height": 720})
    expect(page.locator("#lead")).to_have_text("Draw anything,")
    page.screenshot(path=ARTEFACTS / "desktop-empty.png")
    draw(page, face())
    expect(page.locator("#word")).to_have_text("a face!")
    expect(page.locator("#bars .name").first).to_have_text("face")
    expect(page.locator("#bars .share").first).to_have_text(re.compile(r"^\d+%$"))
    expect(page.locator("#status")).to_have_text(re.compile("a face!$"))
    page.screenshot(path=ARTEFACTS / "desktop-face.png")


def test_the_page_shows_what_the_server_says_of_the_same_strokes(open_page: Open) -> None:
    page = open_page(by_server)
    with page.expect_request("**/classify?*") as request:
        draw(page, DOT)
    draw(page, star())
    settled(page)
    sent = request.value.post_data_json or {}
    assert sent["drawing"][0] == kept_drawing(page)[0][:2]  # where the pen was, not when


def test_a_finger_draws_and_a_second_one_does_not(open_page: Open) -> None:
    page = open_page(viewport={"width": 375, "height": 667}, has_touch=True, is_mobile=True, device_scale_factor=2)
    box = page.locator("#drawing").bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": box["x"] + x, "y": box["y"] + y, "id": finger} for finger, (x, y) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    send("touchStart", (50, 50))
    for step in range(20):
        send("touchMove", (50 + 5 * step, 50 + 10 * step))
    send("touchStart", (145, 240), (250, 50))
    send("touchMove", (145, 245), (250, 150))
    send("touchEnd")
    expect(page.locator("#bars .name").first).not_to_be_empty()
    assert strokes_drawn(page) == "1 stroke"
    assert page.evaluate("scrollY") == 0
    [[xs, ys, _]] = kept_drawing(page)
    assert [xs[-1] / 4096, ys[-1] / 4096] == pytest.approx([145 / box["width"], 245 / box["height"]], abs=0.01)


@pytest.mark.parametrize("by", ["buttons", "keys"])
def test_undo_redo_and_clear(open_page: Open, by: str) -> None:
    page = open_page()
    keys = {"Undo": "Control+z", "Redo": "Control+Shift+z", "Clear": "Delete"}

    def do(act: str) -> str:
        if by == "keys":
            page.keyboard.press(keys[act])
        else:
            page.get_by_role("button", name=act).click(force=True)  # greyed ones, too
        return strokes_drawn(page)

    draw(page, face())
    assert [do(act) for act in ("Undo", "Undo", "Redo")] == ["4 strokes", "3 strokes", "4 strokes"]
    assert do("Clear") == "empty"
    expect(page.locator("#lead")).to_have_text("Draw anything,")
    assert not any(ink_on(page, "#bitmap"))
    assert [do(act) for act in ("Undo", "Redo", "Redo")] == ["4 strokes", "empty", "empty"]


def test_undo_by_keyboard_keeps_the_focus_where_it_is(open_page: Open) -> None:
    page = open_page()
    draw(page, LINE)
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    assert strokes_drawn(page) == "empty"
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    expect(page.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "true")


def test_a_drawing_survives_a_reload_and_can_be_undone_then(open_page: Open) -> None:
    page = open_page()
    draw(page, star() + LINE)
    expect(page.locator("#bars .name").first).not_to_be_empty()
    page.reload()
    expect(page.locator("#drawing canvas")).to_have_attribute("aria-label", "Your drawing: 2 strokes")
    expect(page.locator("#bars .name").first).not_to_be_empty()
    page.keyboard.press("Control+z")
    assert strokes_drawn(page) == "1 stroke"


def test_clear_redo_and_the_pen_go_on_after_a_reload(open_page: Open) -> None:
    page = open_page()
    draw(page, face())
    for key in ("Delete", "Control+z", "Control+z"):
        page.keyboard.press(key)
    page.reload()
    shown = []
    for key in ("Control+Shift+z", "Control+Shift+z", "Control+z", "Control+z"):
        page.keyboard.press(key)
        shown.append(strokes_drawn(page))
    assert shown == ["5 strokes", "empty", "5 strokes", "4 strokes"]
    draw(page, LINE)
    page.reload()
    assert strokes_drawn(page) == "5 strokes"


def test_each_tab_keeps_its_own_drawing_and_a_new_one_begins_with_the_newest(open_page: Open) -> None:
    page = open_page()
    draw(page, face())
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#drawing canvas")).to_have_attribute("aria-label", "Your drawing: 5 strokes")
    other.keyboard.press("Delete")
    draw(other, star())
    page.reload()
    assert strokes_drawn(page) == "5 strokes"
    other.reload()
    assert strokes_drawn(other) == "1 stroke"
    third = page.context.new_page()
    third.goto(page.url)
    assert strokes_drawn(third) == "1 stroke"


NO_DRAWINGS = [
    "{",
    "7",
    "[[]]",
    "[null]",
    "[[[1],[null],[0]]]",
    "[[[1,2],[3,4]]]",
    "[[[1,2],[3],[0,9]]]",
    "[[{},{},{}]]",
]
NO_HISTORIES = [
    "[]",
    '{"strokes":[],"states":[[0]],"now":1}',
    '{"strokes":[],"states":[[0,0]],"now":0}',
    '{"strokes":[[[1],[1],["a"]]],"states":[[0,0]],"now":0}',
    '{"strokes":[[[1],[1],[1]]],"states":[[0],[0,"length"]],"now":1}',
    '{"strokes":[[[1],[1],[1]]],"states":[[0],[0,0]],"now":"length"}',
    '{"strokes":[[[1],[1],[1]]],"states":7,"now":0}',
]


@pytest.mark.parametrize(
    ("place", "contents"),
    [
        ("localStorage.setItem('doodle.drawing', text)", NO_DRAWINGS),
        ("sessionStorage.setItem('doodle.history', text)", NO_DRAWINGS + NO_HISTORIES),
    ],
)
def test_what_is_no_drawing_is_not_restored(open_page: Open, place: str, contents: list[str]) -> None:
    page = open_page()
    for text in contents:
        page.evaluate(f"(text) => {{ localStorage.clear(); sessionStorage.clear(); {place} }}", text)
        page.reload()
        assert strokes_drawn(page) == "empty", text
        expect(page.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "true")
    draw(page, LINE)
    page.reload()
    assert strokes_drawn(page) == "1 stroke"


FILL = """
    for (let room = 2 ** 22; room > 2000; ) {
        try {
            sessionStorage.setItem("filler", (sessionStorage.getItem("filler") ?? "") + "x".repeat(room));
        } catch {
            room /= 2;
        }
    }
"""


def test_where_there_is_little_room_the_oldest_is_forgotten(open_page: Open) -> None:
    page = open_page()
    page.evaluate(f"() => {{ {FILL} }}")
    for _ in range(10):
        draw(page, star())
        page.keyboard.press("Delete")
    draw(page, LINE)
    page.reload()
    assert strokes_drawn(page) == "1 stroke"
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert strokes_drawn(page) == "1 stroke"
    for _ in range(30):
        page.keyboard.press("Control+z")
    assert page.get_by_role("button", name="Undo").get_attribute("aria-disabled") == "true"


def test_a_page_that_may_keep_nothing_works_on(open_page: Open) -> None:
    forbid = "delete window.localStorage; delete window.sessionStorage;"
    for storage in ("localStorage", "sessionStorage"):
        forbid += f"Object.defineProperty(window, '{storage}', {{ get() {{ throw new DOMException('forbidden') }} }});"
    page = open_page(lambda page: page.add_init_script(forbid))
    draw(page, LINE)
    page.keyboard.press("Control+z")
    assert strokes_drawn(page) == "empty"


def test_the_drawing_is_crisp_and_keeps_its_place_when_the_window_turns(open_page: Open) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, device_scale_factor=3)
    draw(page, LINE)
    for width, height in [(390, 844), (844, 390), (1280, 800)]:
        page.set_viewport_size({"width": width, "height": height})
        wait_until(page, f"innerWidth === {width}")
        at_rest(page)
        side, shown = page.locator("#drawing canvas").evaluate("canvas => [canvas.width, canvas.clientWidth]")
        assert side == 3 * shown
        assert [ink_at(page, *place) for place in ((0.5, 0.5), (0.35, 0.4), (0.5, 0.3))] == [255, 255, 0]


def test_an_unknown_drawing_is_said_to_be_unknown(open_page: Open) -> None:
    page = open_page(stub_answer(known=False), viewport={"width": 390, "height": 844})
    draw(page, LINE)
    expect(page.locator("#word")).to_have_text(re.compile(r"^an? .+\?$"))
    expect(page.locator("#status")).to_have_text(re.compile(r"^Hmm… an? .+\?$"))
    page.screenshot(path=ARTEFACTS / "phone-unsure.png")


SLOW = """
    const quick = window.fetch;
    window.flying = window.most = window.asked = 0;
    window.fetch = async (url, options) => {
        if (!String(url).startsWith("classify")) return quick(url, options);
        asked++;
        most = Math.max(most, ++flying);
        await new Promise((resolve) => setTimeout(resolve, 150));
        const response = await quick(url, options);
        const body = await response.text(); // all of it: what is left of an answer needs no waiting for
        flying--;
        return new Response(body, response);
    };
"""


def slow(page: Page) -> None:
    by_server(page)
    page.add_init_script(SLOW)


def test_one_request_at_a_time_and_the_last_drawing_is_what_is_answered(open_page: Open) -> None:
    page = open_page(slow)
    draw(page, face() + star())
    settled(page)
    assert page.evaluate("asked > 1 && most === 1")


def test_an_answer_that_comes_after_the_drawing_is_cleared_is_not_shown(open_page: Open) -> None:
    page = open_page(slow)
    draw(page, LINE)
    page.keyboard.press("Delete")
    wait_until(page, "asked > 0 && flying === 0")
    at_rest(page)
    expect(page.locator("#lead")).to_have_text("Draw anything,")
    expect(page.locator("#bars .name").first).to_be_empty()


def test_a_server_that_goes_is_missed_and_one_that_comes_back_is_found(
    chromium_browser: Browser, a_model: Path
) -> None:
    page = chromium_browser.new_page(viewport={"width": 375, "height": 667})
    hide_packed(page)
    with running_server(a_model.parent) as address:
        page.goto(address)
        draw(page, star())
        expect(page.locator("#bars .name").first).not_to_be_empty()
    draw(page, LINE)
    expect(page.locator("#note")).to_have_text("The server does not answer. Your drawing is safe, trying again…")
    expect(page.locator("#status")).to_contain_text("The server does not answer.")
    page.screenshot(path=ARTEFACTS / "phone-no-server.png")
    assert strokes_drawn(page) == "2 strokes"
    with running_server(a_model.parent, int(address.rpartition(":")[2])):
        expect(page.locator("#note")).to_contain_text("sure", timeout=8000)
    page.close()


def test_the_servers_refusal_is_shown_in_its_words(open_page: Open) -> None:
    refusal = {"error": {"code": "no_drawing", "message": "the drawing has no ink"}}
    page = open_page(by_server)
    page.evaluate("text => (window.fetch = async () => new Response(text, {status: 422})) && 0", json.dumps(refusal))
    draw(page, DOT)
    expect(page.locator("#note")).to_have_text("the drawing has no ink")


def test_the_other_model_answers_when_it_is_chosen(chromium_browser: Browser, a_model: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        shutil.copy(a_model, tmp_path / f"{name}.onnx")
    with running_server(tmp_path) as address:
        page = chromium_browser.new_page()
        page.goto(address)
        with page.expect_request("**/classify?model=first&*"):
            draw(page, star())
        page.get_by_text("Details").click()
        page.get_by_role("radio", name="first").focus()
        with page.expect_request("**/classify?model=second&*"):
            page.keyboard.press("ArrowRight")
        page.reload()
        page.get_by_text("Details").click()
        expect(page.get_by_role("radio", name="second")).to_be_checked()
        page.close()


def test_a_model_of_synthetic_doodles_says_so(open_page: Open) -> None:
    data = {"source": "doodles by this program", "license": "MIT", "synthetic": True, "counts": {"a": 1200}}
    page = open_page(stub_model(data=data))
    expect(page.locator("#synthetic")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), PHONES)
def test_on_a_phone_all_that_one_needs_is_on_one_screen(open_page: Open, width: int, height: int) -> None:
    page = open_page(viewport={"width": width, "height": height}, device_scale_factor=2, has_touch=True)
    draw(page, star())
    expect(page.locator("#bars .name").first).not_to_be_empty()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for part in ("nav", "#guess", "#paper", "#tools", "#sees", "#bars"):
        box = page.locator(part).bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height, part
    guess = page.locator("#guess").bounding_box()
    for link in page.locator("nav a").all():
        box = link.bounding_box()
        assert box and guess and box["y"] >= 0 and box["y"] + box["height"] <= guess["y"]
    page.screenshot(path=ARTEFACTS / f"phone-{width}x{height}.png")


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("known", [True, False])
def test_a_long_name_fits_its_place(open_page: Open, width: int, known: bool) -> None:
    answer: dict[str, Any] = {"label": "The Great Wall of China", "known": known, "probability": 0.5}
    page = open_page(stub_answer(**answer), viewport={"width": width, "height": 640})
    draw(page, DOT)
    expect(page.locator("#word")).to_have_text(re.compile(r"the Great Wall of China[?!]"))
    word, place = (page.locator(part).bounding_box() for part in ("#word span", "#guess"))
    assert word and place and word["width"] <= place["width"]
