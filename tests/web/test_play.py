"""The game: a word, a clock, a machine that guesses aloud, and what came of it."""

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from PIL import Image
from playwright.sync_api import Page, expect

from tests.web.screenshot import draw, face, star
from tests.web.tools import ARTEFACTS, LINE, Open, by_server, strokes_drawn, wait_until

TEN = ["cannon", "eye", "face", "nail", "pear", "piano", "radio", "spider", "star", "sword"]


def use_ten(page: Page) -> None:
    """Has the model of ten categories play."""
    page.add_init_script("localStorage.setItem('doodle.model', '\"mlp\"')")


def begin(page: Page) -> str:
    """Starts the next round; returns its word."""
    page.locator("#go").click()
    expect(page.locator("#card")).to_be_hidden()
    return page.locator("#target").inner_text()


def test_a_doodle_that_is_recognised_wins_the_round(open_page: Open) -> None:
    page = open_page(use_ten, "play", viewport={"width": 360, "height": 640}, has_touch=True)
    page.locator("#go").click()
    expect(page.locator("#card-word")).not_to_be_empty()
    page.screenshot(path=ARTEFACTS / "phone-game-word.png")
    for _ in range(6):
        word = begin(page)
        assert word in TEN
        expect(page.locator("#clock")).to_have_text("20 s")
        if word == "star":
            break
        page.locator("#skip").click()
        expect(page.locator("#said")).to_have_text(f"Ah, that was {word}.")
    else:
        pytest.skip("no star was asked for")
    draw(page, star())
    expect(page.locator("#said")).to_have_text("I know: star!")
    expect(page.locator("#card-lead")).to_contain_text("Guessed in")
    expect(page.locator("#rounds .hit")).to_have_count(1)
    expect(page.locator("#status")).to_contain_text("I know: star!")


def test_the_machine_guesses_aloud_until_the_clock_runs_out(open_page: Open) -> None:
    def prepare(page: Page) -> None:
        use_ten(page)
        page.clock.install()
        page.add_init_script("Math.random = () => 0")  # a cannon first: what begins as a line may be a sword or a nail

    page = open_page(prepare, "play")
    page.locator("#go").click()
    word = begin(page)
    page.clock.run_for(2000)
    wrong = star() if word != "star" else face()
    draw(page, wrong)
    expect(page.locator("#said")).to_contain_text("…")
    page.clock.run_for(2000)
    draw(page, LINE)
    expect(page.locator("#said")).not_to_have_text("…")
    page.screenshot(path=ARTEFACTS / "desktop-game.png")
    page.clock.run_for(16_500)
    expect(page.locator("#said")).to_have_text(f"Ah, that was {word}.")
    expect(page.locator("#card-lead")).to_have_text("Not guessed. Now draw")
    expect(page.locator("#clock")).to_have_text("0 s")


def play_through(page: Page) -> None:
    page.locator("#go").click()
    for number in range(6):
        begin(page)
        with page.expect_response("**/classify?*"):
            draw(page, [star(), LINE][number % 2])
        page.locator("#skip").click()  # where it is guessed already, this does nothing
    page.get_by_role("button", name="See what it thought").click()


def test_six_rounds_end_in_a_score_and_a_picture(open_page: Open) -> None:
    page = open_page(
        lambda page: (use_ten(page), by_server(page)),
        "play",
        viewport={"width": 1280, "height": 720},
        color_scheme="dark",
    )
    play_through(page)
    expect(page.locator("#score")).to_have_text(f"It guessed {page.locator('#gallery .hit').count()} of 6")
    expect(page.locator("#score")).to_be_focused()
    expect(page.locator("#gallery li")).to_have_count(6)
    for result in page.locator("#gallery li").all():
        thought = "% sure, after" if result.locator(".hit").count() else "it saw"
        expect(result).to_contain_text(thought)
    expect(page.get_by_role("button", name="Share")).to_be_hidden()  # this browser cannot
    page.screenshot(path=ARTEFACTS / "game-over.png", full_page=True)
    with page.expect_download() as download:
        page.locator("#results").get_by_role("button", name="Save picture").click()
    assert download.value.suggested_filename == "doodle-game.png"
    download.value.save_as(ARTEFACTS / "game.png")
    with Image.open(ARTEFACTS / "game.png") as picture:
        assert picture.size == (1200, 1056)
    page.get_by_role("button", name="Play again").click()
    expect(page.locator("#card-word")).to_have_text("6 doodles")


def test_the_picture_can_be_shared_where_the_browser_can(open_page: Open) -> None:
    can_share = """
        navigator.canShare = () => true;
        navigator.share = async ({ files, title }) => { window.shared = [files[0].type, files[0].size, title]; };
    """
    page = open_page(lambda page: (use_ten(page), by_server(page), page.add_init_script(can_share)), "play")
    play_through(page)
    page.get_by_role("button", name="Share").click()
    wait_until(page, "window.shared")
    kind, size, title = page.evaluate("shared")
    assert kind == "image/png" and size > 10_000 and title.startswith("It guessed")


def test_the_machine_speaks_only_when_it_may(open_page: Open) -> None:
    listen = """
        window.spoken = [];
        speechSynthesis.speak = ({ text }) => spoken.push(text);
    """
    page = open_page(lambda page: (use_ten(page), page.add_init_script(listen)), "play")
    page.locator("#go").click()
    begin(page)
    page.locator("#skip").click()
    assert page.evaluate("spoken") == []
    page.reload()
    page.get_by_label("It speaks").check()
    page.locator("#go").click()
    word = begin(page)
    page.locator("#skip").click()
    assert page.evaluate("spoken") == [f"Ah, that was {word}."]


def test_the_free_drawing_outlives_the_game_and_a_round_that_is_left_begins_anew(open_page: Open) -> None:
    page = open_page()
    draw(page, star() + LINE)
    page.get_by_role("link", name="Play").click()
    page.locator("#go").click()
    word = begin(page)
    assert strokes_drawn(page) == "empty"
    draw(page, LINE)
    page.go_back()
    expect(page.locator("#guess")).to_be_visible()
    assert strokes_drawn(page) == "2 strokes"
    page.go_forward()
    expect(page.locator("#card-lead")).to_have_text("Once more, draw")
    assert begin(page) == word
    assert strokes_drawn(page) == "empty"


def test_the_game_can_be_played_by_keyboard(open_page: Open) -> None:
    page = open_page(view="play")
    expect(page.locator("#go")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#drawing")).to_be_focused()
    for key in ["Space", *["ArrowRight"] * 5, *["ArrowDown"] * 5, "Space"]:
        page.keyboard.press(key)
    assert strokes_drawn(page) == "1 stroke"
    page.locator("#skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#go")).to_be_focused()
