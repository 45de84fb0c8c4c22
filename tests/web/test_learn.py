"""What the page tells of what its models know."""

import json
from base64 import b64decode
from typing import Any

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Browser, Locator, Page, expect

from tests.web.screenshot import MODELS, ROOT, draw, spider, star
from tests.web.tools import (
    ARTEFACTS,
    Open,
    ask,
    at_rest,
    ink_on,
    kept_drawing,
    strokes_drawn,
    stub_model,
    wait_until,
)

SIZES = [(320, 568), (390, 844), (568, 320), (640, 360), (1280, 720)]  # the fourth is the last at 200 %

needs_report = pytest.mark.skipif(
    not (MODELS / "cnn" / "categories.json").is_file(), reason="needs a report: `make report MODEL=cnn`"
)


@pytest.fixture(scope="module")
def counted() -> dict[str, Any]:
    """What the CNN's report counted of each category."""
    return json.loads((MODELS / "cnn" / "categories.json").read_text())


def search(page: Page, words: str, within: str = "#explore") -> None:
    page.locator(within).get_by_role("searchbox").fill(words)


def tile(page: Page, label: str) -> Locator:
    return page.locator("#explore").get_by_role("link", name=label, exact=True)


def test_all_models_judge_the_same_drawing_side_by_side(open_page: Open, page_address: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 720})
    draw(page, spider())
    page.get_by_role("link", name="Learn").click()
    opinions = page.locator("#opinions > li")
    expect(opinions).to_have_count(len(list(MODELS.glob("*.onnx"))))
    expect(opinions.last.locator(".share").first).to_contain_text("%")
    for opinion in opinions.all():
        model = opinion.locator("h3").inner_text().partition(":")[0]
        answer = ask(page_address, kept_drawing(page), model=model, bitmap=1)
        assert opinion.locator(".name").all_inner_texts() == [entry["label"] for entry in answer["top"]]
        assert answer["label"] in opinion.locator("h3").inner_text()
    assert ink_on(page, "#seen") == list(b64decode(answer["bitmap"]))  # the last model's
    at_rest(page)
    page.screenshot(path=ARTEFACTS / "desktop-learn.png", full_page=True)


def test_without_a_drawing_it_says_so(open_page: Open) -> None:
    page = open_page(view="learn")
    expect(page.locator("#undrawn")).to_be_visible()
    expect(page.locator("#compare")).to_be_hidden()
    page.locator("#undrawn a").click()
    expect(page.locator("#paper")).to_be_visible()


def test_a_picture_that_is_open_is_what_the_models_look_at(open_page: Open) -> None:
    page = open_page()
    draw(page, star())
    picture = page.locator("#drawing canvas").screenshot()
    page.locator("#file").set_input_files({"name": "star.png", "mimeType": "image/png", "buffer": picture})
    expect(page.locator("#picture")).to_be_visible()
    page.get_by_role("link", name="Learn").click()
    expect(page.get_by_role("heading", name="Your picture, as each model sees it")).to_be_visible()
    expect(page.locator("#undrawn")).to_be_hidden()
    expect(page.locator("#opinions li").last).to_contain_text("%")
    assert any(ink_on(page, "#seen"))


def test_a_model_that_cannot_be_had_says_so_and_the_others_answer(chromium_browser: Browser, page_address: str) -> None:
    page = chromium_browser.new_page()
    page.goto(page_address)
    draw(page, star())
    expect(page.locator("#bars .name").first).to_have_text("star")
    for address in ("**/models/mlp.bin", "**/classify?*"):
        page.route(address, lambda route: route.abort())
    page.get_by_role("link", name="Learn").click()
    expect(page.locator("#opinions li", has_text="cnn")).to_contain_text("%")
    expect(page.locator("#opinions li", has_text="mlp")).to_contain_text("isn't on this device yet")
    page.unroute_all(behavior="ignoreErrors")
    page.close()


def test_its_address_opens_it_from_the_top(open_page: Open) -> None:
    page = open_page(view="learn", viewport={"width": 390, "height": 844})
    expect(page.locator("#figures table")).to_be_visible()
    page.wait_for_load_state("load")
    assert page.evaluate("scrollY") == 0


