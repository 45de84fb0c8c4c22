"""How a model came to be: its data, its network, its training, what was tried, and the commands that repeat it."""

import argparse
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from train.__main__ import typed
from train.dataset import TEST, TRAIN, VALIDATION, Drawings
from train.layout import SYNTHETIC, is_url
from train.quantize import WholeLayer, WholeNetwork
from train.report import page, plots

PARTS = {TRAIN: "to train on", VALIDATION: "to choose by (validation)", TEST: "to test with"}


def data_section(metadata: Mapping[str, Any], drawings: Drawings) -> str:
    of_data = metadata["data"]
    doodles = ", ".join(f"{count:,} of {name}" for name, count in of_data["doodles"].items())
    sizes = (f"{(drawings.split == part).sum():,} {use}" for part, use in PARTS.items())
    return page.section(
        "Data",
        page.facts(
            {
                "Source": of_data["source"],
                "License": of_data["license"],
                "Drawings": f"{sum(of_data['counts'].values()):,}: {', '.join(sizes)}",
                "Split by": "a fixed hash of each bitmap, so a drawing never changes sides when others join",
                "Doodles": f"drawn by a program, in training alone: {doodles}" if doodles else "none were added",
                "Fingerprint": of_data["fingerprint"],
                "Input": metadata["input"],
            }
        ),
    )


def network_section(network: WholeNetwork, metadata: Mapping[str, Any]) -> str:
    layers = [layer for layer in network.modules() if isinstance(layer, WholeLayer | nn.MaxPool2d)]
    measured = metadata["figures"]
    return page.section(
        "Network",
        page.paragraph(
            "The network that is served computes in whole numbers alone: weights of −127 to 127, activations of 0 to "
            "255, sums under 2²⁴, which every machine adds up to the same bits. When it was made, its top-1 was "
            f"{measured['top1']:.2%}; the network of real numbers that it was made from, {measured['float_top1']:.2%}."
        ),
        page.table(["layer", "in", "out", "weights"], [describe(layer) for layer in layers]),
    )


def describe(layer: WholeLayer | nn.MaxPool2d) -> list[str]:
    if isinstance(layer, nn.MaxPool2d):
        return [f"largest of {layer.kernel_size} × {layer.kernel_size}", "", "", ""]
    outputs, inputs, *window = layer.weight.shape
    kind = f"convolution {' × '.join(map(str, window))}" if window else "linear"
    joined = ", plus the residual's input" if layer.skip.any() else ""
    return [kind + joined, f"{inputs:,}", f"{outputs:,}", f"{layer.weight.numel():,}"]


def training_section(checkpoint: Mapping[str, Any]) -> str:
    history, recipe = checkpoint["history"], checkpoint["recipe"]
    minutes = sum(line["seconds"] for line in history) / 60
    return page.section(
        "Training",
        page.side_by_side(*learning_curves(history, recipe["epochs"])),
        page.paragraph(
            "The training curve is of drawings as training varied them, with parts of the network left out and with "
            "smoothed labels; validation sees drawings as they are. So validation may well be the better of the two. "
            f"All epochs took {f'{minutes:,.0f} minutes' if minutes > 1 else 'less than a minute'}."
        ),
        "<details><summary>The recipe</summary>",
        page.facts(recipe_facts(recipe)),
        "</details>",
    )


def learning_curves(history: list[dict[str, float]], whole_from: int) -> list[str]:
    """Loss and accuracy by epoch; epochs after the first `whole_from` were made with all roundings in place."""
    epochs = list(range(1, len(history) + 1))
    across = plots.Axis("epoch", 1, len(history), "d")
    curves = []
    for name, title in (("loss", "Loss by epoch"), ("top1", "Top-1 by epoch")):
        train, held_out = ([line[f"{part}_{name}"] for line in history] for part in ("train", "validation"))
        values = train + held_out
        if name == "loss":
            up = plots.Axis("loss", 0, max(values), ".2g")
        else:
            up = plots.Axis("top-1", min(values) // 0.1 / 10, min(1.0, max(values) // 0.05 / 20 + 0.05))
        chart = plots.Chart(title, across, up)
        chart.line(epochs, train, "train", "training").line(epochs, held_out, "held-out", "validation")
        if len(history) > whole_from:
            chart.rule(whole_from + 0.5, "then whole numbers")
        curves.append(page.figure(chart.svg(), title, "titled"))
    return curves


def recipe_facts(recipe: Mapping[str, Any]) -> dict[str, str]:
    facts = {name.replace("_", " "): str(value) for name, value in recipe.items() if name != "augmentation"}
    varied = {name: amount for name, amount in (recipe["augmentation"] or {}).items() if amount}
    return facts | {"augmentation": ", ".join(f"{name} {amount:g}" for name, amount in varied.items()) or "none"}


def tried_section(file: Path) -> str:
    """What was tried, from a table that people write: tab-separated, its first line the head. Nothing where none is."""
    return page.section("What was tried", page.table(*page.read_tsv(file))) if file.is_file() else ""


def repeat_section(checkpoint: Mapping[str, Any], file: Path, options: argparse.Namespace) -> str:
    metadata = checkpoint["metadata"]
    data = metadata["data"]["source"]
    where = ["--data", data, "--samples", str(options.samples)]
    train = typed(checkpoint["options"])
    commands = [("train", train + where), ("export", [f"models/{file.name}", *where])]
    commands.append(("train.report", [f"models/{file.name}", *where]))
    return page.section(
        "To repeat it",
        page.code(*(f"python -m {module} {shlex.join(arguments)}" for module, arguments in commands)),
        ""
        if is_url(data) or data == SYNTHETIC
        else page.paragraph(f"“{data}” stands for the path of the folder that holds the drawings."),
    )
