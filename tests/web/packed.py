"""The models of this checkout with the form that browsers run, in a folder for the tests."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from doodle.raster import MAPS
from export.pack import NO_NONE_LOGIT, pack
from tests.web.screenshot import MODELS


def pack_models(folder: Path) -> Path:
    """Copy the models and their reports to `folder`, and pack those that are not packed yet."""
    for model in MODELS.glob("*.onnx"):
        if model.with_suffix("").is_dir():
            shutil.copytree(model.with_suffix(""), folder / model.stem)
        packed = model.with_suffix(".bin")
        if packed.exists():
            shutil.copy(model, folder)
            shutil.copy(packed, folder)
        else:
            content = checkpoint_of(model.stem)
            (folder / packed.name).write_bytes(pack(content["layers"], content["metadata"]))
            _renew(model, folder / model.name, content)
    return folder


def checkpoint_of(name: str) -> dict[str, Any]:
    """A checkpoint's layers and metadata, of today's form even where it was made before that."""
    content = torch.load(MODELS / f"{name}.pt", weights_only=True)
    *network, end = content["layers"]
    card = content["metadata"]
    if isinstance(card["input"], str):
        card = card | {"input": {"maps": list(MAPS[:1]), "rule": card["input"]}}
    none_logit = end["none_logit"] if "none_logit" in end else end["doubt"]
    return {"layers": [*network, {"kind": "softmax", "none_logit": none_logit}], "metadata": card}


def _renew(old: Path, new: Path, content: dict[str, Any]) -> None:
    """Write an ONNX file of the form before today's with the output and the metadata that it lacks."""
    model = onnx.load(old)
    if len(model.graph.output) == 1:
        labels = len(content["metadata"]["labels"])
        last = [node for node in model.graph.node if node.op_type == "Round"][-1]
        ends = [numpy_helper.from_array(np.array([value]), name) for value, name in ((0, "a"), (labels, "b"), (1, "c"))]
        model.graph.initializer.extend(ends)
        model.graph.node.append(helper.make_node("Slice", [last.output[0], "a", "b", "c"], ["logits"]))
        model.graph.output.append(helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["N", labels]))
        none_logit = content["layers"][-1]["none_logit"]
        fields = {entry.key: entry.value for entry in model.metadata_props}
        fields["input"] = json.dumps(content["metadata"]["input"])
        fields["none_logit"] = json.dumps(None if none_logit == NO_NONE_LOGIT else none_logit)
        del model.metadata_props[:]
        helper.set_model_props(model, fields)
    onnx.save(model, new)
