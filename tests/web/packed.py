"""The models of this checkout with the form that browsers run, in a folder for the tests."""

import shutil
from pathlib import Path

from export import onnx_file
from export.pack import pack
from tests.web.screenshot import MODELS
from train import checkpoint
from train.integer import unpack


def pack_models(folder: Path) -> Path:
    """Copy the models and their reports to `folder`; what is not exported yet is exported there."""
    for file in MODELS.glob("*.pt"):
        if file.with_suffix("").is_dir():
            shutil.copytree(file.with_suffix(""), folder / file.stem)
        exported = [file.with_suffix(suffix) for suffix in (".onnx", ".bin")]
        if all(path.exists() for path in exported):
            for path in exported:
                shutil.copy(path, folder)
        else:
            _export(file, folder)
    return folder


def _export(file: Path, folder: Path) -> None:
    content = checkpoint.load(file)
    card = onnx_file.read_checkpoint(content)
    model = onnx_file.build(unpack(content["layers"]), card)
    (folder / f"{file.stem}.onnx").write_bytes(model.SerializeToString())
    (folder / f"{file.stem}.bin").write_bytes(pack(content["layers"], content["metadata"]))
