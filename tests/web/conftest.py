"""A browser, and the page's server, for all tests of the page."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Browser, Page, expect

from tests.web.screenshot import MODELS, chromium, running_browser, running_server

Open = Callable[..., Page]

expect.set_options(timeout=30_000)  # as patient as Playwright is elsewhere: a state comes late on a busy machine


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Browser]:
    if not chromium():
        pytest.skip("needs Chromium: apt-get install chromium, or set CHROMIUM to its executable")
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def models() -> Path:
    """A folder of models, each as ONNX and packed for browsers."""
    if not any(MODELS.glob("*.onnx")):
        pytest.skip("needs a model: `make train export` makes one")
    return MODELS


@pytest.fixture(scope="session")
def a_model(models: Path) -> Path:
    return min(models.glob("*.onnx"))


@pytest.fixture(scope="session")
def page_address(models: Path) -> Iterator[str]:
    with running_server(models) as address:
        yield address


@pytest.fixture
def open_page(chromium_browser: Browser, page_address: str) -> Iterator[Open]:
    """Opens a view of the page in a window of its own; at the end it must have complained of nothing and asked no other
    host."""
    contexts, complaints, requests = [], [], []

    def open_(prepare: Callable[[Page], object] = lambda page: None, view: str = "", **options: Any) -> Page:
        context = chromium_browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        prepare(page)
        page.goto(f"{page_address}/#{view}")
        expect(page.locator("#model input")).not_to_have_count(0)
        return page

    yield open_
    for context in contexts:
        for page in context.pages:
            page.unroute_all(behavior="ignoreErrors")  # a stub may be at work on a question that nobody waits for
        context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith((page_address, "data:", "blob:"))] == []
