"""Checkpoints on disk: plain values and tensors, written beside and renamed, read without running anything in them.

A checkpoint holds `arch`, the real `weights` (float16), the integer `layers` (train/integer.py), the model card as
`metadata`, the `recipe` and the `history`.
"""

import os
import pickle
from pathlib import Path
from typing import Any

import torch

FIELDS = {"arch", "weights", "layers", "metadata", "recipe", "history"}


def save(file: Path, content: dict[str, Any]) -> None:
    """Write beside, then rename: an interrupted write leaves what was there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.{os.getpid()}.part")
    torch.save(content, beside)
    beside.replace(file)


def load(file: Path) -> dict[str, Any]:
    """A checkpoint, tensors on the CPU. Raises ValueError where the file is missing, damaged or something else."""
    if not file.is_file():
        raise ValueError(f"there is no checkpoint {file}; make it with: python -m train --name {file.stem}")
    try:
        content: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, ValueError, OSError) as error:
        first_line = str(error).partition("\n")[0]
        raise ValueError(
            f"{file} is damaged, or no checkpoint ({first_line}); train it anew, or copy it afresh"
        ) from error
    if not isinstance(content, dict) or not content.keys() >= FIELDS:
        raise ValueError(f"{file} is not a checkpoint of this project's training")
    return content
