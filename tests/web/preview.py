"""The picture that shows where people link to the page: `python -m tests.web.preview OUT.png` draws it."""

import io
import sys
from pathlib import Path

from PIL import Image

from tests.web.screenshot import Stroke, chromium, face, running_browser, spider, star

WIDTH, HEIGHT = 1200, 630
COLOURS = 32

PAGE = """<!doctype html>
<style>
	body {{ position: relative; width: 1200px; height: 630px; margin: 0; background: #e9edf3; color: #1b2238;
		font: 700 72px/1.15 system-ui, sans-serif; }}
	body > * {{ position: absolute; margin: 0; }}
	svg {{ fill: none; stroke: #1d2b70; stroke-linecap: round; stroke-linejoin: round; }}
	.sheet {{ left: 650px; top: 65px; width: 500px; height: 500px; outline: 2px solid #7f8eab; background: #fdfdfb;
		background-image: linear-gradient(90deg, #dbe4f1 2px, #0000 0), linear-gradient(#dbe4f1 2px, #0000 0);
		background-size: calc(500px / 14) calc(500px / 14); }}
	.others {{ left: 60px; top: 435px; width: 300px; opacity: 0.55; }}
	.face {{ left: 55px; top: 70px; width: 190px; stroke-width: 1.5; }}
	p {{ left: 60px; top: 285px; white-space: nowrap; }}
	small {{ display: block; font-size: 40px; font-weight: 400; color: #535e78; }}
	.said {{ left: 275px; top: 128px; padding: 0 0.2em; font-size: 56px; background: #ffe04a;
		border-radius: 0.3em 0.08em; }}
</style>
<svg class="face" viewBox="0 0 28 28"><path fill="#ffe04a" d="M14 2.5a11.5 11.5 0 1 0 1.5 0"/>
	<path stroke-width="2" d="M10.5 10v3.4m7-3.4v3.4"/><path fill="#1d2b70" d="M9 16.5h10q-1 6-5 6t-5-6z"/></svg>
<p class="said">A spider!</p>
<p><small>Draw anything,</small>I’ll guess!</p>
<svg class="others" viewBox="0 0 2 1" stroke-width="0.03">{star}<g transform="translate(0.95 0)">{face}</g></svg>
<svg class="sheet" viewBox="0 0 1 1" stroke-width="0.018">{spider}</svg>
"""


def path(strokes: list[Stroke]) -> str:
    lines = ("M" + " ".join(f"{x:.3f} {y:.3f}" for x, y in stroke) for stroke in strokes)
    return f'<path d="{"".join(lines)}"/>'


def draw_preview(out: Path) -> None:
    with running_browser() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_content(PAGE.format(star=path(star()), face=path(face()), spider=path(spider())))
        picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(out, optimize=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.web.preview OUT.png")
    if not chromium():
        sys.exit("preview: needs Chromium: apt-get install chromium, or set CHROMIUM to its executable")
    draw_preview(Path(sys.argv[1]))
