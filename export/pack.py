"""A quantized network as models/NAME.bin, which the page's engine reads (web/engine/model.js).

The file is compressed by gzip. In it: the text `doodle01`; the length of the header, uint32; the header, JSON in UTF-8,
filled up with spaces to a multiple of 4 bytes; then of each layer, in the header's order: bias int32, factor float32,
skip int32 (where the header says so), weight int8 (outputs, inputs) or (outputs, inputs, height, width), each filled up
to a multiple of 4 bytes. All numbers are little-endian.
"""

import gzip
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"doodle01"
NO_NONE_LOGIT = -(2**24)  # what a checkpoint says where there is none


def pack(layers: list[dict[str, Any]], card: dict[str, Any]) -> bytes:
    """Pack a checkpoint's layers, and what its metadata `card` says that an answer needs."""
    *network, end = layers
    none_logit = end["none_logit"]
    header = {
        "labels": card["labels"],
        "maps": card["input"]["maps"],
        "none_logit": None if none_logit == NO_NONE_LOGIT else none_logit,
        "threshold": card["threshold"],
        "version": card["version"],
        "layers": [_describe(layer) for layer in network],
    }
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    numbers = b"".join(_numbers(layer) for layer in network)
    content = MAGIC + len(text).to_bytes(4, "little") + text + numbers
    return gzip.compress(content, mtime=0)  # no time, so that the same network gives the same file


def _describe(layer: dict[str, Any], has_shortcut: bool = False) -> dict[str, Any]:
    match layer["kind"]:
        case "layer":
            shape, last = list(layer["weight"].shape), layer["last"]
            return {"kind": "layer", "shape": shape, "last": last, "skip": has_shortcut}
        case "residual":
            first, second = _describe(layer["first"]), _describe(layer["second"], has_shortcut=True)
            return {"kind": "residual", "first": first, "second": second}
        case "max pool":
            return {"kind": "max pool", "size": layer["size"]}
        case "mean pool":
            return {"kind": "mean pool", "factor": float(layer["factor"])}  # the float32, exactly
        case "flatten":
            return {"kind": "flatten"}
    raise ValueError(f"unknown kind of layer: {layer['kind']}")


def _numbers(layer: dict[str, Any], has_shortcut: bool = False) -> bytes:
    if layer["kind"] == "residual":
        return _numbers(layer["first"]) + _numbers(layer["second"], has_shortcut=True)
    if layer["kind"] != "layer":
        return b""
    skip = [_bytes(layer["skip"], "<i4")] if has_shortcut else []
    return b"".join(
        [_bytes(layer["bias"], "<i4"), _bytes(layer["factor"], "<f4"), *skip, _bytes(layer["weight"], "i1")]
    )


def _bytes(values: Any, dtype: str) -> bytes:
    array: NDArray[Any] = np.asarray(values).astype(dtype)
    content = array.tobytes()
    return content + bytes(-len(content) % 4)
