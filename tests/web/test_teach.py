"""Teaching the page words of one's own."""

import json
import random
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Page, expect

from tests.web.screenshot import Stroke, draw, star
from tests.web.tools import ARTEFACTS, Open, at_rest, by_server


def robot(seed: int) -> list[Stroke]:
    """A robot with a head, eyes, an antenna and a body; of the same hand, a little different each time."""
    rng = random.Random(seed)

    def near(*points: tuple[float, float]) -> Stroke:
        return [(x + rng.uniform(-0.02, 0.02), y + rng.uniform(-0.02, 0.02)) for x, y in points]

    def box(left: float, top: float, right: float, bottom: float) -> Stroke:
        return near((left, top), (right, top), (right, bottom), (left, bottom), (left, top))

    lines = [
        near((0.5, 0.2), (0.5, 0.08)),
        near((0.44, 0.28), (0.45, 0.3)),
        near((0.56, 0.28), (0.55, 0.3)),
        near((0.3, 0.5), (0.12, 0.65)),
        near((0.7, 0.5), (0.88, 0.65)),
        near((0.42, 0.75), (0.42, 0.92)),
        near((0.58, 0.75), (0.58, 0.92)),
    ]
    return [box(0.36, 0.2, 0.64, 0.4), box(0.3, 0.44, 0.7, 0.75), *lines]


def show(page: Page, drawing: list[Stroke]) -> None:
    """Draws on clean paper, and waits for the guess in this browser, which knows what it was taught."""
    page.locator("#clear").click(force=True)  # also where it is greyed, for nothing is drawn
    page.locator("#paper").scroll_into_view_if_needed()
    draw(page, drawing)
    expect(page.locator("#lesson")).not_to_have_attribute("hidden", "")


def open_teacher(page: Page) -> None:
    page.get_by_text("What is it really?").click()


def teach(page: Page, word: str, drawing: list[Stroke]) -> None:
    show(page, drawing)
    page.get_by_label("Or a word of your own").fill(word)
    page.keyboard.press("Enter")


def teach_robots(page: Page, count: int) -> None:
    open_teacher(page)
    for seed in range(count):
        teach(page, "robot", robot(seed))
        expect(page.locator("#lesson-note")).to_contain_text("robot")


def test_three_robots_make_it_known(open_page: Open) -> None:
    page = open_page()
    open_teacher(page)
    note = page.locator("#lesson-note")
    for seed, thanks in enumerate(("twice more", "once more", "Now I know “robot”!")):
        teach(page, "robot", robot(seed))
        expect(note).to_contain_text(thanks)
    show(page, robot(9))
    expect(page.locator("#bars .name").first).to_have_text("robot")
    expect(page.locator("#word")).to_have_text("a robot!")
    show(page, star())
    expect(page.locator("#bars .name").first).to_have_text("star")
    page.reload()
    show(page, robot(10))
    expect(page.locator("#bars .name").first).to_have_text("robot")


def test_two_robots_are_too_few(open_page: Open) -> None:
    page = open_page()
    teach_robots(page, 2)
    expect(page.locator("#own-words li")).to_have_text("robot2 of 3Remove")
    show(page, robot(9))
    expect(page.locator("#bars .name").first).not_to_be_empty()
    assert "robot" not in page.locator("#bars .name").all_inner_texts()


def test_a_removed_word_is_forgotten(open_page: Open) -> None:
    page = open_page()
    teach_robots(page, 3)
    expect(page.locator("#bars .name").first).to_have_text("robot")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove robot").click()
    expect(page.locator("#own-words li")).to_have_count(0)
    expect(page.locator("#bars .name").first).not_to_have_text("robot")


def test_a_label_of_the_models_can_be_taught(open_page: Open) -> None:
    page = open_page()
    open_teacher(page)
    show(page, robot(0))
    third = page.locator("#options button").nth(2)
    label = third.inner_text()
    third.click()
    expect(page.locator("#own-words b")).to_have_text(label)
    for seed in (1, 2):
        teach(page, label.upper(), robot(seed))
    expect(page.locator("#own-words li")).to_have_text(f"{label}3Remove")
    expect(page.locator("#bars .name").first).to_have_text(label)


