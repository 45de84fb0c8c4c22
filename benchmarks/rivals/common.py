"""What the rival servers of `make bench` share: the same network, and the shortest way there from a body.

Pictures are only scaled down, which is less than our own server does with them.
"""

import base64
import io
import os
import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))
from doodle.raster import rasterize  # noqa: E402

MODEL = os.environ.get("RIVAL_MODEL", str(ROOT / "models" / "mlp.onnx"))


def bitmap_of(request: dict) -> np.ndarray:
    """The bitmap, (1, 28, 28) uint8, of {"drawing": strokes} or {"image": base64}."""
    if request.get("drawing"):
        return rasterize(request["drawing"])[None]
    image = Image.open(io.BytesIO(base64.b64decode(request["image"]))).convert("L").resize((28, 28))
    return 255 - np.asarray(image)[None]


def session():
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(MODEL, options)
