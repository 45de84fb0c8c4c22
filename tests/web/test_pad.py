"""The drawing pad on pages of others: from another origin, as the packed npm file, twice on a page, in a form."""

import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="needs Playwright: pip install playwright")

from playwright.sync_api import Browser, Page, expect

from serve import site
from tests.web.screenshot import ROOT, Stroke, face, star
from tests.web.test_site import Files, host
from tests.web.tools import wait_until

Embed = Callable[..., Page]

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>A page of somebody else</title>
<script type="module" src="{script}"></script>
<form>{pads}</form>
<script>
    window.guesses = [];
    addEventListener("guess", ({{ target, detail }}) => guesses.push([target.id, detail]));
</script>
</html>"""
PAD = '<doodle-pad id="pad" name="doodle" model="mlp" controls></doodle-pad>'


class OpenFiles(Files):
    """A host whose files pages of any origin may read, as those of a CDN."""

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()


@pytest.fixture
def embed(chromium_browser: Browser, tmp_path: Path) -> Iterator[Embed]:
    """Opens a page on a host of its own with these pads; at the end it must have complained of nothing."""
    complaints: list[str] = []
    page = chromium_browser.new_page()
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "favicon.ico").touch()
    with host(folder) as address:

        def open_(script: str, pads: str = PAD, text: str | None = None) -> Page:
            (folder / "index.html").write_text(text or PAGE.format(script=script, pads=pads))
            page.goto(address)
            wait_until(page, "customElements.whenDefined('doodle-pad').then(() => true)")
            return page

        yield open_
        page.context.close()
    assert complaints == []


def draw_on(page: Page, pad: str, strokes: list[Stroke]) -> None:
    box = page.locator(f"{pad} canvas").bounding_box()
    assert box
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def last_guess(page: Page, pad: str) -> str | None:
    return page.evaluate("(pad) => guesses.findLast(([id]) => id === pad)?.[1].label", pad)


def test_a_pad_from_a_server_guesses_on_a_page_of_another_origin(embed: Embed, page_address: str) -> None:
    page = embed(f"{page_address}/doodle-pad.js")
    wait_until(page, lambda: len(page.workers) == 1)
    draw_on(page, "#pad", star())
    wait_until(page, lambda: last_guess(page, "pad") == "star")
    [[_, guess]] = page.evaluate("guesses.slice(-1)")
    assert set(guess) == {"label", "probability", "known", "top", "model", "bitmap"}
    assert len(guess["top"]) == 5
    assert guess["model"] == "mlp"
    expect(page.get_by_role("status")).to_have_text("star")


def test_two_pads_on_a_page_share_a_worker_and_have_labels_of_their_own(embed: Embed, page_address: str) -> None:
    one = PAD.replace('id="pad"', 'id="one" among="face, piano" top="1"')
    page = embed(f"{page_address}/doodle-pad.js", one + PAD.replace('id="pad"', 'id="two"'))
    for pad in ("one", "two"):
        draw_on(page, f"#{pad}", star())
    wait_until(page, lambda: last_guess(page, "two") == "star" and last_guess(page, "one") in ("face", "piano"))
    assert page.evaluate("guesses.every(([id, { top }]) => top.length === (id === 'one' ? 1 : 5))")
    assert len(page.workers) == 1


def test_undo_redo_and_clear_by_button_key_and_method(embed: Embed, page_address: str) -> None:
    page = embed(f"{page_address}/doodle-pad.js")
    canvas = page.locator("#pad canvas")
    draw_on(page, "#pad", face())
    expect(canvas).to_have_attribute("aria-label", "Your drawing: 5 strokes")
    page.get_by_role("button", name="Undo").click()
    expect(canvas).to_have_attribute("aria-label", "Your drawing: 4 strokes")
    canvas.focus()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+z")
    expect(canvas).to_have_attribute("aria-label", "Your drawing: 3 strokes")
    page.evaluate("document.querySelector('#pad').clear()")
    expect(canvas).to_have_attribute("aria-label", "Your drawing: empty")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(canvas).to_have_attribute("aria-label", "Your drawing: 1 stroke")


def test_strokes_are_read_set_and_sent_with_a_form(embed: Embed, page_address: str) -> None:
    page = embed(f"{page_address}/doodle-pad.js")
    strokes = [[[0, 4096], [0, 4096], [0, 50]], [[2048], [100], [400]]]
    page.evaluate("(strokes) => (document.querySelector('#pad').strokes = strokes)", strokes)
    assert page.evaluate("document.querySelector('#pad').strokes") == strokes
    sent = page.evaluate("new FormData(document.querySelector('form')).get('doodle')")
    assert sent == "[[[0,4096],[0,4096]],[[2048],[100]]]"
    wait_until(page, lambda: last_guess(page, "pad"))
    page.evaluate("document.querySelector('form').reset()")
    assert page.evaluate("document.querySelector('#pad').strokes") == []


def test_a_model_that_is_not_there_is_an_error_event(chromium_browser: Browser, page_address: str) -> None:
    page = chromium_browser.new_page()
    page.goto(page_address)
    told = page.evaluate("""new Promise((tell) => {
        const pad = document.createElement("doodle-pad");
        pad.addEventListener("error", ({ detail }) => tell(detail.message));
        pad.setAttribute("model", "unicorn");
        document.body.append(pad);
    })""")
    assert re.fullmatch(r"http://\S+/models/unicorn.bin could not be fetched: 404", told)
    page.close()


def test_axe_finds_no_barrier_on_a_pad(embed: Embed, page_address: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = embed(f"{page_address}/doodle-pad.js")
    results = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert results.violations_count == 0, results.generate_report()


def test_the_pages_of_the_docs_run_as_they_stand(embed: Embed, page_address: str, models: Path, tmp_path: Path) -> None:
    served, hosted = re.findall(r"```html\n(.*?)```", (ROOT / "docs" / "embed.md").read_text(), re.DOTALL)
    address = "http://127.0.0.1:8000"
    assert f'src="{address}/doodle-pad.js"' in served
    page = embed("", text=served.replace(address, page_address))
    draw_on(page, "doodle-pad", star())
    expect(page.locator("#guess")).to_contain_text("star, ")
    assert site.main([str(tmp_path / "pages" / "site"), "--models", str(models)]) == 0
    page = embed("", text=hosted)
    draw_on(page, "doodle-pad", star())
    expect(page.locator("#guess")).to_have_text("That is a star!")


@pytest.mark.skipif(not shutil.which("npm"), reason="needs npm")
def test_the_npm_package_works_from_another_port(embed: Embed, models: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(ROOT / "web", source / "web")
    shutil.copytree(models, source / "models")
    for file in ("docs/embed.md", "LICENSE"):
        (source / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, source / file)
    before = {path for path in source.rglob("*") if path.is_file()}
    subprocess.run(["npm", "pack", "--silent"], cwd=source / "web", check=True, capture_output=True)
    [tarball] = {path for path in source.rglob("*") if path.is_file()} - before
    with tarfile.open(tarball) as archive:
        archive.extractall(tmp_path / "cdn", filter="data")
    packed = {
        str(path.relative_to(tmp_path / "cdn/package")) for path in (tmp_path / "cdn").rglob("*") if path.is_file()
    }
    assert {"doodle-pad.js", "doodle-pad.d.ts", "models/mlp.bin", "README.md", "LICENSE"} <= packed
    assert not {"index.html", "page.js", "npm.js", "engine/build.js"} & packed
    with host(tmp_path / "cdn", OpenFiles) as address:
        page = embed(f"{address}/package/doodle-pad.js")
        draw_on(page, "#pad", star())
        wait_until(page, lambda: last_guess(page, "pad") == "star")
        assert len(page.workers) == 1
        page.goto("about:blank")


def test_thousands_of_guesses_leave_nothing_behind(embed: Embed, page_address: str) -> None:
    page = embed(f"{page_address}/doodle-pad.js", "")
    session = page.context.new_cdp_session(page)

    def held() -> dict[str, float]:
        session.send("HeapProfiler.collectGarbage")
        counters = session.send("Memory.getDOMCounters")
        heap = session.send("Runtime.getHeapUsage")["usedSize"]
        return {"listeners": counters["jsEventListeners"], "heap": heap / 1e6}

    page.evaluate(
        """async (address) => {
            const { createRecognizer } = await import(`${address}/recognizer.js`);
            window.recognizer = await createRecognizer({ model: "mlp" });
            window.guess = async (times) => {
                for (let i = 0; i < times; i++) await recognizer.classify([[[0, 10, i % 50], [0, 20, 5]]]);
            };
            await guess(100);
        }""",
        page_address,
    )
    before = held()
    page.evaluate("guess(3000)")
    after = held()
    assert after["listeners"] <= before["listeners"]
    assert after["heap"] - before["heap"] < 1  # MB


def test_a_page_chooses_the_ink(embed: Embed, page_address: str) -> None:
    style = "<style>doodle-pad { --ink: rgb(200, 0, 0); --doodle-ink: var(--ink) }</style>"
    page = embed(f"{page_address}/doodle-pad.js", style + PAD)
    page.evaluate("document.querySelector('#pad').strokes = [[[0, 4096], [2048, 2048], [0, 9]]]")
    color = """() => [...document.querySelector("#pad").shadowRoot.querySelector("canvas").getContext("2d")
        .getImageData(140, 140, 1, 1).data]"""
    wait_until(page, lambda: page.evaluate(color) == [200, 0, 0, 255])


COUNT_INK = """
    window.drawn = 0; // points that went to the canvas
    const Path = window.Path2D;
    window.Path2D = class extends Path {
        constructor(text) {
            super(text);
            drawn += text.split("Q").length;
        }
    };