def test_a_drawing_is_one_word_alone(open_page: Open) -> None:
    page = open_page()
    open_teacher(page)
    teach(page, "robot", robot(0))
    expect(page.locator("#own-words b")).to_have_text("robot")
    page.get_by_label("Or a word of your own").fill("  my   logo ")
    page.get_by_role("button", name="Teach it").click()
    expect(page.locator("#own-words b")).to_have_text("my logo")


def test_words_travel_in_a_file(open_page: Open, tmp_path: Path) -> None:
    page = open_page()
    teach_robots(page, 3)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    file = tmp_path / "words.ndjson"
    download.value.save_as(file)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["word"] for line in lines] == ["robot"] * 3
    assert all(max(max(xs + ys) for xs, ys in line["drawing"]) == 255 for line in lines)

    other = open_page()
    open_teacher(other)
    for _ in range(2):  # the second time brings nothing new
        other.get_by_label("Import").set_input_files(file)
        expect(other.locator("#lesson-note")).to_contain_text("3 drawings")
        expect(other.locator("#own-words li")).to_have_text("robot3Remove")
    show(other, robot(9))
    expect(other.locator("#bars .name").first).to_have_text("robot")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "Line 2: it isn't JSON."),
        ('{"drawing": [[[1], [2]]]}', "Line 2: a word has 1 to 30 characters."),
        ('{"word": "robot", "drawing": []}', "Line 2: the drawing is empty."),
        ('{"word": "robot", "drawing": [[[1, 2], [3]]]}', "Line 2: stroke 1 needs as many x as y"),
    ],
)
def test_a_wrong_file_changes_nothing(open_page: Open, line: str, reason: str) -> None:
    page = open_page()
    open_teacher(page)
    teach(page, "robot", robot(0))
    expect(page.locator("#own-words li")).to_have_count(1)
    content = f'{{"word": "logo", "drawing": [[[1, 9], [2, 9]]]}}\n{line}\n'.encode()
    file = {"name": "words.ndjson", "mimeType": "application/x-ndjson", "buffer": content}
    page.get_by_label("Import").set_input_files(files=[file])
    expect(page.locator("#lesson-note")).to_contain_text(reason)
    expect(page.locator("#own-words li")).to_have_text("robot1 of 3Remove")


def test_the_oldest_drawing_of_the_largest_word_leaves(open_page: Open) -> None:
    page = open_page()
    open_teacher(page)
    lines = [{"word": "dash" if i % 4 else "dot", "drawing": [[[0, 255], [0, i]]]} for i in range(200)]
    content = "\n".join(map(json.dumps, lines)).encode()
    page.get_by_label("Import").set_input_files(files=[{"name": "w.ndjson", "mimeType": "", "buffer": content}])
    expect(page.locator("#own-words li")).to_have_text(["dot50Remove", "dash150Remove"])
    teach(page, "robot", robot(0))
    expect(page.locator("#own-words li")).to_have_text(["dot50Remove", "dash149Remove", "robot1 of 3Remove"])
    drawings = page.evaluate("Object.fromEntries(JSON.parse(localStorage.getItem('doodle.taught'))).dash")
    assert drawings[0] == [[[0, 255], [0, 2]]]


def test_two_windows_teach_together(open_page: Open) -> None:
    page = open_page()
    other = page.context.new_page()
    other.goto(page.url)
    open_teacher(page)
    open_teacher(other)
    teach(page, "robot", robot(0))
    expect(other.locator("#own-words li")).to_have_text("robot1 of 3Remove")
    teach(other, "robot", robot(1))
    expect(page.locator("#own-words li")).to_have_text("robot2 of 3Remove")


def test_the_server_leaves_teaching_to_the_browser(open_page: Open) -> None:
    page = open_page(by_server)
    open_teacher(page)
    draw(page, star())
    expect(page.locator("#bars .name").first).to_have_text("star")
    expect(page.locator("#lesson")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_and_it_fits_a_small_phone(open_page: Open, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = open_page(viewport={"width": 320, "height": 568}, color_scheme=scheme, reduced_motion="reduce")
    teach_robots(page, 2)
    teach(page, "W" * 30, star())
    expect(page.locator("#own-words li")).to_have_count(2)
    at_rest(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    results = axe.Axe().run(page, options={"runOnly": rules})
    assert results.violations_count == 0, results.generate_report()
    page.screenshot(path=ARTEFACTS / f"teach-{scheme}-320.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 720})
    at_rest(page)
    page.screenshot(path=ARTEFACTS / f"teach-{scheme}-1280.png", full_page=True)
