"""Built-in doodles of ten categories, as strokes and as bitmaps.

For a first try without a network, for tests, and to go beside the real drawings of rare categories.
"""

import numpy as np

from doodle.raster import rasterize
from train.doodles import cannon, eye, face, nail, pear, piano, radio, spider, star, sword
from train.doodles.sketch import Drawing, Sketch

CATEGORIES = {
    "cannon": cannon.draw,
    "eye": eye.draw,
    "face": face.draw,
    "nail": nail.draw,
    "pear": pear.draw,
    "piano": piano.draw,
    "radio": radio.draw,
    "spider": spider.draw,
    "star": star.draw,
    "sword": sword.draw,
}


def strokes(category: str, rng: np.random.Generator) -> Drawing:
    """One doodle in the form of Google's simplified drawings: strokes [[x, ...], [y, ...]], whole numbers 0 to 255."""
    sketch = Sketch(rng)
    CATEGORIES[category](sketch)
    return sketch.finish()


def bitmaps(category: str, count: int, seed: int) -> np.ndarray:
    """The first `count` doodles of a category under a seed, as the server would see them: (count, 28, 28) uint8."""
    rng = np.random.default_rng([seed, *category.encode()])
    drawn = np.empty((count, 28, 28), np.uint8)
    for bitmap in drawn:
        bitmap[:] = rasterize(strokes(category, rng))
    return drawn
