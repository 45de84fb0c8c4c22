"""The same test drawings twice: as the data set’s bitmaps, and drawn from their strokes as the server does.

A model that leaned on how the bitmaps were made would do worse on the strokes, which are what people send.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from train.dataset import TEST, Drawings, load_stroke_bitmaps
from train.fit import predict
from train.layout import is_url, stroke_file
from train.quantize import WholeNetwork
from train.report import page

TWIN = 4.0  # mean difference, in grey levels, under which a bitmap shows the drawing: others are farther off by far
FEWEST = 10  # test drawings for a category to have a line of its own


class Twins(NamedTuple):
    """Test drawings of which strokes are held: row n of each is the same drawing."""

    rendered: np.ndarray  # (N, 28, 28) uint8, from strokes
    bitmaps: np.ndarray  # (N, 28, 28) uint8, of the data set
    labels: np.ndarray  # (N,)


def find_twins(source: str, drawings: Drawings) -> Twins:
    """The test drawings whose strokes a folder holds too; none for a server, which is not asked for strokes."""
    found: list[Twins] = []
    for label, category in enumerate(drawings.categories):
        if is_url(source) or not (Path(source) / stroke_file(category)).is_file():
            continue
        rendered = load_stroke_bitmaps(source, category)
        rows = np.flatnonzero(drawings.labels == label)
        nearest = rows[_nearest(_flat(rendered), _flat(drawings.bitmaps[rows]))]
        bitmaps = drawings.bitmaps[nearest]
        distance = np.abs(rendered.astype(np.int16) - bitmaps).mean((1, 2))
        kept = (distance < TWIN) & (drawings.split[nearest] == TEST)
        found.append(Twins(rendered[kept], bitmaps[kept], np.full(kept.sum(), label)))
    none = np.empty((0, 28, 28), np.uint8)
    return Twins(*map(np.concatenate, zip(Twins(none, none, np.empty(0, np.int64)), *found, strict=True)))


def section(network: WholeNetwork, source: str, drawings: Drawings, metadata: Mapping[str, Any]) -> str:
    """A table of how many are right both ways, category by category; nothing where no strokes are held."""
    twins = find_twins(source, drawings)
    if not len(twins.labels):
        return ""
    right = [
        predict(network, torch.from_numpy(bitmaps), torch.device("cpu")).argmax(1).numpy() == twins.labels
        for bitmaps in (twins.rendered, twins.bitmaps)
    ]
    rows = [["all", *_line(np.ones(len(twins.labels), bool), *right)]]
    for label, category in enumerate(metadata["labels"]):
        if (twins.labels == label).sum() >= FEWEST:
            rows.append([category, *_line(twins.labels == label, *right)])
    return page.section(
        "From strokes",
        page.paragraph(
            "What people send is strokes, and the server draws them. Of some test drawings both are held, the strokes "
            "and the data set’s bitmap: a model that leaned on traces of how the bitmaps were made would do worse on "
            f"the strokes. Categories with fewer than {FEWEST} such drawings count in the first line only."
        ),
        page.table(["category", "drawings", "right, from strokes", "right, from bitmaps"], rows),
    )


def _line(chosen: np.ndarray, *right: np.ndarray) -> list[str]:
    return [f"{chosen.sum():,}", *(f"{hits[chosen].mean():.1%}" for hits in right)]


def _flat(bitmaps: np.ndarray) -> Tensor:
    return torch.from_numpy(bitmaps.reshape(len(bitmaps), -1)).float()


def _nearest(ones: Tensor, others: Tensor) -> np.ndarray:
    """For each of `ones` (N, D) the number of the one of `others` (M, D) that is nearest: (N,)."""
    return torch.cat([torch.cdist(some, others).argmin(1) for some in torch.split(ones, 500)]).numpy()