"""


def test_a_stroke_costs_the_same_on_a_full_paper(embed: Embed, page_address: str) -> None:
    page = embed(f"{page_address}/doodle-pad.js", PAD.replace('model="mlp"', ""))
    page.evaluate(f"() => {{ {COUNT_INK} }}")
    page.evaluate("""() => {
        const stroke = (_, n) => [[n, n + 500, n + 900], [n, n + 99, n], [900 * n, 900 * n + 50, 900 * n + 90]];
        document.querySelector("#pad").strokes = Array.from({ length: 1000 }, stroke);
    }""")
    wait_until(page, "drawn > 1000")
    page.evaluate("drawn = 0")
    draw_on(page, "#pad", star())
    expect(page.locator("#pad canvas")).to_have_attribute("aria-label", "Your drawing: 1001 strokes")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert 0 < page.evaluate("drawn") < 1000


def test_the_paper_shows_the_strokes_after_undo_redo_clear_and_another_size(embed: Embed, page_address: str) -> None:
    page = embed(f"{page_address}/doodle-pad.js", PAD.replace('model="mlp"', ""))
    difference = """() => {
        const opacities = (each) => each.shadowRoot.querySelector("canvas").getContext("2d")
            .getImageData(0, 0, 280, 280).data.filter((_, index) => index % 4 === 3);
        const other = opacities(fresh);
        return Math.max(...opacities(pad).map((opacity, index) => Math.abs(opacity - other[index])));
    }"""

    def shows_what_it_holds() -> None:
        page.evaluate("""() => {
            document.querySelector("#fresh")?.remove();
            pad.after(Object.assign(document.createElement("doodle-pad"), { id: "fresh", strokes: pad.strokes }));
            fresh.style.width = pad.style.width;
        }""")
        wait_until(page, lambda: page.evaluate(difference) < 16)

    draw_on(page, "#pad", [[(0.1, y), (0.9, y)] for y in (0.1, 0.3, 0.5, 0.7, 0.9)])
    shows_what_it_holds()
    for acts in ("undo", "undo undo", "redo", "clear", "undo", "redo undo undo"):
        page.evaluate("(acts) => acts.split(' ').forEach((act) => pad[act]())", acts)
        shows_what_it_holds()
    page.evaluate("pad.style.width = '200px'")
    draw_on(page, "#pad", [[(0.2, 0.6), (0.8, 0.6)]])
    shows_what_it_holds()
