"""`python -m train`: drawings in, a checkpoint models/NAME.pt out, which `python -m export` makes an ONNX file of."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import nn

from doodle import __version__
from train import checkpoint
from train.bucket import DatasetError
from train.categories import resolve_categories
from train.data import (
    TRAIN,
    Drawings,
    add_options,
    load_or_synthetic,
    load_others,
    positive,
)
from train.distill import load_teacher, start_from
from train.evaluate import calibrate, figures
from train.integer import NO_NONE_LOGIT, pack
from train.loader import draw_rows
from train.loop import Setting, fit
from train.networks import NETWORKS, input_maps
from train.quantize import convert, prepare_qat
from train.recipes import RECIPES, Recipe

RUNS = Path(".cache/runs")
LICENSE = "Quick, Draw! by Google, Creative Commons Attribution 4.0"
INPUT_RULE = (
    "strokes by Google's vector_to_raster rule: longer side 255 units, a round pen of 16, centred on 304, 28x28 pixels;"
    " uint8, ink 255 on 0"
)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    try:
        with processes(options.device) as device:
            return run(options, device)
    except (DatasetError, ValueError, OSError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ntrain: interrupted; the same command goes on from the last whole epoch", file=sys.stderr)
        return 130


def run(options: argparse.Namespace, device: torch.device) -> int:
    file: Path = options.models / f"{options.name}.pt"
    check_writable(file.parent)
    check_writable(options.cache)
    recipe: Recipe = options.recipe
    categories = resolve_categories(options.categories, options.data)
    drawings = load_or_synthetic(options.data, categories, options.samples, options.cache)
    others = None
    if recipe.other_samples:
        source = "synthetic" if drawings.synthetic else options.data
        others = load_others(source, categories, recipe.other_samples, options.cache)
        recipe = recipe if others else replace(recipe, other_samples=0)
    teacher = load_teacher(options.teacher, categories, device) if options.teacher else None
    maps = len(input_maps(options.arch))
    setting = Setting(drawings, maps, device, options.workers, teacher, others)
    is_first = not dist.is_initialized() or dist.get_rank() == 0
    if is_first:
        counts = f"{len(drawings.strokes.labels):,} drawings as strokes and {len(drawings.bitmaps.labels):,} as bitmaps"
        print(f"{counts}, {len(categories)} categories, from {drawings.source}", flush=True)

    torch.manual_seed(recipe.seed)
    network = build(options.arch, len(categories), recipe)
    if options.start:
        start_from(network, options.start, categories)
    identity = {"arch": options.arch, "teacher": str(options.teacher), "start": str(options.start)}
    history = fit(network, recipe, setting, RUNS / f"{options.name}.train.pt", identity)

    rounded = None
    if recipe.qat_epochs:
        rounded = prepare_qat(network, examples(drawings, maps).to(device)).to(device)
        tuning = replace(
            recipe,
            epochs=max(1, round(recipe.qat_epochs * recipe.epochs)),
            learning_rate=recipe.learning_rate / 20,
            bfloat16=recipe.bfloat16 and device.type == "cpu",  # a GPU is fast enough without its rounding
        )
        history += fit(rounded, tuning, setting, RUNS / f"{options.name}.quantize.pt", identity)
    if not is_first:
        return 0

    content = finish(network, rounded, setting, options.arch)
    content |= {"recipe": asdict(recipe), "history": [asdict(line) for line in history]}
    checkpoint.save(file, content)
    for stage in ("train", "quantize"):
        (RUNS / f"{options.name}.{stage}.pt").unlink(missing_ok=True)
    print_figures(content["metadata"])
    print(f"wrote {file}" + (f"; next: python -m export {file}" if content["layers"] else ", a teacher"))
    return 0


def finish(network: nn.Sequential, rounded: nn.Sequential | None, setting: Setting, arch: str) -> dict[str, Any]:
    """The checkpoint of a trained network and, unless it is only a teacher, of its quantized form."""
    network.cpu().eval()
    drawings, maps = setting.drawings, setting.maps
    metadata: dict[str, Any] = {
        "labels": list(drawings.categories),
        "architecture": describe(arch, network, len(drawings.categories)),
        "parameters": sum(weight.numel() for weight in network.parameters()),
        "input": {"maps": list(input_maps(arch)), "rule": INPUT_RULE},
        "data": {
            "source": drawings.source,
            "license": "made by this project" if drawings.synthetic else LICENSE,
            "synthetic": drawings.synthetic,
            "counts": drawings.counts(drawings.strokes, drawings.bitmaps),
            "strokes": drawings.counts(drawings.strokes),
            "fingerprint": drawings.fingerprint,
        },
        "version": __version__,
    }
    layers = None
    if rounded is not None:
        integer, least = calibrate(convert(rounded), drawings, setting.others, maps)
        layers = pack(integer)
        metadata |= {
            "figures": figures(integer, network, drawings, setting.others, maps, least),
            "threshold": least,
            "none_logit": None if integer.none_logit == NO_NONE_LOGIT else integer.none_logit,
        }
    weights = {
        name: value.half() if value.is_floating_point() else value for name, value in network.state_dict().items()
    }
    return {"arch": arch, "weights": weights, "layers": layers, "metadata": metadata}


def build(arch: str, categories: int, recipe: Recipe) -> nn.Sequential:
    if arch == "mlp":
        return NETWORKS[arch](categories, dropout=recipe.dropout, norm=recipe.batch_norm)
    return NETWORKS[arch](categories, dropout=recipe.dropout)


def describe(arch: str, network: nn.Sequential, categories: int) -> str:
    """Like "mlp 784-128-100-10" or "cnn 32-64-64-128-128-128-128-128-256-224-345": the widths of all layers."""
    widths = [len(m.weight) for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    return f"{arch} {'-'.join(map(str, ([784] if arch == 'mlp' else []) + widths))}"


def examples(drawings: Drawings, maps: int) -> torch.Tensor:
    """Some 2,000 of the training drawings, half of them without motion: float32 (n, C, 28, 28) of 0 to 1."""
    rows = np.flatnonzero(drawings.strokes.split == TRAIN)
    if not len(rows):
        shown = drawings.bitmaps.bitmaps[:: max(1, len(drawings.bitmaps.labels) // 2000)][:, None]
        return torch.nn.functional.pad(torch.from_numpy(shown).float() / 255, (0, 0, 0, 0, 0, maps - 1))
    shown = draw_rows(drawings.strokes, rows[:: max(1, len(rows) // 2000)], maps > 1)
    shown[::2, 1:] = 0
    return torch.from_numpy(shown).float() / 255


def print_figures(metadata: dict[str, Any]) -> None:
    measured = metadata.get("figures")
    if not measured:
        return
    for name, top1 in sorted(measured["per_category"].items(), key=lambda item: item[1])[:20]:
        counts, strokes = (metadata["data"][field][name] for field in ("counts", "strokes"))
        print(f"  {top1:7.2%}  {name} ({counts:,} drawings, {strokes:,} of them as strokes)")
    print(
        f"test split, {measured['drawings']:,} drawings, integers: top-1 {measured['top1']:.2%},"
        f" top-3 {measured['top3']:.2%}, calibration error {measured['calibration_error']:.2%}, flagged known"
        f" {measured['known_share']:.1%} of which right {measured['known_precision']:.1%};"
        f" float network: top-1 {measured['float_top1']:.2%}"
    )
    for name in ("ink", "bitmaps"):
        if name in measured:
            print(f"  {name} alone: top-1 {measured[name]['top1']:.2%}, top-3 {measured[name]['top3']:.2%}")
    if others := measured.get("others"):
        print(f"  told from {others['drawings']:,} drawings of other categories: AUROC {others['auroc']:.3f}")


def check_writable(folder: Path) -> None:
    """Raise OSError, before any work, where nothing can be written into a folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".{os.getpid()}.part"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OSError(f"{folder} cannot be written to ({error.strerror}): name another folder") from error


