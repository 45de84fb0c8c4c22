import gzip
import json

import numpy as np
import pytest

from export.pack import MAGIC, NO_NONE_LOGIT, pack

CARD = {"labels": ["one", "two"], "input": {"maps": ["ink"]}, "threshold": 0.5, "version": "1.2.3", "figures": {}}


def layer(outputs, inputs, last=False):
    return {
        "kind": "layer",
        "weight": np.arange(outputs * inputs, dtype=np.int8).reshape(outputs, inputs),
        "bias": np.arange(outputs, dtype=np.int32),
        "factor": np.full(outputs, 0.1, np.float32),
        "skip": np.full(outputs, 7, np.int32),
        "last": last,
    }


def unpack(content):
    content = gzip.decompress(content)
    assert content.startswith(MAGIC)
    start = len(MAGIC) + 4
    length = int.from_bytes(content[start - 4 : start], "little")
    return json.loads(content[start : start + length]), content[start + length :]


def test_the_header_describes_the_network():
    mean = {"kind": "mean pool", "factor": np.float32(0.1)}
    end = {"kind": "softmax", "none_logit": 12}
    residual = {"kind": "residual", "first": layer(2, 2), "second": layer(2, 2)}
    header, _ = unpack(pack([residual, mean, {"kind": "flatten"}, layer(2, 2, last=True), end], CARD))
    assert header["labels"] == CARD["labels"]
    assert header["maps"] == ["ink"]
    assert header["none_logit"] == 12
    assert header["threshold"] == 0.5
    assert header["version"] == "1.2.3"
    assert [each["kind"] for each in header["layers"]] == ["residual", "mean pool", "flatten", "layer"]
    assert header["layers"][0]["second"]["skip"] is True
    assert np.float32(header["layers"][1]["factor"]) == np.float32(0.1)
    assert header["layers"][3] == {"kind": "layer", "shape": [2, 2], "last": True, "skip": False}


def test_numbers_follow_layer_for_layer_on_multiples_of_four_bytes():
    packed = pack([layer(3, 1), layer(2, 3, last=True), {"kind": "softmax", "none_logit": NO_NONE_LOGIT}], CARD)
    header, numbers = unpack(packed)
    assert header["none_logit"] is None
    assert len(numbers) == (12 + 12 + 4) + (8 + 8 + 8)
    assert numbers[:12] == np.arange(3, dtype="<i4").tobytes()
    assert numbers[12:24] == np.full(3, 0.1, "<f4").tobytes()
    assert numbers[24:28] == bytes([0, 1, 2, 0])
    assert numbers[-8:] == bytes([0, 1, 2, 3, 4, 5, 0, 0])


def test_the_same_network_gives_the_same_file():
    layers = [layer(2, 3, last=True), {"kind": "softmax", "none_logit": 5}]
    assert pack(layers, CARD) == pack(layers, CARD)


def test_an_unknown_kind_of_layer_is_refused():
    with pytest.raises(ValueError, match="unknown kind of layer: attention"):
        pack([{"kind": "attention"}, {"kind": "softmax", "none_logit": 5}], CARD)
