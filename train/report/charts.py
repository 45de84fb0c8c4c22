"""Charts as SVG by matplotlib, on light paper so that they can be read on a dark page too; heatmaps as small PNGs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray
from PIL import Image

INK, QUIET, ACCENT = "#1d2b70", "#535e78", "#c2571a"
STYLE = Path(__file__).with_name("report.mplstyle")


def lines(file: Path, label: str, of: Mapping[str, Sequence[float]], then: int = 0) -> None:
    """Values by epoch, a line each; a dashed line stands before epoch `then` + 1."""
    with style.context(STYLE):
        figure, axes = _axes("epoch", label)
        colours = [INK, ACCENT] if len(of) <= 2 else mpl.colormaps["viridis"](np.linspace(0, 0.9, len(of)))
        for (name, values), colour in zip(of.items(), colours, strict=False):
            axes.plot(range(1, len(values) + 1), values, color=colour, label=name, linewidth=1.6)
        if then and then < max(map(len, of.values())):
            axes.axvline(then + 0.5, color=QUIET, linestyle="--", linewidth=1, label="from here on in integers")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if label.startswith("top"):
            axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        figure.legend(loc="outside lower center", ncols=2, fontsize=8)
        _save(figure, file)


def reliability(file: Path, confidence: NDArray[Any], right: NDArray[np.bool_], bins: int) -> None:
    """How often answers (N,) were right by how sure the network was of them; larger dots stand for more answers."""
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    sizes = np.bincount(index, minlength=bins)
    held = sizes > 0
    x, y = (np.bincount(index, values, bins)[held] / sizes[held] for values in (confidence, right))
    with style.context(STYLE):
        figure, axes = _axes("top probability", "share that is right")
        axes.plot([0, 1], [0, 1], color=QUIET, linestyle="--", linewidth=1)
        axes.scatter(x, y, 8 + 300 * sizes[held] / sizes.sum(), color=INK)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1, decimals=0))
        _save(figure, file)


def ink(file: Path, amounts: NDArray[np.floating]) -> None:
    """Amounts (height, width) of 0 to 1 as a PNG of 16 levels: ink of one colour, more or less of it, on nothing."""
    levels = (amounts.clip(0, 1) * 15).round().astype(np.uint8)
    picture = Image.fromarray(levels).convert("P")
    picture.putpalette(bytes.fromhex(INK[1:]) * 16)
    picture.save(file, transparency=bytes(range(0, 256, 17)), optimize=True, bits=4)


def _axes(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure((4.2, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel=x, ylabel=y)
    return figure, axes


def _save(figure: Figure, file: Path) -> None:
    figure.savefig(file, metadata={"Date": None})