@contextmanager
def processes(name: str) -> Iterator[torch.device]:
    """The device to train on; under torchrun, this process also joins the others."""
    has_cuda = torch.cuda.is_available()
    if name == "auto":
        name = "cuda" if has_cuda else "cpu"
    if name == "cuda" and not has_cuda:
        raise ValueError("there is no CUDA device that torch can use: --device cpu, or install a torch with CUDA")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.benchmark = True
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


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m train", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add_options(parser)
    parser.add_argument("--categories", default="ten", help='"ten", "all" that the source holds, or names with commas')
    parser.add_argument("--arch", choices=NETWORKS, default="mlp", help="train/recipes.py says how each is trained")
    parser.add_argument("--name", help="of the checkpoint, models/NAME.pt (default: the architecture)")
    parser.add_argument("--models", type=Path, default=Path("models"), help="where the checkpoint goes")
    parser.add_argument("--epochs", type=positive, help="instead of the recipe's")
    parser.add_argument("--batch-size", type=positive, help="instead of the recipe's")
    parser.add_argument("--teacher", type=Path, help="a checkpoint to learn from beside the labels (distillation)")
    parser.add_argument("--start", type=Path, help="a checkpoint whose weights to start with")
    parser.add_argument(
        "--seed", type=int, default=0, help="the same seed on the same machine gives the same checkpoint"
    )
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help='"auto": CUDA where there is one'
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=max(1, (os.cpu_count() or 2) - 1),
        help="processes that draw the training drawings",
    )
    options = parser.parse_args(arguments)
    options.name = options.name or options.arch
    given = {name: getattr(options, name) for name in ("epochs", "batch_size", "seed")}
    options.recipe = replace(
        RECIPES[options.arch], **{name: value for name, value in given.items() if value is not None}
    )
    return options


if __name__ == "__main__":
    sys.exit(main())