def test_all_that_the_model_knows_can_be_seen(open_page: Open) -> None:
    labels = (ROOT / "train" / "categories.txt").read_text().splitlines()
    page = open_page(stub_model(labels=labels), "learn", viewport={"width": 320, "height": 568})
    expect(page.locator("#categories")).to_have_text("I know 345 things")
    page.get_by_role("button", name="Show all 345").click()
    names = page.locator("#explore b").all_inner_texts()
    assert names == sorted(labels, key=str.lower)
    expect(page.locator("#explore a").first).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_search_finds_while_one_types(open_page: Open) -> None:
    page = open_page(view="learn")
    expect(page.locator("#explore li")).to_have_count(12)
    page.keyboard.press("/")
    expect(page.locator("#explore").get_by_placeholder("Search 345 things")).to_be_focused()
    page.keyboard.type("Bus")
    names = page.locator("#explore b")
    expect(names).to_have_text(["bus", "bush", "school bus"])  # what begins so comes first
    expect(page.locator("#explore [role=status]")).to_have_text("3 found")
    search(page, "robot")
    expect(names).to_have_count(0)
    expect(page.locator("#explore [role=status]")).to_have_text("I don't know “robot” yet.")
    search(page, "")
    expect(names).to_have_count(12)


@needs_report
def test_a_card_says_how_people_draw_it_and_what_it_is_taken_for(open_page: Open, counted: dict[str, Any]) -> None:
    page = open_page(view="learn")
    search(page, "cello")
    tile(page, "cello").click()
    card = page.get_by_role("dialog", name="cello")
    expect(card).to_contain_text(f"% of the time, in {counted['cello']['drawings']} tries")
    for other in counted["cello"]["taken_for"]:
        expect(card.get_by_role("link", name=other)).to_be_visible()
    picture = card.get_by_alt_text("cello, as people draw it")
    wait_until(page, lambda: picture.evaluate("({ naturalWidth }) => naturalWidth") == 28)
    assert picture.evaluate("({ naturalHeight }) => naturalHeight") == 28 * len(counted)


@needs_report
def test_from_card_to_card_and_one_step_back(open_page: Open) -> None:
    page = open_page(view="learn")
    search(page, "cello")
    tile(page, "cello").click()
    page.get_by_role("dialog", name="cello").get_by_role("link", name="violin").click()
    expect(page.get_by_role("dialog", name="violin")).to_be_visible()
    expect(page.get_by_role("button", name="Try it")).to_be_focused()
    assert page.url.endswith("#learn/violin")
    page.go_back()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.url.endswith("#learn")
    page.go_forward()
    expect(page.get_by_role("dialog", name="violin")).to_be_visible()


@pytest.mark.parametrize("by", ["Escape", "Close"])
def test_a_card_opens_and_closes_by_keys_and_gives_the_focus_back(open_page: Open, by: str) -> None:
    page = open_page(view="learn")
    search(page, "ice cream")
    tile(page, "ice cream").focus()
    page.keyboard.press("Enter")
    card = page.get_by_role("dialog", name="ice cream")
    expect(card).to_be_visible()
    assert page.url.endswith("#learn/ice%20cream")
    if by == "Escape":
        page.keyboard.press("Escape")
    else:
        card.get_by_role("button", name="Close").press("Enter")
    expect(card).to_be_hidden()
    wait_until(page, "location.hash === '#learn'")
    expect(tile(page, "ice cream")).to_be_focused()


