"""How long it takes from the pen to the bars: `python -m tests.web.pen` prints it for each model, over many points.

The time begins with the browser's own stamp on the pointer's event, and ends at the frame that shows the new bars.
"""

import sys

import numpy as np
from playwright.sync_api import Page

from tests.web.screenshot import MODELS, chromium, face, running_browser, running_server, spider

PACE = 150  # ms between two points, so that each has an answer of its own

WATCH = """
    window.times = [];
    window.moved = 0;
    addEventListener("pointermove", ({ timeStamp }) => (moved ||= timeStamp), true);
    new MutationObserver(() => {
        if (!moved) return;
        const since = moved;
        moved = 0;
        requestAnimationFrame(() => times.push(performance.now() - since));
    }).observe(document.getElementById("bars"), { subtree: true, attributes: true, childList: true });
"""


def measure(page: Page) -> list[float]:
    """Milliseconds from each point to its bars."""
    page.evaluate(f"() => {{ {WATCH} }}")
    box = page.locator("#drawing").bounding_box()
    assert box
    for stroke in spider() + face():
        for number, (x, y) in enumerate(stroke):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            if number == 0:
                page.mouse.down()
            page.wait_for_timeout(PACE)
            page.evaluate("moved = 0")  # a point that changes no bar leaves none to time
        page.mouse.up()
    return page.evaluate("times")


if __name__ == "__main__":
    if not chromium():
        sys.exit("pen: needs Chromium: apt-get install chromium, or set CHROMIUM to its executable")
    with running_server(MODELS) as address, running_browser() as browser:
        for path in sorted(MODELS.glob("*.onnx")):
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.add_init_script(f"localStorage.setItem('doodle.model', '\"{path.stem}\"')")
            page.goto(address)
            page.locator("#note", has_text="Try").wait_for()
            middle, late, worst = np.percentile(measure(page), [50, 95, 100])
            print(f"{path.stem}: median {middle:.0f} ms, 95 % within {late:.0f} ms, all within {worst:.0f} ms")
            page.close()
