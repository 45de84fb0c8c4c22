"""The game: a word, a clock, a computer that guesses aloud, and what came of it."""

import re
from typing import Any

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.web.screenshot import draw, star
from tests.web.tools import ARTEFACTS, LINE, Open, by_server, strokes_drawn, stub_answer, wait_until

TEN = ["cannon", "eye", "face", "nail", "pear", "piano", "radio", "spider", "star", "sword"]
COUNTDOWN = 3 * 850  # ms


def use_ten(page: Page) -> None:
    """Has the model of ten categories play."""
    page.add_init_script("localStorage.setItem('doodle.model', '\"mlp\"')")


def with_clock(page: Page) -> None:
    use_ten(page)
    page.clock.install()


def stand_still(page: Page) -> None:
    """From now on, no time passes but what the test lets pass."""
    page.clock.pause_at(page.evaluate("Date.now() + 5000") / 1000)  # later than now, however slow the machine is


def choose(page: Page, game: str = "Quick game") -> None:
    page.get_by_role("button", name=game).click()


def label(page: Page) -> str:
    return page.locator("#target").inner_text().removeprefix("Draw ").removeprefix("an ").removeprefix("a ")


def begin(page: Page) -> str:
    """Starts the next round; returns its word."""
    page.get_by_role("button", name="Go now").click()
    expect(page.locator("#card")).to_be_hidden()
    return label(page)


def speech(page: Page) -> str:
    return page.locator("#lead").inner_text() + " " + page.locator("#word").inner_text()


def script_answers(page: Page) -> dict[str, Any]:
    """Has the server answer what the returned dict says at that time."""
    said: dict[str, Any] = {"label": "eye", "known": False, "probability": 0.5}

    def change(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json={**response.json(), **said})

    page.route("**/classify?*", change)
    return said


def test_a_doodle_that_is_recognised_wins_the_round(open_page: Open) -> None:
    last_six = "let next = 1; Math.random = () => (next -= 0.001);"  # of the ten, with the star
    page = open_page(
        lambda page: (use_ten(page), page.add_init_script(last_six)),
        "play",
        viewport={"width": 360, "height": 640},
        has_touch=True,
    )
    choose(page)
    page.screenshot(path=ARTEFACTS / "phone-game-word.png")
    while (word := begin(page)) != "star":
        assert word in TEN
        expect(page.locator("#clock")).to_have_text("20 s")
        page.locator("#skip").click()
        expect(page.locator("#lead")).to_have_text("So that was")
        expect(page.locator("#word")).to_contain_text(f"{word}!")
        expect(page.locator("html")).to_have_attribute("data-mood", "sulk")
    draw(page, star())
    expect(page.locator("html")).to_have_attribute("data-mood", "cheer")
    expect(page.locator("#word")).to_have_text("a star!")
    expect(page.locator("#note")).to_have_text(re.compile(r"got it in \d\.\d s"))
    expect(page.locator("#rounds .hit")).to_have_count(1)
    expect(page.locator("#status")).to_contain_text("a star!")


