"""Checkpoints on disk: plain values and tensors, written beside and renamed, read without running anything in them."""

import os
from pathlib import Path
from typing import Any

import torch


def save(file: Path, content: dict[str, Any]) -> None:
    """Write beside, then rename: an interrupted write leaves what was there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.{os.getpid()}.part")
    torch.save(content, beside)
    beside.replace(file)


def load(file: Path) -> dict[str, Any]:
    """What `save` wrote, tensors on the CPU. Raises ValueError where there is no such file."""
    if not file.is_file():
        raise ValueError(f"there is no checkpoint {file}; make it with: python -m train --name {file.stem}")
    content: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    return content
