"""What the page tells of its models."""

import json
import shutil
import subprocess
from base64 import b64decode

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Page, expect

from tests.web.screenshot import MODELS, ROOT, draw, spider, star
from tests.web.tools import ARTEFACTS, Open, ask, at_rest, ink_on, kept_drawing, stub_model, wait_until


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


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_the_command_on_the_page_asks_the_same(open_page: Open) -> None:
    page = open_page()
    draw(page, star())
    expect(page.locator("#bars .name").first).to_have_text("star")
    page.get_by_role("link", name="Learn").click()
    expect(page.locator("#command")).to_contain_text("curl")
    command = page.locator("#command").inner_text()
    answer = json.loads(subprocess.run(command, shell=True, capture_output=True, check=True).stdout)
    assert answer["label"] == "star"
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == command


def test_the_list_of_what_it_knows_is_the_models(open_page: Open) -> None:
    labels = (ROOT / "train" / "categories.txt").read_text().splitlines()
    page = open_page(stub_model(labels=labels), "learn", viewport={"width": 320, "height": 568})
    assert sorted(page.locator("#labels b").all_inner_texts()) == sorted(labels)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def picture_size(page: Page, selector: str) -> tuple[int, int]:
    """The pixels of a picture's file, once it is there."""
    picture = page.locator(selector)
    picture.scroll_into_view_if_needed()
    wait_until(page, f"document.querySelector({selector!r}).naturalWidth > 0")
    return tuple(picture.evaluate("picture => [picture.naturalWidth, picture.naturalHeight]"))


needs_report = pytest.mark.skipif(
    not (MODELS / "cnn" / "means.png").is_file(), reason="needs a report: `make report MODEL=cnn`"
)


@needs_report
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_the_model_confuses_and_how_people_draw_is_shown(open_page: Open, scheme: str) -> None:
    page = open_page(view="learn", viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    count = page.locator("#labels li").count()
    box = page.locator("#figures figure").first.bounding_box()
    assert picture_size(page, "#figures img[alt^='Confusion matrix of cnn']") == (count, count)
    after = page.locator("#figures figure").first.bounding_box()
    assert box and after and box["height"] == after["height"]  # its place was kept before it came
    assert picture_size(page, "#labels img[alt^='star,']") == (28, 28 * count)
    expect(page.locator("#labels li", has_text="star").first).to_contain_text("% right")
    assert page.locator("#learn img:not([loading=lazy])").count() == 0
    page.screenshot(path=ARTEFACTS / f"learn-figures-{scheme}.png", full_page=True)


@needs_report
def test_pictures_that_are_not_looked_at_are_not_fetched(open_page: Open) -> None:
    requests: list[str] = []
    page = open_page(lambda page: page.on("request", lambda request: requests.append(request.url)))
    page.wait_for_load_state("networkidle")
    assert [url for url in requests if url.endswith(".png")] == []


def test_the_models_figures_and_reports_are_told(open_page: Open) -> None:
    data = {"source": "Quick, Draw! data by Google", "license": "CC BY 4.0", "synthetic": False, "counts": {"a": 1200}}
    figures = {"top1": 0.5, "top3": 0.75, "drawings": 4321, "per_category": {}}
    page = open_page(stub_model(data=data, figures=figures), "learn")
    table = page.locator("#figures")
    for words in ("50.0 %", "75.0 %", "4,321 drawings", "1,200 drawings", "Quick, Draw! data by Google, CC BY 4.0"):
        expect(table).to_contain_text(words)
    report = table.get_by_role("link", name="all about")
    if report.count():
        report.click()
        expect(page.locator("h1")).to_contain_text("The model")
