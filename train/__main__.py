"""`python -m train`: drawings in, a checkpoint models/NAME.pt out.

Reads from top to bottom as a run goes: drawings, network, training, whole numbers, calibration, figures.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import nn

from serve import __version__
from train import calibrate, checkpoint, networks, quantize
from train.augment import Augmentation
from train.dataset import (
    TEST,
    TRAIN,
    VALIDATION,
    DatasetError,
    Drawings,
    NoNetworkError,
    add_options,
    load_or_synthetic,
    load_outliers,
    resolve_categories,
    top_up,
)
from train.fit import Recipe, Teacher, category_shares, figures, fit, has_fast_bfloat16, predict, teach
from train.layout import SYNTHETIC
from train.mend import mend
from train.transfer import start_from

# how each network trained best; the command line changes any of it
EPOCHS = {"mlp": 40, "cnn": 14}
DROPOUT = {"mlp": 0.05, "cnn": 0.3}
AUGMENTATION = {
    "mlp": Augmentation(weight=0.2, brightness=0.1),
    "cnn": Augmentation(refit=False, scale=0.12, shift=1.2, gaps=0.15),
}
PLACES = ("data", "cache", "models", "device")  # options that say where things are, which a checkpoint need not tell
TOP_UP = 600  # built-in doodles fill a rare category's training drawings up to this
LICENSE = "Quick, Draw! drawings by Google, Creative Commons Attribution 4.0"
INPUT_RULE = "bitmap uint8 (N, 28, 28), ink 255 on 0, drawn by the vector_to_raster rule"


def main() -> int:
    options = parse()
    try:
        with processes(options.device) as device:
            return run(options, device)
    except (DatasetError, ValueError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ntrain: interrupted; the same command goes on from the last whole epoch", file=sys.stderr)
        return 130


def run(options: argparse.Namespace, device: torch.device) -> int:
    categories = resolve_categories(options.categories, options.data)
    source = load_or_synthetic(options.data, categories, options.samples, options.cache)
    drawings = top_up(mend(source, options.cache) if options.mend else source, options.top_up)
    outliers = outliers_of(source, options)
    first = not dist.is_initialized() or dist.get_rank() == 0
    if first:
        print(f"{len(source.labels):,} drawings of {len(categories)} categories from {source.source}", flush=True)
        if doodles := added(source, drawings):
            print(
                "built-in doodles beside them:",
                ", ".join(f"{count} of {name}" for name, count in doodles.items()),
                flush=True,
            )

    torch.manual_seed(options.seed)
    network = build(options, len(drawings.categories))
    if options.start:
        start_from(network, checkpoint.load(options.start), drawings.categories, examples(drawings))
    network.to(device)
    recipe = recipe_of(options, device)
    runs = options.cache.parent / "runs"
    taught = None
    if options.teacher:
        taught = teach(drawings, load_teacher(options.teacher, drawings.categories, device), recipe, device)
    history = fit(network, drawings, recipe, runs / f"{options.name}.train.pt", taught, outliers)

    # the same network with every rounding in place, trained a little further with them
    rounded = quantize.learned(network, examples(drawings).to(device)).to(device)
    if options.quantize_epochs:
        tuning = replace(recipe, epochs=options.quantize_epochs, learning_rate=recipe.learning_rate / 20)
        history += fit(rounded, drawings, tuning, runs / f"{options.name}.quantize.pt", taught, outliers)
    if not first:
        return 0

    content = finish(rounded, network, drawings, recipe, options)
    content["metadata"]["data"] |= {
        "counts": source.counts,
        "doodles": added(source, drawings),
        "fingerprint": source.fingerprint,
    }
    content["history"] = [asdict(line) for line in history]
    file = options.models / f"{options.name}.pt"
    checkpoint.save(file, content)
    for stage in ("train", "quantize"):
        (runs / f"{options.name}.{stage}.pt").unlink(missing_ok=True)
    print_figures(content["metadata"])
    print(f"wrote {file}; next: python -m export {file}")
    return 0


def finish(
    rounded: nn.Sequential, network: nn.Sequential, drawings: Drawings, recipe: Recipe, options: argparse.Namespace
) -> dict[str, Any]:
    """The checkpoint: the whole-number network, calibrated on the validation split and measured on the test split."""
    device = torch.device("cpu")  # whole numbers give the same bits on any device; this one is always there
    rounded.to(device)
    validation, test = (np.flatnonzero(drawings.split == part) for part in (VALIDATION, TEST))
    shares = category_shares(drawings.labels[drawings.split == TRAIN], len(drawings.categories), recipe.balance)
    sizes = np.bincount(drawings.labels[validation], minlength=len(shares)).clip(1)
    weights = (shares / sizes)[drawings.labels[validation]]
    unscaled = quantize.whole(rounded).to(device)
    bitmaps = torch.from_numpy(drawings.bitmaps)
    logits = predict(unscaled.logits, bitmaps[validation], device) / quantize.LOGIT_STEPS
    calibration = calibrate.calibrate(logits, torch.from_numpy(drawings.labels[validation]), weights)
    quantize.set_temperature(rounded, calibration.temperature)
    whole = quantize.whole(rounded, calibration.doubt).to(device)

    known = predict(whole, bitmaps[validation], device).numpy()
    probabilities = predict(whole, bitmaps[test], device).numpy()
    measured = figures(probabilities, drawings.labels[test], drawings.categories)
    real = predict(
        lambda batch: network(batch[:, None].float() / 255), bitmaps[test], next(network.parameters()).device
    )
    measured["float_top1"] = figures(real.numpy(), drawings.labels[test], drawings.categories)["top1"]
    measured["expected_calibration_error"] = calibrate.expected_calibration_error(probabilities, drawings.labels[test])
    metadata = {
        "labels": list(drawings.categories),
        "architecture": describe(options, len(drawings.categories)),
        "parameters": sum(weight.numel() for weight in network.parameters()),
        "input": INPUT_RULE,
        "data": {
            "source": drawings.source,
            "license": "made by this project" if drawings.synthetic else LICENSE,
            "synthetic": drawings.synthetic,
        },
        "figures": measured,
        "calibration": calibration._asdict(),
        "threshold": calibrate.threshold(known),
        "version": __version__,
    }
    return {
        "layers": quantize.pack(whole),
        "metadata": metadata,
        "recipe": asdict(recipe),
        "options": {
            name: str(value) if isinstance(value, Path) else value
            for name, value in vars(options).items()
            if name not in PLACES
        },
    }


def examples(drawings: Drawings) -> torch.Tensor:
    """Some 2,000 of the training drawings, evenly taken: float32 (n, 1, 28, 28) of 0 to 1."""
    some = np.flatnonzero(drawings.split == TRAIN)[:: max(1, len(drawings.labels) // 2000)]
    return torch.from_numpy(drawings.bitmaps[some])[:, None].float() / 255


def added(source: Drawings, drawings: Drawings) -> dict[str, int]:
    """How many doodles joined the drawings that came from the source, by category."""
    return {name: count - source.counts[name] for name, count in drawings.counts.items() if count > source.counts[name]}


def outliers_of(drawings: Drawings, options: argparse.Namespace) -> np.ndarray:
    """Drawings of categories that are not taught; none where the source can't be reached for them."""
    try:
        source = SYNTHETIC if drawings.synthetic else options.data
        return load_outliers(source, drawings.categories, options.outliers, options.cache)
    except NoNetworkError as error:
        print(f"training without outliers, so it will be less sure of what it does not know: {error}", file=sys.stderr)
        return np.empty((0, 28, 28), np.uint8)


