"""The models in the browser: the server's bits, its stand-in when it is gone, and a page without any server."""

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Browser, Page, expect

from doodle.raster import SIDE as SQUARES
from doodle.raster import rasterize
from doodle.strokes import DrawingError
from serve import site
from serve.app import RUNTIME, WEB
from tests.web.screenshot import MODELS, draw, face, hide_runtime, running_server, star
from train import synthetic

Drawing = list[list[list[float]]]

COUNT = 500
RETURN = 10_000  # ms that a page may take to find that a server is back, or to fetch what a browser needs

needs_runtime = pytest.mark.skipif(not (WEB / RUNTIME).is_file(), reason="needs onnxruntime-web: `make web`")


def scribble(rng: np.random.Generator) -> Drawing:
    """Strokes at random: some or many, short or long, in whole numbers or not, large or small."""
    scale = 10.0 ** rng.integers(-3, 5)
    strokes = [
        np.cumsum(rng.normal(0, scale, (2, rng.integers(1, 60))), axis=1) + rng.normal(0, 3 * scale, (2, 1))
        for _ in range(rng.choice([1, 3, 10, 80], p=[0.3, 0.4, 0.25, 0.05]))
    ]
    return [(stroke.round() if rng.random() < 0.5 else stroke).tolist() for stroke in strokes]


@pytest.fixture(scope="session")
def drawings(request: pytest.FixtureRequest) -> list[Drawing]:
    """Of all kinds: by people where there are some at hand, the built-in ones, random ones, and odd ones."""
    rng = np.random.default_rng(5)
    odd = [
        [[[7], [7]]],
        [[[3, 3], [0, 9]], [[3, 3], [9, 0]]],
        [[[0, 1e9], [0, 1]]],
        [[[0, 255], [255, 255]], [[9], [0]]],
    ]
    built_in = [synthetic.strokes(category, rng) for category in synthetic.CATEGORIES for _ in range(15)]
    try:
        by_people = people(request.getfixturevalue("quickdraw"), 200)
    except pytest.skip.Exception:
        by_people = []
    known = odd + built_in + by_people
    return known + [scribble(rng) for _ in range(COUNT - len(known))]


def people(folder: Path, count: int) -> list[Drawing]:
    """The first drawing of each category, the second of each, and so on."""
    files = [path.open() for path in sorted((folder / "full" / "simplified").glob("*.ndjson"))]
    lines = (line for row in zip(*files, strict=False) for line in row)
    return [json.loads(line)["drawing"] for line, _ in zip(lines, range(count), strict=False)]


@pytest.fixture
def page(chromium_browser: Browser, page_address: str) -> Iterator[Page]:
    """The page, in a window of its own; at the end it must have complained of nothing."""
    complaints: list[str] = []
    page = chromium_browser.new_page()
    listen(page, complaints)
    page.goto(page_address)
    expect(page.locator("#bars li")).not_to_have_count(0)
    yield page
    page.context.close()
    assert complaints == []


def listen(page: Page, complaints: list[str]) -> None:
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))


def module(page: Page, name: str, body: str, argument: object = None) -> Any:
    """What the body of a function of `it`, a module of the page, and `argument` returns."""
    function = f"async (argument) => {{ const it = await import(new URL('{name}', document.baseURI)); {body} }}"
    return page.evaluate(function, argument)


def kind(page: Page) -> str:
    return module(page, "engine.js", "return it.engines.kind")


