"""The models of this checkout with the form that browsers run, in a folder for the tests."""

import shutil
from pathlib import Path

import torch

from doodle.model_card import ModelCard
from doodle.raster import MAPS
from export import onnx_file
from export.pack import pack
from tests.web.screenshot import MODELS
from train.integer import NO_NONE_LOGIT, unpack


def pack_models(folder: Path) -> Path:
    """Copy the models and their reports to `folder`; those made before there were packed files are exported there."""
    for model in MODELS.glob("*.onnx"):
        if model.with_suffix("").is_dir():
            shutil.copytree(model.with_suffix(""), folder / model.stem)
        packed = model.with_suffix(".bin")
        if packed.exists():
            shutil.copy(model, folder)
            shutil.copy(packed, folder)
        else:
            _export(model.with_suffix(".pt"), folder)
    return folder


def _export(file: Path, folder: Path) -> None:
    content = torch.load(file, weights_only=True)
    *network, end = content["layers"]
    none_logit = end["doubt"]
    layers = [*network, {"kind": "softmax", "none_logit": none_logit}]
    fields = {name: value for name, value in content["metadata"].items() if name != "calibration"}
    fields["input"] = {"maps": list(MAPS[:1]), "rule": fields["input"]}
    card = ModelCard(**fields, none_logit=None if none_logit == NO_NONE_LOGIT else none_logit)
    model = onnx_file.build(unpack(layers), card)
    (folder / f"{file.stem}.onnx").write_bytes(model.SerializeToString())
    (folder / f"{file.stem}.bin").write_bytes(pack(layers, card.to_dict()))
