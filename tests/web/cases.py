"""What engine and library are compared on: drawings of all kinds, bitmaps and maps of all kinds."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from doodle.raster import MAPS, draw, draw_maps, flatten
from doodle.strokes import parse_strokes
from tests.web.screenshot import face, spider, star

Drawing = list[list[list[float]]]
Maps = NDArray[np.uint8]

ODD: list[Drawing] = [
    [[[7], [7]]],
    [[[5, 5, 5], [5, 5, 5]], [[6], [6]]],
    [[[3, 3], [0, 9]], [[3, 3], [9, 0]]],
    [[[0, 1e9], [0, 1]]],
    [[[0, 255], [255, 255]], [[9], [0]]],
    [[[10 * (i % 2) + 1e-3 * i for i in range(900)], [0.01 * i for i in range(900)]]],  # dense, there and back
    [[[2.0**-i for i in range(200)], [(i % 2) * 2.0**-i for i in range(200)]]],  # simplified on very many levels
]


def drawings(rng: np.random.Generator, count: int, data: Path | None) -> list[Drawing]:
    """Odd ones, our own, some by people where `data` has them, and scribbles."""
    own = [[[[p[axis] for p in stroke] for axis in (0, 1)] for stroke in each()] for each in (face, spider, star)]
    by_people = people(data, count // 2) if data else []
    known = [*ODD, *own, *by_people]
    return known + [scribble(rng) for _ in range(count - len(known))]


def people(folder: Path, count: int) -> list[Drawing]:
    """The first drawing of each category, the second of each, and so on."""
    files = [path.open() for path in sorted((folder / "full" / "simplified").glob("*.ndjson"))]
    lines = (line for row in zip(*files, strict=False) for line in row)
    found = [json.loads(line)["drawing"] for line, _ in zip(lines, range(count), strict=False)]
    for file in files:
        file.close()
    return found


def scribble(rng: np.random.Generator) -> Drawing:
    """Strokes at random: some or many, short or long, in whole numbers or not, large or small."""
    scale = 10.0 ** rng.integers(-3, 5)
    strokes = [
        np.cumsum(rng.normal(0, scale, (2, rng.integers(1, 60))), axis=1) + rng.normal(0, 3 * scale, (2, 1))
        for _ in range(rng.choice([1, 3, 10, 80], p=[0.3, 0.4, 0.25, 0.05]))
    ]
    return [(stroke.round() if rng.random() < 0.5 else stroke).tolist() for stroke in strokes]


def rasterized(some: list[Drawing], maps: int) -> Maps:
    """Each drawing by itself, as the library draws it: (N, maps, 28, 28)."""
    parsed = [parse_strokes(drawing) for drawing in some]
    if maps == 1:
        return np.stack([draw([each]) for each in parsed])
    return np.concatenate([draw_maps(flatten([each])) for each in parsed])


def inputs(rng: np.random.Generator, maps: int, count: int, some: list[Drawing]) -> Maps:
    """Blank, full, drawings with and without motion, and at random: (count, maps, 28, 28) uint8."""
    flat = np.stack([np.zeros((maps, 28, 28), np.uint8), np.full((maps, 28, 28), 255, np.uint8)])
    drawn = rasterized(some, maps)
    bare = drawn.copy()
    bare[:, 1:] = 0  # as a bitmap has it
    known = np.concatenate([flat, drawn, bare] if maps == len(MAPS) else [flat, drawn])
    shape = (count - len(known), maps, 28, 28)
    sparse = rng.random(shape) < rng.random((shape[0], 1, 1, 1))
    noise = (rng.integers(0, 256, shape) * sparse).astype(np.uint8)
    return np.concatenate([known, noise])
