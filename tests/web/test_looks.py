"""How the page looks and behaves for everybody: barriers, keys, schemes, sizes, and what it weighs."""

import gzip
import re
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Browser, Page, Route, expect

from serve.page import WEB
from serve.site import OF_THE_SOURCE
from tests.web.screenshot import draw, face, hide_packed, spider, star
from tests.web.tools import ARTEFACTS, LINE, Open, at_rest, kept_drawing, strokes_drawn, stub_answer, wait_until

BUDGET = 45_000  # bytes of the page, gzipped in all
WIRE_BUDGET, ENGINE_BUDGET = 55_000, 10_000  # bytes of its files, each gzipped by itself, as browsers fetch them
SIZES = [(320, 568), (360, 640), (667, 375), (1280, 720)]
VIEWS = ["draw", "play", "ready", "game", "over", "closer", "learn"]


def go_to(page: Page, view: str) -> None:
    """To a view with something in it."""
    if view in ("draw", "learn"):
        draw(page, spider())
        expect(page.locator("#bars .share").first).to_contain_text("%")
    if view == "learn":
        page.get_by_role("link", name="Learn").click()
        expect(page.locator("#opinions li").last).to_contain_text("%")
    if view in ("ready", "game", "over", "closer"):
        page.get_by_role("button", name="Quick game").click()
    if view == "ready":
        page.get_by_role("button", name="Pause").click()
    if view in ("game", "over", "closer"):
        page.locator("#go").click()
        draw(page, face()[:2])
    if view in ("over", "closer"):
        for _ in range(6):
            if page.locator("#card").is_hidden():
                page.locator("#skip").click()
            page.locator("#go").click()
        expect(page.locator("#gallery")).to_be_visible()
    if view == "closer":
        page.locator("#gallery button").first.click()
        expect(page.get_by_role("dialog")).to_be_visible()


