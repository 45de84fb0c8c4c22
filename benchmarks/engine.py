"""The page's engine beside onnxruntime-web, in Chromium: how long a bitmap takes, and how much each fetches.

`python -m benchmarks.engine` prints, for each model, the median and the 95th percentile of both, one bitmap at a time
on one thread, in turns, and whether their bits are equal; and the way from strokes to the answer of the worker that the
page asks. onnxruntime-web comes by npm, into a temporary folder; without npm, only the engine is measured.
"""

import argparse
import base64
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, Route

from doodle import Recognizer
from doodle.raster import MAPS
from tests.web.cases import drawings, rasterized
from tests.web.screenshot import MODELS, chromium, running_browser, running_server

ONNXRUNTIME_WEB = "onnxruntime-web@1.30.0"
DIST = Path("node_modules/onnxruntime-web/dist")
RUNTIME = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")

KINDS = {
    "engine": "a bitmap, our engine",
    "runtime": "a bitmap, onnxruntime-web",
    "worker": "from strokes to the worker's answer, our engine",
}

MEASURE = """async ({ name, maps, inputs, drawings, hasRuntime }) => {
    const load = (path) => import(new URL(path, document.baseURI));
    const [{ readModel }, { createNetwork }, { answer }, { createRecognizer }] = await Promise.all(
        ["engine/model.js", "engine/network.js", "engine/answer.js", "recognizer.js"].map(load));
    const bytes = async (path) => (await fetch(path)).arrayBuffer();
    const model = await readModel(await bytes(`models/${name}.bin`));
    const { logitsOf } = createNetwork(model);
    const values = inputs.map((input) => Uint8Array.from(atob(input), (byte) => byte.charCodeAt(0)));
    let runtime = null;
    if (hasRuntime) {
        const { env, InferenceSession, Tensor } = await load("runtime/ort.wasm.bundle.min.mjs");
        Object.assign(env.wasm, { wasmPaths: new URL("runtime/", document.baseURI).href, numThreads: 1 });
        const session = await InferenceSession.create(await bytes(`models/${name}.onnx`));
        const shape = maps === 1 ? [1, 28, 28] : [1, maps, 28, 28];
        const [entry] = session.inputNames;
        runtime = async (input) =>
            (await session.run({ [entry]: new Tensor("uint8", input, shape) }, ["probabilities"])).probabilities.data;
    }
    const recognizer = await createRecognizer({ model: name });
    const times = { engine: [], runtime: [], worker: [] };
    const timed = async (kind, act) => {
        const start = performance.now();
        const result = await act();
        times[kind].push(performance.now() - start);
        return result;
    };
    let differing = 0;
    for (const input of values) {
        const { top } = await timed("engine", () => answer(logitsOf(input), model, { top: 0 }));
        if (runtime) {
            const expected = await timed("runtime", () => runtime(input));
            const byLabel = new Map(top.map(({ label, probability }) => [label, probability]));
            if (model.labels.some((label, at) => byLabel.get(label) !== expected[at])) differing++;
        }
    }
    for (const drawing of drawings) await timed("worker", () => recognizer.classify(drawing));
    return { times, differing };
}"""


def measure(page: Page, address: str, count: int, has_runtime: bool) -> None:
    some = drawings(np.random.default_rng(0), count, None)
    for file in sorted(MODELS.glob("*.bin")):
        maps = len(MAPS) if Recognizer(file.with_suffix(".onnx")).motion else 1
        inputs = [base64.b64encode(each.tobytes()).decode() for each in rasterized(some, maps)]
        page.goto(address)
        argument = {"name": file.stem, "maps": maps, "inputs": inputs, "drawings": some, "hasRuntime": has_runtime}
        told = page.evaluate(MEASURE, argument)
        for kind, what in KINDS.items():
            if told["times"][kind]:
                median, late = np.percentile(told["times"][kind], [50, 95])
                print(f"{file.stem}: {what}: median {median:.2f} ms, 95 % within {late:.2f} ms")
        if has_runtime:
            print(f"{file.stem}: {told['differing']} of {count} answers differ between the two")
        print(f"{file.stem}: the engine fetches {file.stat().st_size / 1e6:.2f} MB of model")


def fetch_runtime(folder: Path) -> bool:
    """onnxruntime-web's two files in `folder`; False where there is no npm, or no registry."""
    if not shutil.which("npm"):
        return False
    command = ["npm", "install", "--silent", "--ignore-scripts", "--prefix", str(folder), ONNXRUNTIME_WEB]
    if subprocess.run(command).returncode:
        return False
    sizes = [(folder / DIST / name).stat().st_size for name in RUNTIME]
    print(f"{ONNXRUNTIME_WEB} fetches {sum(sizes) / 1e6:.2f} MB and the model")
    return True


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=500, help="bitmaps for each model (default: 500)")
    options = parser.parse_args()
    if not chromium():
        print("engine: needs Chromium: apt-get install chromium, or set CHROMIUM to its executable", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        has_runtime = fetch_runtime(folder)

        def serve_runtime(route: Route) -> None:
            route.fulfill(path=folder / DIST / route.request.url.rpartition("/")[2])

        with running_server(MODELS) as address, running_browser() as browser:
            page = browser.new_page()
            page.route("**/runtime/*", serve_runtime)
            measure(page, address, options.count, has_runtime)
    return 0


if __name__ == "__main__":
    sys.exit(main())
