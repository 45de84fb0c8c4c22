"""Drawings in, labels and probabilities out, over HTTP. No torch here."""

import os

__version__ = "0.1.0"

# before anything imports onnxruntime, which would keep a device's number and a database of events in the user's cache
# folder, to be sent to its maker
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
