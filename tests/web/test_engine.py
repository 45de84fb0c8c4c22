"""The page's engine gives the bits of the library: strokes to maps, maps to answers, in Chromium and in Node.js."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Browser, Page

from doodle import Recognizer
from doodle.raster import MAPS, rasterize
from doodle.softmax import softmax
from doodle.strokes import DrawingError
from tests.web.cases import Drawing, drawings, inputs, rasterized
from tests.web.networks import random_cnn, random_odd, write
from tests.web.screenshot import MODELS, ROOT, star

DRAWINGS, BITMAPS = 500, 2000
SHIPPED = [path.stem for path in sorted(MODELS.glob("*.onnx"))]
TOLD = {"logits": 0, "features": 0, "probabilities": 0, "among": 0}  # how many differ

needs_node = pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js")


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """A folder of inputs and of what the library makes of them, which compare.js reads."""
    folder = tmp_path_factory.mktemp("cases")
    rng = np.random.default_rng(5)
    data = os.environ.get("QUICKDRAW_DATA")
    some = drawings(rng, DRAWINGS, Path(data) if data else None)
    (folder / "drawings.json").write_text(json.dumps(some))
    rasterized(some, 1).tofile(folder / "ink")
    rasterized(some, len(MAPS)).tofile(folder / "maps")
    for name in SHIPPED:
        for suffix in (".onnx", ".bin"):
            shutil.copy(models / f"{name}{suffix}", folder)
        _write_answers(folder, name, BITMAPS, rng, some)
    write(folder, "random", random_cnn(rng), len(MAPS))
    write(folder, "odd", random_odd(rng), 1)
    for name in ("random", "odd"):
        _write_answers(folder, name, 150, rng, some[:50])
    _write_answer(folder)
    return folder


def _write_answers(folder: Path, name: str, count: int, rng: np.random.Generator, some: list[Drawing]) -> None:
    """Inputs of a model, and what ONNX Runtime makes of them."""
    recognizer = Recognizer(folder / f"{name}.onnx")
    maps = len(MAPS) if recognizer.motion else 1
    maps_in = inputs(rng, maps, count, some)
    session = onnxruntime.InferenceSession(recognizer.path, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: maps_in if maps > 1 else maps_in[:, 0]}
    probabilities, logits = session.run(["probabilities", "logits"], feed)
    among = np.sort(rng.choice(len(recognizer.labels), len(recognizer.labels) // 2, replace=False))
    told = {"count": count, "among": [recognizer.labels[column] for column in among]}
    (folder / f"{name}.json").write_text(json.dumps(told))
    maps_in.tofile(folder / f"{name}.inputs")
    logits.tofile(folder / f"{name}.logits")
    probabilities.tofile(folder / f"{name}.probabilities")
    softmax(logits[:, among], recognizer.card.none_logit).tofile(folder / f"{name}.among")


def _write_answer(folder: Path) -> None:
    """A star, and what the library says of it."""
    drawing = [[[x for x, _ in stroke], [y for _, y in stroke]] for stroke in star()]
    recognizer = Recognizer(folder / "mlp.onnx")
    few = [recognizer.labels[column] for column in (0, 3, 4)]
    told = {
        "drawing": drawing,
        "bitmap": rasterize(drawing).tolist(),
        "answer": recognizer.classify(drawing, top=0),
        "among": recognizer.classify(drawing, among=few)["top"],
    }
    (folder / "answers.json").write_text(json.dumps(told))


@pytest.fixture
def page(chromium_browser: Browser, page_address: str, cases: Path) -> Iterator[Page]:
    """The page, whose server also has the cases."""
    page = chromium_browser.new_page()

    def fulfill(route: Any) -> None:
        name = route.request.url.rpartition("/")[2]
        if name == "compare.js":
            route.fulfill(path=ROOT / "tests" / "web" / name, content_type="text/javascript")
        else:
            route.fulfill(path=cases / name)

    page.route("**/cases/*", fulfill)
    page.goto(page_address)
    yield page
    page.context.close()


def compare(page: Page, call: str) -> Any:
    return page.evaluate(f"""async () => {{
        const {{ compareDrawings, compareModel }} = await import("/cases/compare.js");
        const read = async (name) => (await fetch(`/cases/${{name}}`)).arrayBuffer();
        return {call};
    }}""")


def test_chromium_draws_the_librarys_bits(page: Page) -> None:
    assert compare(page, "compareDrawings(document.baseURI, read)") == {"ink": 0, "maps": 0}


@pytest.mark.parametrize("name", [*SHIPPED, "random", "odd"])
def test_chromium_answers_with_the_librarys_bits(page: Page, name: str) -> None:
    assert compare(page, f"compareModel(document.baseURI, read, '{name}', true)") == TOLD


def test_chromium_without_simd_answers_with_the_same_bits(page: Page) -> None:
    assert compare(page, "compareModel(document.baseURI, read, 'odd', false)") == TOLD


@needs_node
def test_node_gives_the_librarys_bits(cases: Path) -> None:
    told = subprocess.run(
        ["node", "--test", "tests/web/modules.test.js"],
        cwd=ROOT,
        env={**os.environ, "CASES": str(cases)},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("drawing", [[], [[[], []]], [[[0, 1e-320], [0, 0]]], [[[-1.7e308, 1.7e308], [0, 0]]]])
def test_chromium_refuses_what_is_no_drawing_in_the_librarys_words(page: Page, drawing: Drawing) -> None:
    with pytest.raises(DrawingError) as refusal:
        rasterize(drawing)
    told = page.evaluate(
        """async (drawing) => {
            const { rasterize } = await import(new URL("engine/rasterize.js", document.baseURI));
            try { rasterize(drawing) } catch (error) { return error.message }
        }""",
        drawing,
    )
    assert told == str(refusal.value)


@pytest.mark.skipif(not shutil.which("npx"), reason="needs npm, which fetches wabt")
def test_the_kernel_is_what_its_source_gives() -> None:
    wabt = ["npx", "--yes", "--package", "wabt@1.0.39", "--"]
    if subprocess.run([*wabt, "node", "-e", "0"], cwd=ROOT, capture_output=True).returncode:
        pytest.skip("needs the npm registry, for wabt")
    told = subprocess.run([*wabt, "node", "web/engine/build.js", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr or "kernel.js is not what kernel.wat gives: run web/engine/build.js"
