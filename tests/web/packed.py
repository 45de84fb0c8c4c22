"""The models of this checkout with the form that browsers run, in a folder for the tests."""

import shutil
from pathlib import Path
from typing import Any

from doodle.raster import MAPS
from export.pack import pack
from tests.web.screenshot import MODELS
from train import checkpoint


def pack_models(folder: Path) -> Path:
    """Copy the models and their reports to `folder`, and pack those that are not packed yet."""
    for model in MODELS.glob("*.onnx"):
        shutil.copy(model, folder)
        if model.with_suffix("").is_dir():
            shutil.copytree(model.with_suffix(""), folder / model.stem)
        packed = model.with_suffix(".bin")
        if packed.exists():
            shutil.copy(packed, folder)
        else:
            content = checkpoint_of(model.stem)
            (folder / packed.name).write_bytes(pack(content["layers"], content["metadata"]))
    return folder


def checkpoint_of(name: str) -> dict[str, Any]:
    content = checkpoint.load(MODELS / f"{name}.pt")
    *network, end = content["layers"]
    card = content["metadata"]
    if isinstance(card["input"], str):
        card = card | {"input": {"maps": list(MAPS[:1])}}
    none_logit = end["none_logit"] if "none_logit" in end else end["doubt"]
    return {"layers": [*network, {"kind": "softmax", "none_logit": none_logit}], "metadata": card}
