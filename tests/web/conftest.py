"""A browser, and the page's server, for all tests of the page."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Browser

from tests.web.screenshot import MODELS, chromium, running_browser, running_server


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Browser]:
    if not chromium():
        pytest.skip("needs Chromium: apt-get install chromium, or set CHROMIUM to its executable")
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def a_model() -> Path:
    models = sorted(MODELS.glob("*.onnx"))
    if not models:
        pytest.skip("needs a model: `make train export` makes one")
    return models[0]


@pytest.fixture(scope="session")
def page_address(a_model: Path) -> Iterator[str]:
    with running_server(a_model.parent) as address:
        yield address