def test_the_address_of_a_card_opens_it_and_closing_it_stays(open_page: Open) -> None:
    page = open_page(view="learn/star")
    expect(page.get_by_role("dialog", name="star")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    wait_until(page, "location.hash === '#learn'")
    expect(page.locator("#explore")).to_be_visible()


@pytest.mark.parametrize("view", ["learn/nothing", "learn/%", "learn/"])
def test_the_address_of_no_card_opens_none(open_page: Open, view: str) -> None:
    page = open_page(view=view)
    expect(page.locator("#explore li")).to_have_count(12)
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_try_it_leads_to_a_fresh_sheet(open_page: Open) -> None:
    page = open_page()
    draw(page, star())
    page.get_by_role("link", name="Learn").click()
    search(page, "spider")
    tile(page, "spider").click()
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#guess")).to_contain_text("a spider")
    assert strokes_drawn(page) == "empty"
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Control+z")
    assert strokes_drawn(page) == "1 stroke"


def test_the_drawing_view_can_search_too(open_page: Open) -> None:
    page = open_page()
    draw(page, star())
    expect(page.locator("#find li")).to_have_count(0)
    search(page, "a", "#find")
    expect(page.locator("#find li")).to_have_count(12)
    page.keyboard.press("Backspace")
    assert strokes_drawn(page) == "1 stroke"
    search(page, "bus", "#find")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="bus")).to_be_visible()
    page.keyboard.press("Delete")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#paper")).to_be_visible()
    assert strokes_drawn(page) == "1 stroke"


@needs_report
def test_what_is_mixed_up_is_told_by_name(open_page: Open, counted: dict[str, Any]) -> None:
    page = open_page(view="learn")
    pairs = page.locator("#pairs li")
    expect(pairs).to_have_count(8)
    for pair in pairs.all():
        label, other = pair.locator("b").all_inner_texts()
        times, drawings = counted[label]["taken_for"][other], counted[label]["drawings"]
        expect(pair).to_contain_text(f"{times} of {drawings}")
    pair.get_by_role("link", name=other, exact=True).click()
    expect(page.get_by_role("dialog", name=other, exact=True)).to_be_visible()


def test_a_model_without_a_report_is_told_of_as_far_as_may_be(open_page: Open) -> None:
    page = open_page(stub_model(report=None), "learn/star")
    expect(page.get_by_role("dialog", name="star")).to_contain_text("% of the time")
    page.keyboard.press("Escape")
    expect(page.locator("#mix-ups")).to_be_hidden()
    expect(page.locator("#figures")).to_contain_text("none")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_in_a_card_and_it_fits(open_page: Open, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = open_page(view="learn/cello", color_scheme=scheme, reduced_motion="reduce")
    card = page.get_by_role("dialog", name="cello")
    expect(card).to_be_visible()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        wait_until(page, f"innerWidth === {width}")
        at_rest(page)
        page.screenshot(path=ARTEFACTS / f"card-{scheme}-{width}.png")
        button = card.get_by_role("button", name="Close").bounding_box()
        assert button and button["y"] + button["height"] <= height and button["x"] + button["width"] <= width
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    results = axe.Axe().run(page, options={"runOnly": rules})
    assert results.violations_count == 0, results.generate_report()


@needs_report
def test_pictures_that_are_not_looked_at_are_not_fetched(open_page: Open) -> None:
    requests: list[str] = []
    page = open_page(lambda page: page.on("request", lambda request: requests.append(request.url)))
    page.wait_for_load_state("networkidle")
    assert [url for url in requests if url.endswith((".png", "categories.json"))] == []


def test_the_models_figures_are_told(open_page: Open) -> None:
    data = {"source": "quickdraw", "license": "Quick, Draw! by Google, CC BY 4.0", "synthetic": False}
    figures = {"top1": 0.5, "top3": 0.75, "drawings": 4321, "per_category": {}}
    page = open_page(stub_model(data={**data, "counts": {"a": 1000, "b": 200}}, figures=figures), "learn")
    for words in ("50.0%", "75.0%", "1,200 drawings", "Quick, Draw! by Google, CC BY 4.0"):
        expect(page.locator("#figures")).to_contain_text(words)


@needs_report
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_has_no_barrier_and_a_way_back(open_page: Open, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = open_page(view="learn", color_scheme=scheme)
    page.get_by_role("link", name="All about cnn").click()
    expect(page.locator("h1")).to_contain_text("The model")
    page.wait_for_load_state()  # with its style
    results = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert results.violations_count == 0, results.generate_report()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        wait_until(page, f"innerWidth === {width}")
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.screenshot(path=ARTEFACTS / f"report-{scheme}.png")
    page.get_by_role("link", name="Doodle").click()
    expect(page.locator("#paper")).to_be_visible()
