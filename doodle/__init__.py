"""Recognise doodles: strokes or pictures in, labels and probabilities out.

import doodle

recognizer = doodle.Recognizer()
answer = recognizer.classify([[[0, 255, 52, 128, 204, 0], [97, 97, 255, 0, 255, 97]]])
answer["label"], answer["probability"], answer["known"]
"""

import os

# Before onnxruntime is imported: it would keep a device id and a database of events in the user's cache folder.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from doodle.model_card import CardError, ModelCard
from doodle.parse import BodyError, BodyKindError, BodySizeError
from doodle.picture import PictureError
from doodle.raster import rasterize
from doodle.recognizer import Answer, Guess, ModelError, Recognizer, UnknownLabelError
from doodle.strokes import DrawingError

__version__ = "0.2.0"

__all__ = [
    "Answer",
    "BodyError",
    "BodyKindError",
    "BodySizeError",
    "CardError",
    "DrawingError",
    "Guess",
    "ModelCard",
    "ModelError",
    "PictureError",
    "Recognizer",
    "UnknownLabelError",
    "__version__",
    "rasterize",
]