def build(options: argparse.Namespace, categories: int) -> nn.Sequential:
    if options.arch == "mlp":
        return networks.mlp(categories, hidden=options.hidden, dropout=options.dropout, norm=options.batch_norm)
    return networks.cnn(categories, widths=options.widths, dropout=options.dropout)


def describe(options: argparse.Namespace, categories: int) -> str:
    sizes = (784, *options.hidden, categories) if options.arch == "mlp" else (*options.widths, categories)
    return f"{options.arch} {'-'.join(map(str, sizes))}"


def recipe_of(options: argparse.Namespace, device: torch.device) -> Recipe:
    precision = options.precision
    if precision == "auto":
        precision = "bfloat16" if options.arch == "cnn" and has_fast_bfloat16(device) else "float32"
    return Recipe(
        epochs=options.epochs,
        batch_size=options.batch_size,
        optimizer=options.optimizer,
        learning_rate=options.learning_rate,
        weight_decay=options.weight_decay,
        label_smoothing=options.label_smoothing,
        balance=options.balance,
        averaging=options.averaging,
        augmentation=augmentation_of(options) if options.augment else None,
        precision=precision,
        seed=options.seed,
        teaching=options.teaching,
        views=options.views,
    )


def augmentation_of(options: argparse.Namespace) -> Augmentation:
    """What suits the architecture, but for what was given on the command line."""
    given = {field.name: getattr(options, field.name) for field in fields(Augmentation)}
    return replace(AUGMENTATION[options.arch], **{name: value for name, value in given.items() if value is not None})