def start_of(view: str) -> str:
    return "play" if view in ("play", "ready", "game", "over", "closer") else ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_no_barrier_and_nothing_is_wider_than_the_window(open_page: Open, view: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = open_page(view=start_of(view), color_scheme=scheme, reduced_motion="reduce")
    go_to(page, view)
    at_rest(page)
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    results = axe.Axe().run(page, options={"runOnly": rules})
    assert results.violations_count == 0, results.generate_report()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        wait_until(page, f"innerWidth === {width}")
        at_rest(page)
        page.screenshot(path=ARTEFACTS / f"{view}-{scheme}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") == width


SHIFTS = """
    window.shifted = [];
    const name = ({ node }) => node?.id || node?.parentElement?.outerHTML;
    new PerformanceObserver((list) => {
        for (const { value, sources } of list.getEntries()) shifted.push(value, sources.map(name).join());
    }).observe({ type: "layout-shift" });
"""


@pytest.mark.parametrize("size", [(360, 640), (1280, 720)])
@pytest.mark.parametrize("view", ["draw", "play"])
def test_nothing_shifts_while_it_guesses(open_page: Open, view: str, size: tuple[int, int]) -> None:
    viewport = {"width": size[0], "height": size[1]}

    def prepare(page: Page) -> None:
        page.add_init_script(SHIFTS)
        if view == "play":
            stub_answer(known=False)(page)  # else the round ends where its word is one of the three that are drawn

    page = open_page(prepare, start_of(view), viewport=viewport)
    if view == "play":
        page.get_by_role("button", name="Quick game").click()
        page.locator("#go").click()
    page.wait_for_load_state("networkidle")  # what the page fetches first, it has
    at_rest(page)
    page.evaluate("shifted.length = 0")
    for strokes in (face(), star(), LINE):
        draw(page, strokes)
        if view == "draw":
            expect(page.locator("#bars .share").first).to_contain_text("%")
        page.wait_for_timeout(300)  # for the last answer
        at_rest(page)
        page.keyboard.press("Delete")
    assert page.evaluate("shifted") == []


@pytest.mark.parametrize("size", SIZES)
def test_the_game_fits_on_one_screen(open_page: Open, size: tuple[int, int]) -> None:
    page = open_page(view="play", viewport={"width": size[0], "height": size[1]})
    go_to(page, "game")
    for part in ("#task", "#paper", "#tools", "#rounds"):
        box = page.locator(part).bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= size[0] and box["y"] + box["height"] <= size[1], (
            part
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(open_page: Open, scheme: str) -> None:
    page = open_page(color_scheme=scheme, viewport={"width": 1280, "height": 720})
    red, *_ = map(int, re.findall(r"\d+", page.evaluate("getComputedStyle(document.documentElement).backgroundColor")))
    assert (red < 64) == (scheme == "dark")


def test_who_wants_no_motion_sees_none(open_page: Open) -> None:
    page = open_page(reduced_motion="reduce")
    draw(page, face() + star())
    expect(page.locator("#bars .share").first).to_contain_text("%")
    assert page.evaluate("document.getAnimations().length") == 0


def test_all_can_be_done_by_keyboard(open_page: Open) -> None:
    page = open_page()
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
        outline = page.evaluate(
            """[document.activeElement, document.activeElement.nextElementSibling, document.activeElement.parentElement]
               .some(one => one && getComputedStyle(one).outlineStyle === "solid")
               || document.activeElement === document.body"""
        )
        assert outline or reached[-1] == "drawing", reached  # there, the pen shows instead
    wanted = [
        "Draw",
        "Play",
        "Learn",
        "sound",
        "drawing",
        "undo",
        "redo",
        "clear",
        "replay",
        "share",
        "save-picture",
        "save-strokes",
        "file",
        "Details",
    ]
    assert [each for each in reached if each in wanted][: len(wanted)] == wanted


def test_keys_draw(open_page: Open) -> None:
    page = open_page()
    page.locator("#drawing").focus()
    page.keyboard.press("ArrowUp")  # the pen is lifted
    assert strokes_drawn(page) == "empty"
    for key in ["Space", *["ArrowRight"] * 8, *["ArrowDown"] * 8, *["Shift+ArrowLeft"] * 4, "Space", "ArrowUp"]:
        page.keyboard.press(key)
    [[xs, ys, _]] = kept_drawing(page)
    square = 4096 / 28
    assert [xs[0], ys[0], xs[-1], ys[-1]] == pytest.approx(
        [2048, 2048 - square, 2048 + 7 * square, 2048 + 7 * square], abs=1
    )
    expect(page.locator("#bars .share").first).to_contain_text("%")
    page.keyboard.press("Control+z")
    assert strokes_drawn(page) == "empty"


def test_views_have_addresses_and_the_back_button_works(open_page: Open) -> None:
    page = open_page()
    for view in ("Play", "Learn"):
        page.get_by_role("link", name=view, exact=True).click()
        expect(page).to_have_title(f"Doodle: {view.lower()}")
        expect(page.get_by_role("link", name=view, exact=True)).to_have_attribute("aria-current", "page")
    expect(page.locator(".in-learn")).to_be_visible()
    page.go_back()
    expect(page.locator("#modes")).to_be_visible()
    page.go_back()
    expect(page.locator("#guess")).to_be_visible()


def test_the_page_stands_before_a_model_is_known(open_page: Open) -> None:
    page = open_page()
    held: list[Route] = []
    page.route("**/models", lambda route: held.append(route))
    page.goto("about:blank")
    page.go_back(wait_until="commit")
    expect(page.locator("#paper")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-mood", "rest")  # its script has run
    draw(page, star())
    assert strokes_drawn(page) == "1 stroke"
    wait_until(page, lambda: held)
    held[0].continue_()
    expect(page.locator("#word")).to_have_text("a star!")


def test_the_switch_says_why_it_cannot_be_switched(chromium_browser: Browser, page_address: str) -> None:
    page = chromium_browser.new_page()
    hide_packed(page)
    page.goto(page_address)
    page.get_by_text("Details").click()
    expect(page.locator("#why")).to_contain_text("cnn.bin could not be fetched: 404")
    page.get_by_text("in this browser").click()
    expect(page.get_by_role("radio", name="on the server")).to_be_checked()
    draw(page, star())
    expect(page.locator("#word")).to_have_text("a star!")
    page.close()


def test_the_page_is_small(page_address: str) -> None:
    """All that browsers fetch, sooner or later, without a model: together, and file by file."""

    def served(path: Path) -> bytes:
        url = f"{page_address}/{path.relative_to(WEB).as_posix()}"
        request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request) as response:
            return response.read()

    kinds = (".html", ".css", ".js", ".svg", ".webmanifest")
    files = [path for path in sorted(WEB.rglob("*")) if path.suffix in kinds and path.name not in OF_THE_SOURCE]
    bodies = {path: served(path) for path in files if "models" not in path.relative_to(WEB).parts}
    plain = [gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body for body in bodies.values()]
    together = len(gzip.compress(b"".join(plain), 9))
    alone = sum(map(len, bodies.values()))
    engine = sum(len(body) for path, body in bodies.items() if path.parent == WEB / "engine")
    print(f"{together} bytes gzipped together, {alone} file by file, {engine} of these the engine")
    assert together < BUDGET
    assert alone < WIRE_BUDGET
    assert engine < ENGINE_BUDGET


def test_a_browser_that_cannot_round_in_css_gets_the_same_page(open_page: Open) -> None:
    def age(page: Page) -> None:
        def change(route: Route) -> None:
            response = route.fetch()
            route.fulfill(response=response, body=response.text().replace("round(", "not-yet("))

        page.route("**/*.css", change)

    for width, height in SIZES:
        viewport = {"width": width, "height": height}
        old, new = (open_page(prepare, viewport=viewport).locator("#paper").bounding_box() for prepare in (age, bool))
        assert old and new
        assert list(old.values()) == pytest.approx(list(new.values()), abs=28)


def test_no_style_needs_a_browser_of_last_year() -> None:
    for sheet in WEB.rglob("*.css"):
        text = sheet.read_text()
        assert not re.search(r"light-dark\(|^\s*&", text, re.M), sheet
        assert "round(" not in text.partition("@supports")[0], sheet