def wait_for(page: Page, name: str, condition: str) -> None:
    for _ in range(RETURN // 50):
        if module(page, name, f"return Boolean({condition})"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"still not {condition}")


ANSWERS = """
    await it.getModels();
    it.engines.choose(argument.kind);
    const answers = [];
    for (const drawing of argument.drawings) {
        const { bitmap, ...answer } = await it.classify({ drawing, model: argument.model, top: 0 });
        answers.push({ ...answer, bitmap: [...bitmap] });
    }
    return { answers, kind: it.engines.kind };
"""


def answers(page: Page, kind: str, model: str, drawings: list[Drawing]) -> list[dict[str, Any]]:
    """The page's answers to drawings, all labels of each, by the engine of this kind."""
    told = module(page, "engine.js", ANSWERS, {"kind": kind, "model": model, "drawings": drawings})
    assert told["kind"] == kind  # no other stood in
    return told["answers"]


def differing(one: np.ndarray, other: np.ndarray) -> float:
    """The fraction of pixels that differ by more than a grey level."""
    return float((np.abs(one.astype(int) - other) > 1).mean())


def test_the_browser_draws_the_servers_bitmap(page: Page, drawings: list[Drawing]) -> None:
    drawn = module(page, "rasterize.js", "return argument.map((drawing) => [...it.rasterize(drawing)])", drawings)
    expected = np.stack([rasterize(drawing) for drawing in drawings]).reshape(-1, SQUARES * SQUARES)
    assert len(drawn) == COUNT
    assert differing(expected, np.array(drawn)) <= 0.001


@pytest.mark.parametrize("drawing", [[], [[[], []]], [[[0, 1e-320], [0, 0]]], [[[-1.7e308, 1.7e308], [0, 0]]]])
def test_the_browser_refuses_what_is_no_drawing_in_the_servers_words(page: Page, drawing: Drawing) -> None:
    with pytest.raises(DrawingError) as refusal:
        rasterize(drawing)
    told = module(
        page, "rasterize.js", "try { it.rasterize(argument) } catch (error) { return error.message }", drawing
    )
    assert told == str(refusal.value)


@needs_runtime
@pytest.mark.parametrize("model", [path.stem for path in sorted(MODELS.glob("*.onnx"))])
def test_the_browser_answers_with_the_servers_bits(page: Page, drawings: list[Drawing], model: str) -> None:
    of_server, of_browser = (answers(page, kind, model, drawings) for kind in ("server", "browser"))
    bitmaps = [np.array([answer.pop("bitmap") for answer in each]) for each in (of_server, of_browser)]
    assert differing(*bitmaps) <= 0.001
    same = (bitmaps[0] == bitmaps[1]).all(axis=1)
    assert same.mean() > 0.9
    for one, other in zip(np.array(of_server)[same], np.array(of_browser)[same], strict=True):
        assert one == other  # labels in the same order, each probability the same number
        probabilities = np.array([entry["probability"] for entry in other["top"]])
        assert np.array_equal(probabilities, probabilities.astype(np.float32))  # no more than float32 was compared


@needs_runtime
def test_the_browser_asks_no_server_once_it_is_chosen(page: Page) -> None:
    module(page, "engine.js", "it.engines.choose('browser')")
    wait_for(page, "engine.js", "it.engines.browser.ready")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    draw(page, star())
    expect(page.locator("#bars .name").first).not_to_be_empty()
    # the page fetches its other views when there is time
    assert [url for url in requests if not url.endswith(".js")] == []
    page.reload()
    draw(page, face())
    expect(page.locator("#bars .name").first).not_to_be_empty()
    assert kind(page) == "browser"
    assert not any("classify?" in url for url in requests)


@needs_runtime
def test_a_picture_is_for_the_server(page: Page) -> None:
    module(page, "engine.js", "it.engines.choose('browser')")
    ask = "return it.classify({ image: new Blob(['?']), model: 'mlp' }).catch((error) => error.message)"
    assert module(page, "engine.js", ask) == "Only the server reads pictures. Choose it for this one."


@needs_runtime
def test_the_browser_stands_in_for_a_server_that_goes_until_it_is_back(chromium_browser: Browser) -> None:
    page = chromium_browser.new_page()
    with running_server(MODELS) as address:
        page.goto(address)
        draw(page, star())
        wait_for(page, "engine.js", "it.engines.browser.ready")  # fetched while there is time
        assert kind(page) == "server"
    module(page, "engine.js", "window.engines = it.engines")  # a reload of the module would need the server
    page.keyboard.press("Delete")
    draw(page, face())
    expect(page.locator("#bars .name").first).to_have_text("face")
    assert page.evaluate("[engines.kind, engines.server.why]") == ["browser", "The server does not answer."]
    with running_server(MODELS, int(address.rpartition(":")[2])):
        wait_for(page, "engine.js", "it.engines.kind === 'server'")
        with page.expect_request("**/classify?*"):
            draw(page, star())
    page.context.close()


@needs_runtime
def test_a_browser_that_cannot_run_the_models_leaves_it_to_the_server(
    chromium_browser: Browser, page_address: str
) -> None:
    page = chromium_browser.new_page()
    page.context.route("**/ort.wasm.gz", lambda route: route.fulfill(body=b"nonsense"))
    page.goto(page_address)
    module(page, "engine.js", "it.engines.choose('browser')")
    draw(page, face())
    expect(page.locator("#bars .name").first).to_have_text("face", timeout=RETURN)
    wait_for(page, "engine.js", "it.engines.kind === 'server' && it.engines.browser.why")
    page.context.unroute_all()
    module(page, "engine.js", "it.engines.choose('browser')")
    wait_for(page, "engine.js", "it.engines.browser.ready")
    assert kind(page) == "browser"
    page.context.close()


@needs_runtime
def test_the_browser_answers_where_the_server_wants_a_key(chromium_browser: Browser, page_address: str) -> None:
    page = chromium_browser.new_page()
    refusal = {"error": {"code": "no_key", "message": "this server wants a key"}}
    page.route("**/classify?*", lambda route: route.fulfill(status=401, json=refusal))
    page.goto(page_address)
    draw(page, face())
    expect(page.locator("#bars .name").first).to_have_text("face", timeout=RETURN)
    assert module(page, "engine.js", "return it.engines.server.why") == "this server wants a key"
    page.context.close()


@pytest.fixture
def page_without_runtime(chromium_browser: Browser, page_address: str) -> Iterator[Page]:
    page = chromium_browser.new_page()
    missing: list[str] = []
    page.on("response", lambda response: response.status == 404 and missing.append(response.url))
    hide_runtime(page)
    page.goto(page_address)
    yield page
    page.context.close()
    assert missing == []


def test_a_server_without_the_runtime_says_how_to_get_it(page_without_runtime: Page) -> None:
    page = page_without_runtime
    wait_for(page, "engine.js", "it.engines.browser.why")
    assert "make web" in module(page, "engine.js", "return it.engines.browser.why")
    module(page, "engine.js", "it.engines.choose('browser')")
    draw(page, face())
    expect(page.locator("#bars .name").first).to_have_text("face")
    assert kind(page) == "server"


class Files(http.server.SimpleHTTPRequestHandler):
    """Python's own server of files: it knows no POST, and nothing of this project."""

    def log_message(self, *_: Any) -> None:
        pass


class FilesUnpacked(Files):
    """Some hosts have the browser unpack what is packed."""

    def end_headers(self) -> None:
        if self.path.endswith(".gz"):
            self.send_header("Content-Encoding", "gzip")
        super().end_headers()


@contextmanager
def host(folder: Path, files: type[Files]) -> Iterator[str]:
    handler = functools.partial(files, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@needs_runtime
@pytest.mark.parametrize("files", [Files, FilesUnpacked])
def test_a_site_needs_no_server_of_ours_and_lies_anywhere(
    chromium_browser: Browser, tmp_path: Path, files: type[Files]
) -> None:
    assert site.main([str(tmp_path / "some" / "doodle"), "--model", "mlp"]) == 0
    complaints: list[str] = []
    requests: list[str] = []
    page = chromium_browser.new_page()
    listen(page, complaints)
    page.on("request", lambda request: requests.append(request.url))
    with host(tmp_path, files) as address:
        page.goto(f"{address}/some/doodle/")
        draw(page, face())
        expect(page.locator("#bars .name").first).to_have_text("face", timeout=RETURN)
        expect(page.locator("#note")).to_contain_text("mlp")
        assert kind(page) == "browser"
        reports = module(page, "engine.js", "return (await it.getModels()).map(({ report }) => report)")
        for report in filter(None, reports):
            page.goto(f"{address}/some/doodle/{report}")
            expect(page.locator("h1")).not_to_be_empty()
    page.context.close()
    assert complaints == []
    assert all(url.startswith(f"{address}/some/doodle/") for url in requests)