def load_teacher(file: Path, categories: tuple[str, ...], device: torch.device) -> Teacher:
    """What a checkpoint's network says of bitmaps, of these categories alone and without its doubt."""
    content = checkpoint.load(file)
    known = content["metadata"]["labels"]
    missing = [name for name in categories if name not in known]
    if missing:
        raise ValueError(f"the teacher {file} does not know {', '.join(missing)}: choose one that knows every category")
    network = quantize.select(quantize.unpack(content["layers"]), [known.index(name) for name in categories]).to(device)
    return lambda bitmaps: (network.logits(bitmaps) / quantize.LOGIT_STEPS).softmax(1)


def print_figures(metadata: dict[str, Any]) -> None:
    measured = metadata["figures"]
    for name, accuracy in sorted(measured["per_category"].items(), key=lambda item: item[1]):
        print(f"  {accuracy:7.2%}  {name} ({metadata['data']['counts'][name]:,} drawings)")
    print(
        f"test split, {measured['drawings']:,} drawings, whole numbers: top-1 {measured['top1']:.2%},"
        f" top-3 {measured['top3']:.2%}, calibration error {measured['expected_calibration_error']:.2%};"
        f" float network: top-1 {measured['float_top1']:.2%}"
    )


@contextmanager
def processes(name: str) -> Iterator[torch.device]:
    """The device to train on; under torchrun, this process also joins the others."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if "WORLD_SIZE" not in os.environ:
        yield torch.device(name)
        return
    if name == "cuda":
        name = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(name)
    dist.init_process_group("gloo" if name == "cpu" else "nccl")
    try:
        yield torch.device(name)
    finally:
        dist.destroy_process_group()


def typed(options: Mapping[str, Any]) -> list[str]:
    """Options as a person would type them, but for those that are usual, and for the places of things."""
    usual = vars(parse(["--arch", options["arch"]]))
    words = ["--arch", options["arch"]]
    for name, value in options.items():
        option = name.replace("_", "-")
        if name in (*PLACES, "samples") or value == usual.get(name, value):
            continue  # what is no option any more, only an older version could take
        if isinstance(value, bool):
            words.append(f"--{option}" if value else f"--no-{option}")
        else:
            words += [f"--{option}", ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)]
    return words


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m train", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )

    def sizes(text: str) -> tuple[int, ...]:
        return tuple(int(size) for size in text.split(",") if size)

    def on_off(name: str, default: bool | None, help: str) -> None:
        parser.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=default, help=help)

    add_options(parser)
    data = parser.add_argument
    data("--categories", default="ten", help='"ten" (the report\'s), "all" that the source holds, or names with commas')
    data(
        "--top-up",
        type=int,
        default=TOP_UP,
        help="built-in doodles fill a rarer category's training drawings up to this",
    )
    data("--models", type=Path, default=Path("models"), help="where the checkpoint goes")
    data("--name", help="the model's name; its architecture's where none is given")
    data("--arch", choices=("mlp", "cnn"), default="mlp", help="the network")
    data("--hidden", type=sizes, default=(128, 100), help="mlp: sizes of the hidden layers")
    data("--widths", type=sizes, default=(32, 64, 128, 256), help="cnn: channels of its four stages")
    data(
        "--dropout", type=float, help=f"chance of each activation to be left out in training; {DROPOUT} where not given"
    )
    on_off("batch-norm", True, "mlp: batch normalisation")
    data("--epochs", type=int, help=f"times through the drawings; {EPOCHS} where not given")
    data("--quantize-epochs", type=int, default=1, help="further ones with all roundings in place")
    data("--batch-size", type=int, default=Recipe.batch_size, help="drawings to a step, over all processes")
    data("--optimizer", choices=("adam", "sgd"), default=Recipe.optimizer, help="AdamW, or SGD with momentum")
    data("--learning-rate", type=float, default=Recipe.learning_rate, help="the largest; it rises, then falls to 0")
    data("--weight-decay", type=float, default=Recipe.weight_decay, help="decoupled for adam")
    data("--label-smoothing", type=float, default=Recipe.label_smoothing, help="share of each label spread over all")
    data("--balance", type=float, default=Recipe.balance, help="categories are drawn by size to this power")
    data("--averaging", type=float, default=Recipe.averaging, help="decay of the mean over the last weights")
    on_off(
        "augment",
        True,
        "vary each drawing; what follows says how far, where what suits the network is not to your liking",
    )
    data("--rotation", type=float, help="degrees")
    data("--shear", type=float, help="slant, as a fraction of the height")
    data("--aspect", type=float, help="natural log of the factor")
    data("--elastic", type=float, help="pixels that a smooth random field displaces by")
    on_off("refit", None, "bring the varied drawing to its frame again")
    data("--scale", type=float, help="natural log of the factor")
    data("--shift", type=float, help="pixels")
    data("--weight", type=float, help="of strokes: pixels that are added or taken on each side")
    data("--brightness", type=float, help="fraction")
    data("--gaps", type=float, help="chance that a small square is missing")
    data("--flip", type=float, help="chance of a mirror image; 0.5 as in the report")
    data("--specks", type=float, help="largest share of the pixels at strokes' edges that are inverted")
    data("--start", type=Path, help="a checkpoint of the same architecture whose weights to start from")
    on_off("mend", False, "first find inverted pixels, which some copies of the data hold, and invert them back")
    data("--teacher", type=Path, help="a checkpoint to learn from (distillation)")
    data("--teaching", type=float, default=Recipe.teaching, help="share of its answers; the rest is the labels'")
    data("--views", type=int, default=Recipe.views, help="varied views of a drawing that its answer is the mean of")
    data(
        "--outliers",
        type=int,
        default=0,
        help="drawings of each other category, at most, that the network learns to be unsure of",
    )
    data("--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="of the training's arithmetic")
    data("--seed", type=int, default=Recipe.seed, help="the same seed on the same machine gives the same checkpoint")
    data("--device", default="auto", help='"cpu", "cuda", or "auto": CUDA where there is one')
    options = parser.parse_args(arguments)
    options.name = options.name or options.arch
    options.epochs = EPOCHS[options.arch] if options.epochs is None else options.epochs
    options.dropout = DROPOUT[options.arch] if options.dropout is None else options.dropout
    return options


if __name__ == "__main__":
    sys.exit(main())
