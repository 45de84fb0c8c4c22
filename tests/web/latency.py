"""How long an answer takes on the page: from the server on this machine, and in the browser.

`python tests/web/latency.py` prints, for each model, the median and the 95th percentile over many doodles, the time of
the first answer, for which the browser must fetch all that it needs, and how much that is.
"""

import sys

import numpy as np
from playwright.sync_api import Page

from serve.app import RUNTIME, WEB
from tests.web.screenshot import MODELS, chromium, running_browser, running_server
from train import synthetic

ROUNDS = 20  # of one doodle of each category

MEASURE = """async ({ kind, model, drawings }) => {
    const load = (name) => import(new URL(name, document.baseURI));
    const [{ classify, engines, getModels }, { rasterize }] = [await load("engine.js"), await load("rasterize.js")];
    await getModels();
    engines.choose(kind);
    const timed = async (act) => {
        const start = performance.now();
        await act();
        return performance.now() - start;
    };
    const first = await timed(() => classify({ drawing: drawings[0], model }));
    const times = [];
    for (const drawing of drawings) times.push(await timed(() => classify({ drawing, model })));
    return { first, times, drawn: (await timed(() => drawings.forEach(rasterize))) / drawings.length };
}"""


def measure(page: Page, address: str) -> None:
    rng = np.random.default_rng(0)
    drawings = [synthetic.strokes(category, rng) for _ in range(ROUNDS) for category in synthetic.CATEGORIES]
    for path in sorted(MODELS.glob("*.onnx")):
        for kind in ("server", "browser"):
            page.goto(address)
            told = page.evaluate(MEASURE, {"kind": kind, "model": path.stem, "drawings": drawings})
            middle, late = np.percentile(told["times"], [50, 95])
            print(f"{path.stem}, {kind}: median {middle:.1f} ms, 95 % within {late:.1f}; first {told['first']:.0f} ms")
        print(f"{path.stem}: the browser fetches {path.stat().st_size / 1e6:.2f} MB")
    runtime = sum(file.stat().st_size for file in (WEB / RUNTIME).parent.iterdir())
    print(f"onnxruntime-web: {runtime / 1e6:.2f} MB; strokes to bitmap in the browser: {told['drawn']:.2f} ms")


if __name__ == "__main__":
    if not chromium() or not (WEB / RUNTIME).is_file():
        sys.exit("latency: needs Chromium (apt-get install chromium) and onnxruntime-web (make web)")
    with running_server(MODELS) as address, running_browser() as browser:
        measure(browser.new_page(), address)
