"""`python -m benchmarks.robustness`: how well a model knows drawings in pictures as people send them.

Drawings that no training saw are rendered into scenes: alone in every light, size and colour, and with surroundings, as
screenshots, notebooks and photos have them. A part of the scene kinds is held out: it was never looked at while the
finding of the drawing was tuned. Every run renders the same pictures.
"""

import argparse
import json
import os
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.scenes import CONDITIONS, HELD_OUT, SHOWN
from benchmarks.scenes.render import Drawing, Scene
from benchmarks.scenes.shown import plain
from doodle.drawing import Content
from doodle.picture import PictureError, from_picture
from doodle.recognizer import ModelError, Recognizer
from doodle.strokes import DrawingError, parse_strokes
from train.data import TEST, split_of

GROUPS: dict[str, dict[str, Scene]] = {
    "plain": {"alone on its paper": plain},
    "alone": CONDITIONS,
    "with surroundings": SHOWN,
    "held out": HELD_OUT,
}


def render(scene: Scene, name: str, drawings: Iterable[Drawing]) -> list[bytes]:
    return [scene(drawing, np.random.default_rng([zlib.crc32(name.encode()), n])) for n, drawing in enumerate(drawings)]


def bitmaps_of(pictures: Iterable[bytes]) -> NDArray[np.uint8]:
    """Bitmaps (N, 28, 28); an empty one where no drawing was found, which then counts as a wrong answer."""
    bitmaps = []
    for picture in pictures:
        try:
            bitmaps.append(from_picture(picture))
        except (DrawingError, PictureError):
            bitmaps.append(np.zeros((28, 28), np.uint8))
    return np.stack(bitmaps)


def measure(job: tuple[str, str, list[Drawing]]) -> NDArray[np.uint8]:
    group, name, drawings = job
    return bitmaps_of(render(GROUPS[group][name], name, drawings))


def read_drawings(folder: Path, labels: Sequence[str], total: int) -> tuple[list[Drawing], NDArray[np.intp]]:
    """So many drawings of the test split, spread evenly over the categories that have strokes; and their labels."""
    paths = {label: folder / "full" / "simplified" / f"{name}.ndjson" for label, name in enumerate(labels)}
    there = [label for label, path in paths.items() if path.is_file()]
    wanted = [there[n * len(there) // total] for n in range(total)] if there else []
    drawings: list[Drawing] = []
    found: list[int] = []
    for label, count in Counter(wanted).items():
        some = list(islice(test_drawings(paths[label]), count))
        drawings += some
        found += [label] * len(some)
    return drawings, np.array(found, np.intp)


def test_drawings(path: Path) -> Iterator[Drawing]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            drawing = json.loads(line)["drawing"]
            content = b"|".join(stroke.tobytes() for stroke in parse_strokes(drawing))
            if split_of([content])[0] == TEST:
                yield [stroke for stroke in drawing if stroke[0]]


def top1(model: Recognizer, contents: Sequence[Content], labels: NDArray[np.intp]) -> tuple[float, float]:
    """The share of right answers, and of wrong ones that are flagged as known."""
    inputs = np.array(model.draw(contents))
    probabilities = model.probabilities(inputs)
    right = probabilities.argmax(axis=1) == labels
    known = probabilities.max(axis=1) >= model.card.threshold
    return float(right.mean()), float((known & ~right & inputs.reshape(len(inputs), -1).any(axis=1)).mean())


def main() -> int:
    options = _parser().parse_args()
    try:
        model = Recognizer(options.model)
    except ModelError as error:
        print(f"robustness: {error}", file=sys.stderr)
        return 2
    drawings, labels = read_drawings(options.data, model.labels, options.drawings)
    if not drawings:
        print(f"robustness: {options.data} holds no strokes of {model.name}'s categories", file=sys.stderr)
        return 2
    print(f"{len(drawings)} drawings of {len(set(labels.tolist()))} categories, {model.name}")
    strokes = top1(model, [parse_strokes(drawing) for drawing in drawings], labels)[0]
    print(f"  top-1  wrong and known\n{100 * strokes:7.1f}                   strokes")
    jobs = [(group, name, drawings) for group in options.groups.split(",") for name in GROUPS[group]]
    means: dict[str, list[float]] = {}
    with ProcessPoolExecutor(options.processes) as pool:
        for (group, name, _), bitmaps in zip(jobs, pool.map(measure, jobs), strict=True):
            right, misled = top1(model, list(bitmaps), labels)
            means.setdefault(group, []).append(right)
            print(f"{100 * right:7.1f}  {100 * misled:7.1f}          {group}: {name}", flush=True)
    for group, values in means.items():
        print(f"{100 * np.mean(values):7.1f}                   mean, {group}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.robustness", description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=Path("models/cnn.onnx"))
    parser.add_argument(
        "--data", type=Path, required=True, help="a folder laid out like the public bucket, with strokes"
    )
    parser.add_argument("--drawings", type=int, default=200, help="of all categories (default: %(default)s)")
    parser.add_argument("--groups", default=",".join(GROUPS), help="of scenes, with commas (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    return parser


if __name__ == "__main__":
    sys.exit(main())
