"""Draw: what the face says, the sounds, the replay, and a drawing that is sent as a link."""

import re

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Page, expect

from tests.web.screenshot import draw, face, spider, star
from tests.web.tools import ARTEFACTS, LINE, Open, kept_drawing, strokes_drawn, stub_answer, wait_until


def mood(page: Page) -> str:
    return page.evaluate("document.documentElement.dataset.mood")


def test_the_first_screen_invites_and_has_no_empty_bars(open_page: Open) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    expect(page.locator("#lead")).to_have_text("Draw anything,")
    expect(page.locator("#word")).to_have_text("I'll guess!")
    expect(page.locator("#note")).to_have_text(re.compile(r"^Try .+ or .+\.$"))
    expect(page.locator("#bars")).to_be_hidden()
    expect(page.locator("#sees")).to_be_hidden()
    expect(page.locator("#engine")).to_be_hidden()
    draw(page, star())
    expect(page.locator("#bars")).to_be_visible()
    bitmap = page.locator("#sees .sheet").bounding_box()
    assert bitmap and bitmap["width"] > 84
    page.get_by_text("Details").click()
    expect(page.locator("#why")).to_have_text("Runs entirely in your browser. Nothing is uploaded.")


def test_the_face_shows_how_sure_it_is(open_page: Open) -> None:
    page = open_page()
    assert mood(page) == "rest"
    draw(page, star())
    expect(page.locator("#word")).to_have_text("a star!")
    assert mood(page) == "sure"
    page.keyboard.press("Delete")
    assert mood(page) == "rest"


def test_it_says_so_where_it_has_no_idea(open_page: Open) -> None:
    page = open_page(stub_answer(known=False, probability=0.1))
    draw(page, star())
    expect(page.locator("#lead")).to_have_text("I can't tell yet.")
    assert mood(page) == "lost"


def test_sounds_are_off_until_they_are_switched_on_and_stay_so(open_page: Open) -> None:
    listen = """
        window.spoken = [];
        speechSynthesis.speak = ({ text }) => spoken.push(text);
    """
    page = open_page(lambda page: page.add_init_script(listen))
    switch = page.get_by_role("button", name="Sound")
    expect(switch).to_have_attribute("aria-pressed", "false")
    draw(page, star())
    expect(page.locator("#status")).to_contain_text("a star!")
    assert page.evaluate("spoken") == []
    switch.click()
    page.reload()
    expect(switch).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Delete")
    draw(page, face())
    wait_until(page, "spoken.some((text) => text.endsWith('a face!'))")


def test_the_replay_guesses_from_the_first_stroke_on_and_its_strip_goes_with_the_drawing(open_page: Open) -> None:
    page = open_page()
    draw(page, star())
    expect(page.locator("#word")).to_have_text("a star!")
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("#steps li")).to_have_count(1)
    expect(page.locator("#lead")).not_to_contain_text("Draw anything")
    expect(page.get_by_role("button", name="Replay")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Delete")
    expect(page.locator("#film")).to_be_hidden()


def link_of(page: Page) -> str:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Share").click()
    expect(page.locator("#toast")).to_contain_text("Link copied")
    return page.evaluate("navigator.clipboard.readText()")


def test_a_link_shows_the_drawing_to_somebody_who_may_guess_first(open_page: Open) -> None:
    page = open_page()
    draw(page, spider())
    link = link_of(page)
    assert len(link) < 600
    visitor = open_page(viewport={"width": 390, "height": 844}, reduced_motion="reduce")  # of another profile
    visitor.goto(link)
    expect(visitor.locator("#word")).to_have_text("Can you guess it?")
    wait_until(
        visitor, lambda: visitor.locator("#drawing canvas").get_attribute("aria-label") == "A drawing: 10 strokes"
    )
    expect(visitor.locator("#bars")).to_be_hidden()
    visitor.get_by_role("button", name="What is it?").click()
    expect(visitor.locator("#word")).to_have_text("a spider!")
    expect(visitor.locator("#bars .name").first).to_have_text("spider")
    visitor.screenshot(path=ARTEFACTS / "phone-link.png")
    visitor.keyboard.press("Delete")  # it isn't the visitor's
    visitor.get_by_role("link", name="Draw your own").click()
    expect(visitor.locator("#word")).to_have_text("I'll guess!")
    draw(visitor, LINE)
    assert len(kept_drawing(visitor)) == 1


def test_a_damaged_link_opens_the_page_and_says_so(open_page: Open) -> None:
    page = open_page(view="look=AAAA")
    expect(page.locator("#toast")).to_have_text("This link is damaged: there is no drawing in it.")
    expect(page.locator("#word")).to_have_text("I'll guess!")


def test_backspace_on_a_radio_button_leaves_the_drawing(open_page: Open) -> None:
    page = open_page()
    draw(page, star())
    page.locator("#details summary").click()
    page.get_by_role("radio", name="in this browser").focus()
    page.keyboard.press("Backspace")
    page.keyboard.press("Delete")
    assert strokes_drawn(page) == "1 stroke"