def test_rounds_begin_without_a_click_and_wait_while_paused(open_page: Open) -> None:
    page = open_page(with_clock, "play")
    stand_still(page)
    choose(page)
    expect(page.locator("#count")).to_have_text("3")
    page.clock.run_for(COUNTDOWN)
    expect(page.locator("#card")).to_be_hidden()
    page.locator("#skip").click()
    expect(page.locator("#card-lead")).to_have_text("Next, draw")
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(2 * COUNTDOWN)
    expect(page.locator("#card")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    page.clock.run_for(COUNTDOWN)
    expect(page.locator("#card")).to_be_hidden()
    assert page.locator("#target").inner_text().startswith("Draw ")


def test_time_runs_out(open_page: Open) -> None:
    page = open_page(lambda page: (with_clock(page), stub_answer(known=False)(page)), "play")
    stand_still(page)
    choose(page)
    word = begin(page)
    with page.expect_response("**/classify?*"):
        draw(page, star())
    page.clock.run_for(1000)
    expect(page.locator("#word")).to_contain_text("?")
    page.screenshot(path=ARTEFACTS / "desktop-game.png")
    page.clock.run_for(19_100)
    expect(page.locator("#note")).to_have_text("Time's up!")
    expect(page.locator("#lead")).to_have_text("So that was")
    expect(page.locator("#word")).to_contain_text(f"{word}!")
    expect(page.locator("#clock")).to_have_text("0 s")
    expect(page.locator("html")).to_have_attribute("data-mood", "sulk")


def test_the_last_five_seconds_tick_where_sound_is_on(open_page: Open) -> None:
    count_tones = """
        localStorage.setItem("doodle.sound", "true");
        window.tones = [];
        const Tone = OscillatorNode;
        window.OscillatorNode = class extends Tone {
            constructor(context, options) { super(context, options); tones.push(options.frequency); }
        };
    """
    page = open_page(lambda page: (with_clock(page), page.add_init_script(count_tones)), "play")
    stand_still(page)
    choose(page)
    begin(page)
    page.clock.run_for(14_000)
    assert page.evaluate("tones.length") == 0
    page.clock.run_for(5_900)
    assert page.evaluate("tones.length") == 5


def test_a_stroke_is_finished_when_the_time_runs_out(open_page: Open) -> None:
    page = open_page(lambda page: (with_clock(page), stub_answer(known=False)(page)), "play")
    stand_still(page)
    choose(page)
    begin(page)
    box = page.locator("#drawing").bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.clock.run_for(20_300)
    expect(page.locator("#clock")).to_have_text("0 s")
    expect(page.locator("#card")).to_be_hidden()
    page.mouse.move(box["x"] + 90, box["y"] + 90)
    page.mouse.up()
    page.clock.run_for(500)
    expect(page.locator("#card")).to_be_visible()
    path = page.locator("#rounds path").first.get_attribute("d") or ""
    assert "L" in path and "M" in path


def test_a_hit_waits_for_the_pen(open_page: Open) -> None:
    page = open_page(lambda page: (use_ten(page), by_server(page)), "play")
    said = script_answers(page)
    choose(page)
    word = begin(page)
    box = page.locator("#drawing").bounding_box()
    assert box
    x, y, side = box["x"], box["y"], box["width"]
    page.mouse.move(x + 0.1 * side, y + 0.1 * side)
    page.mouse.down()
    page.mouse.move(x + 0.5 * side, y + 0.1 * side, steps=4)
    expect(page.locator("#word")).to_contain_text("?")
    said |= {"label": word, "known": True, "probability": 0.9}
    page.mouse.move(x + 0.9 * side, y + 0.1 * side, steps=4)
    expect(page.locator("#word")).to_have_text("I think I know!")
    said |= {"known": False, "probability": 0.5}  # an arc is no rainbow
    page.mouse.move(x + 0.9 * side, y + 0.5 * side, steps=4)
    expect(page.locator("#word")).to_contain_text(f"{word}?")
    expect(page.locator("#card")).to_be_hidden()
    said |= {"known": True, "probability": 0.9}
    page.mouse.move(x + 0.9 * side, y + 0.9 * side, steps=4)
    page.mouse.up()
    expect(page.locator("html")).to_have_attribute("data-mood", "cheer")
    expect(page.locator("#card")).to_be_visible()


def play_through(page: Page) -> None:
    stand_still(page)
    choose(page)
    for number in range(6):
        begin(page)
        with page.expect_response("**/classify?*"):
            draw(page, [star(), LINE][number % 2])
        page.clock.run_for(1000)
        page.locator("#skip").dispatch_event("click")  # where it is guessed already, this does nothing
    page.get_by_role("button", name="See results").click()


def test_six_rounds_end_in_a_score_and_a_picture(open_page: Open) -> None:
    page = open_page(
        lambda page: (with_clock(page), by_server(page)),
        "play",
        viewport={"width": 1280, "height": 720},
        color_scheme="dark",
    )
    play_through(page)
    expect(page.locator("#score")).to_have_text(f"It guessed {page.locator('#gallery .hit').count()} of 6")
    expect(page.locator("#score")).to_be_focused()
    expect(page.locator("#gallery li")).to_have_count(6)
    for result in page.locator("#gallery li").all():
        thought = "got it in" if result.locator(".hit").count() else "it saw"
        expect(result).to_contain_text(thought)
    results = page.locator("#results")
    expect(results.get_by_role("button", name="Share", exact=True)).to_be_hidden()  # this browser cannot
    page.screenshot(path=ARTEFACTS / "game-over.png", full_page=True)
    with page.expect_download() as download:
        results.get_by_role("button", name="Save picture").click()
    assert download.value.suggested_filename == "doodle-game.png"
    download.value.save_as(ARTEFACTS / "game.png")
    with Image.open(ARTEFACTS / "game.png") as picture:
        assert picture.size == (1200, 1096)
    results.get_by_role("button", name="Play again").click()
    expect(page.locator("#card-lead")).to_have_text("First, draw")
    expect(page.locator("#target")).to_have_text("Quick game")


def test_the_picture_can_be_shared_where_the_browser_can(open_page: Open) -> None:
    can_share = """
        navigator.canShare = () => true;
        navigator.share = async ({ files, title }) => { window.shared = [files[0].type, files[0].size, title]; };
    """
    page = open_page(lambda page: (with_clock(page), by_server(page), page.add_init_script(can_share)), "play")
    play_through(page)
    page.get_by_role("button", name="Share", exact=True).click()
    wait_until(page, "window.shared")
    kind, size, title = page.evaluate("shared")
    assert kind == "image/png" and size > 10_000
    assert re.fullmatch(r"The computer guessed \d of my 6 doodles", title)


def test_result_and_picture_can_be_copied(open_page: Open) -> None:
    page = open_page(lambda page: (with_clock(page), by_server(page)), "play")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    play_through(page)
    page.get_by_role("button", name="Copy result").click()
    expect(page.locator("#toast")).to_contain_text("Result copied")
    title, squares, address = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert title.startswith("The computer guessed ") and len(squares) == 6 and address.endswith("/#play/quick")
    page.get_by_role("button", name="Copy image").click()
    expect(page.locator("#toast")).to_contain_text("Picture copied")
    assert page.evaluate("navigator.clipboard.read().then(([item]) => item.types)") == ["image/png"]


def test_each_result_opens_with_its_replay_and_how_others_draw_it(open_page: Open) -> None:
    page = open_page(lambda page: (with_clock(page), by_server(page)), "play")
    play_through(page)
    second = page.locator("#gallery button").nth(1)
    second.click()
    closer = page.get_by_role("dialog")
    expect(closer).to_be_visible()
    word = second.locator("b").inner_text()
    expect(closer.get_by_role("heading")).to_contain_text(word)
    expect(closer.get_by_role("img", name=f"Your {word}")).to_be_visible()
    expect(closer.get_by_role("img", name=f"{word}, as people draw it")).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    closer.get_by_role("button", name="Copy link").click()
    expect(closer.get_by_role("status")).to_have_text("Link copied. Who can guess it?")
    assert "#look=" in page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("Escape")
    expect(closer).to_be_hidden()
    expect(second).to_be_focused()
    second.click()
    expect(closer).to_be_visible()
    page.go_back()
    expect(closer).to_be_hidden()
    expect(page.locator("#score")).to_be_visible()


def test_a_sprint_goes_on_until_its_minute_is_over(open_page: Open) -> None:
    page = open_page(lambda page: (with_clock(page), stub_answer(known=False)(page)), "play")
    stand_still(page)
    choose(page, "Sprint")
    first = begin(page)
    expect(page.locator("#clock")).to_have_text("60 s")
    page.get_by_role("button", name="Skip −3 s").click()
    expect(page.locator("#note")).to_have_text("−3 s")
    expect(page.locator("#card")).to_be_hidden()
    page.clock.run_for(100)
    expect(page.locator("#clock")).to_have_text("57 s")
    assert label(page) != first
    draw(page, LINE)
    page.clock.run_for(57_000)
    page.get_by_role("button", name="See results").click()
    expect(page.locator("#score")).to_have_text("It guessed 0 in 60 seconds")
    expect(page.locator("#gallery li")).to_have_count(2)


def daily_words(page: Page) -> list[str]:
    words = []
    for _ in range(6):
        words.append(begin(page))
        page.locator("#skip").click()
    page.get_by_role("button", name="See results").click()
    return words


def test_the_daily_six_are_the_same_for_all_and_count_once(open_page: Open) -> None:
    day = "2026-11-26T12:00:00Z"

    def noon(page: Page) -> None:
        page.clock.install(time=day)

    one = open_page(noon, "play/daily")
    expect(one.get_by_role("button", name="Daily six")).to_be_focused()
    choose(one, "Daily six")
    words = daily_words(one)
    assert len(set(words)) == 6
    expect(one.locator("#verdict")).to_contain_text("Come back tomorrow")
    one.get_by_role("button", name="Other games").click()
    expect(one.get_by_role("button", name="Daily six")).to_contain_text("Today: 0 of 6")
    choose(one, "Daily six")
    assert daily_words(one) == words
    expect(one.locator("#verdict")).to_have_text("Your first try today counts: 0 of 6.")
    other = open_page(noon, "play")
    choose(other, "Daily six")
    assert daily_words(other) == words
    other.clock.set_system_time("2026-11-27T12:00:00Z")
    other.get_by_role("button", name="Play again").click()
    assert daily_words(other) != words
    expect(other.locator("#verdict")).to_contain_text("2 days in a row")


def test_words_are_well_known_and_do_not_come_again_soon(open_page: Open) -> None:
    page = open_page(view="play")
    games = page.evaluate(
        """async () => {
            const { newGame, remember } = await import("./play/games.js");
            const { model } = await import("./page/desk.js");
            return Array.from({ length: 9 }, () => {
                const { words } = newGame("quick", model);
                words.forEach(remember);
                return words.map((word) => [word, model.figures.per_category[word]]);
            });
        }"""
    )
    words = [word for game in games for word, _ in game]
    assert len(set(words)) == len(words)
    for game in games:
        figures = [right for _, right in game]
        assert figures == sorted(figures, reverse=True) and min(figures) >= 0.8


def test_the_best_game_is_kept(open_page: Open) -> None:
    bests = "localStorage.setItem('doodle.bests', JSON.stringify({ sprint: { hits: 9, of: 11, seconds: 50 } }))"
    page = open_page(lambda page: page.add_init_script(bests), "play")
    expect(page.get_by_role("button", name="Sprint")).to_contain_text("Best: 9")


def test_the_computer_speaks_only_when_it_may(open_page: Open) -> None:
    listen = """
        window.spoken = [];
        speechSynthesis.speak = ({ text }) => spoken.push(text);
    """
    page = open_page(lambda page: (use_ten(page), page.add_init_script(listen)), "play")
    choose(page)
    begin(page)
    page.locator("#skip").click()
    assert page.evaluate("spoken") == []
    page.get_by_role("button", name="Sound").click()
    word = begin(page)
    page.locator("#skip").click()
    wait_until(page, "spoken.length > 0")
    [sentence] = page.evaluate("spoken")
    assert sentence.startswith("So that was ") and sentence.endswith(f"{word}!")


def test_the_free_drawing_outlives_the_game_and_leaving_pauses_it(open_page: Open) -> None:
    page = open_page()
    draw(page, star() + LINE)
    page.get_by_role("link", name="Play").click()
    choose(page)
    word = begin(page)
    assert strokes_drawn(page) == "empty"
    draw(page, LINE)
    page.get_by_role("link", name="Draw").click()
    expect(page.locator("#bars")).to_be_visible()
    assert strokes_drawn(page) == "2 strokes"
    draw(page, LINE)
    assert strokes_drawn(page) == "3 strokes"
    page.get_by_role("link", name="Play").click()
    expect(page.locator("#card-lead")).to_have_text("Once more, draw")
    page.get_by_role("button", name="Go on").click()
    assert begin(page) == word
    assert strokes_drawn(page) == "empty"


def test_nothing_changes_a_drawing_under_a_card(open_page: Open) -> None:
    page = open_page(use_ten, "play")
    choose(page)
    begin(page)
    draw(page, LINE)
    page.locator("#skip").click()
    page.get_by_role("button", name="Pause").click()
    page.keyboard.press("Delete")
    page.keyboard.press("Control+z")
    page.locator("#clear").dispatch_event("click")
    draw(page, LINE)
    assert strokes_drawn(page) == "1 stroke"


def test_a_picture_is_no_reason_to_leave_a_round(open_page: Open) -> None:
    page = open_page(use_ten, "play")
    choose(page)
    begin(page)
    draw(page, LINE)
    page.evaluate(
        """async () => {
            const picture = new OffscreenCanvas(9, 9);
            picture.getContext("2d").fillRect(2, 2, 5, 5);
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([await picture.convertToBlob()], "a.png", { type: "image/png" }));
            dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
        }"""
    )
    expect(page.locator("#toast")).to_have_text("Finish the round first.")
    expect(page.locator("#task")).to_be_visible()
    assert strokes_drawn(page) == "1 stroke"


def test_the_game_can_be_played_by_keyboard(open_page: Open) -> None:
    page = open_page(with_clock)
    page.get_by_role("link", name="Play").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Quick game")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#card")).to_be_focused()
    for key in ["Space", "ArrowRight", "ArrowDown", "Space"]:
        page.keyboard.press(key)
    assert strokes_drawn(page) == "empty"
    for name in ["Go now", "Pause"]:
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#undo")).to_be_focused()  # the paper is passed over
    page.locator("#go").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#drawing")).to_be_focused()
    for key in ["Space", *["ArrowRight"] * 5, *["ArrowDown"] * 5, "Space"]:
        page.keyboard.press(key)
    assert strokes_drawn(page) == "1 stroke"
    page.locator("#skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#card")).to_be_focused()
    page.clock.run_for(COUNTDOWN)
    expect(page.locator("#drawing")).to_be_focused()


def test_the_face_changes_without_motion(open_page: Open) -> None:
    page = open_page(use_ten, "play", reduced_motion="reduce")
    choose(page)
    begin(page)
    page.locator("#skip").click()
    expect(page.locator("#face .frown")).to_be_visible()
    expect(page.locator("#face .smile")).to_be_hidden()
