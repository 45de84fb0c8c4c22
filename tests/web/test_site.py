"""The page without a server of ours: on any host of files, under any path, and offline after the first visit."""

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Browser, Page, expect

from serve import site
from tests.web.screenshot import draw, face, star
from tests.web.tools import wait_until

FIRST_GUESS = 9.5  # s, with half a second for what is no waiting for bytes
FAST_3G = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}


class Files(http.server.SimpleHTTPRequestHandler):
    """Python's own server of files: it knows no POST, and nothing of this project."""

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def host(folder: Path, files: type[http.server.SimpleHTTPRequestHandler] = Files) -> Iterator[str]:
    handler = functools.partial(files, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """A folder that holds a site in a folder of its own."""
    folder = tmp_path_factory.mktemp("host")
    assert site.main([str(folder / "some" / "doodle"), "--models", str(models)]) == 0
    return folder


@pytest.fixture
def page(chromium_browser: Browser) -> Iterator[Page]:
    """A page in a browser that has never been here; at the end it must have complained of nothing."""
    complaints: list[str] = []
    page = chromium_browser.new_context().new_page()
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.context.close()
    assert complaints == []


def test_a_site_needs_no_server_of_ours_and_lies_anywhere(page: Page, folder: Path) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    with host(folder) as address:
        page.goto(f"{address}/some/doodle/")
        draw(page, face())
        expect(page.locator("#bars .name").first).to_have_text("face")
        page.get_by_text("Details", exact=True).click()
        expect(page.locator("#why")).to_have_text("Runs entirely in your browser. Nothing is uploaded.")
        expect(page.get_by_text("on the server")).to_be_hidden()
        page.get_by_role("link", name="Learn").click()
        expect(page.locator("#opinions li").last).to_contain_text("%")
        for link in page.locator("#figures a").all():
            response = page.request.get(f"{address}/some/doodle/{link.get_attribute('href')}")
            assert response.ok
        page.goto("about:blank")
    assert all(url.startswith(f"{address}/some/doodle/") for url in requests if url != "about:blank")


def test_a_site_opens_strokes_and_no_pictures(page: Page, folder: Path) -> None:
    with host(folder) as address:
        page.goto(f"{address}/some/doodle/")
        expect(page.get_by_text("Open strokes")).to_be_visible()
        expect(page.get_by_text("Upload a picture")).to_have_count(0)
        page.locator("#file").set_input_files({"name": "star.png", "mimeType": "image/png", "buffer": b""})
        expect(page.locator("#toast")).to_contain_text("Without a server I can't look at pictures.")
        line = b'{"word": "line", "countrycode": "US", "drawing": [[[0, 255], [0, 99]]]}'
        page.locator("#file").set_input_files({"name": "line.ndjson", "mimeType": "", "buffer": line})
        expect(page.locator("#drawing canvas")).to_have_attribute("aria-label", "Your drawing: 1 stroke")
        page.goto("about:blank")


def test_after_the_first_visit_it_works_offline(page: Page, folder: Path) -> None:
    with host(folder) as address:
        page.goto(f"{address}/some/doodle/")
        wait_until(page, "navigator.serviceWorker.ready.then(() => true)")
        wait_until(page, "caches.open('doodle').then((cache) => cache.match('models/mlp.bin')).then(Boolean)")
    page.goto(f"{address}/some/doodle/")
    draw(page, star())
    expect(page.locator("#bars .name").first).to_have_text("star")
    page.get_by_role("link", name="Learn").click()
    expect(page.locator("#opinions li").last).to_contain_text("%")
    page.get_by_role("link", name="Play").click()
    for button in ("Quick game", "Go now"):
        page.get_by_role("button", name=button).click()
    draw(page, face()[:1])
    expect(page.locator("html")).to_have_attribute("data-mood", re.compile("lost|sure|cheer"))


def test_the_first_guess_needs_few_bytes_and_until_then_the_page_says_how_far_it_is(page: Page, folder: Path) -> None:
    fetched: list[int] = []
    session = page.context.new_cdp_session(page)
    session.on("Network.dataReceived", lambda event: fetched.append(event["dataLength"]))
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", FAST_3G)
    with host(folder) as address:
        page.goto(f"{address}/some/doodle/", wait_until="commit")
        expect(page.locator("#drawing canvas")).to_be_visible()
        draw(page, star())
        expect(page.locator("#word")).to_have_text("I'll look at it")
        expect(page.locator("#note")).to_contain_text("My brain is on its way: ")
        expect(page.locator("#word")).to_have_text("a star!")
        print(f"first guess after {page.evaluate('performance.now()') / 1000:.1f} s")
        page.goto("about:blank")
    assert sum(fetched) < FIRST_GUESS * FAST_3G["downloadThroughput"]
