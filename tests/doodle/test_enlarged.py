import io

import numpy as np
import pytest
from PIL import Image

from doodle.enlarged import undo_enlarging
from doodle.picture import from_picture
from tests.doodle.test_picture import EXPECTED, difference, encode, picture


@pytest.mark.parametrize("times", [1, 3, 10, 37])
@pytest.mark.parametrize("mode", ["L", "RGB", "P", "RGBA", "inverted"])
def test_enlarged_bitmap_is_itself(times, mode):
    image = Image.fromarray(255 - EXPECTED if mode == "inverted" else EXPECTED)
    if mode == "RGBA":
        image = Image.merge("LA", (Image.new("L", (28, 28)), image)).convert("RGBA")
    elif mode != "inverted":
        image = image.convert(mode)
    data = encode(image.resize((28 * times, 28 * times), Image.Resampling.NEAREST))
    assert np.array_equal(from_picture(data), EXPECTED)


def test_other_enlarged_pictures_are_redrawn():
    small = Image.fromarray(EXPECTED).resize((64, 64), Image.Resampling.LANCZOS)
    assert difference(encode(small.resize((640, 640), Image.Resampling.NEAREST))) < 13
    off_centre = Image.new("L", (40, 40))
    off_centre.paste(Image.fromarray(EXPECTED), (1, 9))
    assert difference(encode(off_centre.resize((400, 400), Image.Resampling.NEAREST))) < 13


def test_ordinary_picture_is_left_as_it_is():
    image = Image.open(io.BytesIO(picture()))
    assert undo_enlarging(image) is image
