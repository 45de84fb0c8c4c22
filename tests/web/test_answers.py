"""Who answers: the browser once it has the model, the server until then and where it is preferred."""

from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Browser, Page, Route, expect

from tests.web.screenshot import draw, face, hide_packed, running_server, star
from tests.web.tools import Open, by_server, wait_until

IN_BROWSER = "in this browser"
ON_SERVER = "on the server"
HERE = "Runs entirely in your browser. Nothing is uploaded."


def first_guess(page: Page, label: str) -> None:
    expect(page.locator("#bars .name").first).to_have_text(label)


def open_details(page: Page) -> None:
    page.get_by_text("Details", exact=True).click()


def has_model(page: Page) -> None:
    """Waits until the browser can answer."""
    expect(page.locator("#model input")).not_to_have_count(0)
    answers = "import(new URL('page/answers.js', document.baseURI))"
    wait_until(page, f"{answers}.then(({{ engines }}) => engines.progress === null)")


def test_the_browser_answers_as_soon_as_it_has_the_model(open_page: Open) -> None:
    page = open_page()
    has_model(page)
    open_details(page)
    expect(page.get_by_role("radio", name=IN_BROWSER)).to_be_checked()
    expect(page.locator("#why")).to_have_text(HERE)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    draw(page, star())
    first_guess(page, "star")
    assert not any("classify?" in url or url.endswith(".bin") for url in requests)


def test_the_server_answers_until_the_model_is_there(open_page: Open) -> None:
    held: list[Route] = []
    page = open_page(lambda page: page.route("**/models/*.bin", lambda route: held.append(route)))
    expect(page.locator("#why")).to_contain_text("The model is on its way: ")
    with page.expect_request("**/classify?*"):
        draw(page, star())
    first_guess(page, "star")
    held[0].continue_()
    expect(page.locator("#why")).to_have_text(HERE)


def test_a_page_that_has_the_model_misses_no_server(chromium_browser: Browser, models: Path) -> None:
    page = chromium_browser.new_page()
    with running_server(models) as address:
        page.goto(address)
        has_model(page)
    draw(page, star())
    first_guess(page, "star")
    page.close()


def test_the_browser_stands_in_for_a_preferred_server_until_it_is_back(chromium_browser: Browser, models: Path) -> None:
    page = chromium_browser.new_page()
    with running_server(models) as address:
        page.goto(address)
        has_model(page)
        open_details(page)
        page.get_by_text(ON_SERVER).click()
        with page.expect_request("**/classify?*"):
            draw(page, star())
        first_guess(page, "star")
    page.keyboard.press("Delete")
    draw(page, face())
    first_guess(page, "face")
    expect(page.locator("#why")).to_have_text("The server does not answer.")
    expect(page.get_by_role("radio", name=IN_BROWSER)).to_be_checked()
    with running_server(models, int(address.rpartition(":")[2])):
        expect(page.get_by_role("radio", name=ON_SERVER)).to_be_checked(timeout=10_000)
        expect(page.locator("#why")).to_be_empty()
    page.close()


def test_the_preferred_server_is_kept_and_no_model_fetched(open_page: Open) -> None:
    requests: list[str] = []
    page = open_page(by_server)
    page.on("request", lambda request: requests.append(request.url))
    page.reload()
    draw(page, face())
    first_guess(page, "face")
    open_details(page)
    expect(page.get_by_role("radio", name=ON_SERVER)).to_be_checked()
    assert not any(url.endswith(".bin") for url in requests)


def test_a_browser_that_cannot_have_the_model_leaves_it_to_the_server(
    chromium_browser: Browser, page_address: str
) -> None:
    page = chromium_browser.new_page()
    hide_packed(page)
    page.goto(page_address)
    draw(page, face())
    first_guess(page, "face")
    expect(page.locator("#why")).to_contain_text("could not be fetched: 404")
    page.unroute_all()
    open_details(page)
    page.get_by_text(IN_BROWSER).click(force=True)
    has_model(page)
    expect(page.get_by_role("radio", name=IN_BROWSER)).to_be_checked()
    page.close()


def test_the_browser_answers_where_the_server_wants_a_key(chromium_browser: Browser, page_address: str) -> None:
    page = chromium_browser.new_page()
    refusal = {"error": {"code": "no_key", "message": "this server wants a key"}}
    page.route("**/classify?*", lambda route: route.fulfill(status=401, json=refusal))
    page.goto(page_address)
    draw(page, face())
    first_guess(page, "face")
    page.close()


def test_a_model_that_is_not_on_the_device_says_so_while_the_other_one_answers(
    chromium_browser: Browser, models: Path
) -> None:
    page = chromium_browser.new_page()
    with running_server(models) as address:
        page.goto(address)
        has_model(page)
        open_details(page)
    draw(page, star())
    first_guess(page, "star")
    page.get_by_role("radio", name="mlp").check()
    expect(page.locator("#note")).to_contain_text("This model isn't on this device yet.")
    expect(page.locator("#note")).not_to_contain_text("again")
    page.get_by_role("radio", name="cnn").check()
    expect(page.locator("#word")).to_have_text("a star!")
    expect(page.locator("#note")).to_contain_text("sure")
    page.get_by_role("radio", name="mlp").check()
    expect(page.locator("#note")).to_contain_text("This model isn't on this device yet.")
    with running_server(models, int(address.rpartition(":")[2])):
        expect(page.locator("#note")).to_contain_text("sure", timeout=10_000)
        expect(page.locator("#why")).to_have_text(HERE)
    page.close()


def test_the_page_knows_that_it_is_offline(open_page: Open) -> None:
    page = open_page()
    has_model(page)
    page.context.set_offline(True)
    expect(page.locator("#why")).to_have_text("Offline: guessing on this device.")
    draw(page, star())
    first_guess(page, "star")
    page.context.set_offline(False)
    expect(page.locator("#why")).to_have_text(HERE)
