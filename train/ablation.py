"""`python -m train.ablation`: what each step of the report's refinement gives, on our drawings, beside our own recipe.

Each variant is the network 784-128-100-K, trained for as many epochs as the others; what the runs gave is written to
models/ablation/ as a page and as tables. An interrupted ablation goes on in the variant that it was in.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from train import networks
from train.__main__ import AUGMENTATION, DROPOUT, TOP_UP
from train.augment import STILL
from train.dataset import (
    TEST,
    TRAIN,
    VALIDATION,
    DatasetError,
    Drawings,
    add_options,
    load_or_synthetic,
    resolve_categories,
    top_up,
)
from train.fit import Epoch, Recipe, figures, fit, predict
from train.report import page, plots

REPORT_SAMPLES, REPORT_SHARE = 3_000, 0.7  # the report's protocol: drawings of each category, and of them to train on

# nothing but the drawings as they come, and plain gradient descent
PLAIN = Recipe(
    epochs=0,
    optimizer="sgd",
    learning_rate=0.1,  # of 0.02, 0.1 and 0.3 the best on validation after 8 epochs
    weight_decay=0.0,
    label_smoothing=0.0,
    balance=1.0,
    averaging=0.0,
    augmentation=None,
)
VARIED = replace(PLAIN, augmentation=replace(STILL, rotation=15.0, flip=0.5))
DECAYED = replace(VARIED, weight_decay=1e-3)
ADAM = replace(DECAYED, optimizer="adam", learning_rate=Recipe.learning_rate, weight_decay=Recipe.weight_decay)
OURS = Recipe(epochs=0, augmentation=AUGMENTATION["mlp"])


@dataclass(frozen=True)
class Variant:
    """One run: what the network has, what it is trained by, and by whose protocol."""

    name: str
    recipe: Recipe
    dropout: float = 0.0
    norm: bool = False
    report_protocol: bool = False


VARIANTS = (
    Variant("plain, SGD", PLAIN),
    Variant("+ flips and rotations", VARIED),
    Variant("+ weight decay", DECAYED),
    Variant("+ dropout 0.3", DECAYED, dropout=0.3),
    Variant("+ Adam and batch norm", ADAM, dropout=0.3, norm=True),
    Variant("our recipe", OURS, dropout=DROPOUT["mlp"], norm=True),
    Variant("the report's last step, its protocol", ADAM, dropout=0.3, norm=True, report_protocol=True),
    Variant("our recipe, the report's protocol", OURS, dropout=DROPOUT["mlp"], norm=True, report_protocol=True),
)


@dataclass(frozen=True)
class Outcome:
    """How a variant's run went, and how often its network is right about drawings as they are."""

    variant: Variant
    history: list[Epoch]
    train_top1: float
    test_top1: float
    test_drawings: int


def main() -> int:
    options = parse()
    try:
        outcomes = list(run(options))
    except (DatasetError, ValueError) as error:
        print(f"ablation: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nablation: interrupted; the same command goes on from the last whole epoch", file=sys.stderr)
        return 130
    print(f"wrote {write(options.out, outcomes, options.source)}")
    for file in run_files(options.cache):
        file.unlink(missing_ok=True)
    return 0


def run(options: argparse.Namespace) -> Iterator[Outcome]:
    """Train each variant in turn. Raises DatasetError where the drawings can't be had."""
    categories = resolve_categories(options.categories, options.data)
    ours = load_or_synthetic(options.data, categories, options.samples, options.cache)
    reports = as_in_report(load_or_synthetic(options.data, categories, REPORT_SAMPLES, options.cache))
    options.source = ours.source
    for variant, run_file in zip(VARIANTS, run_files(options.cache), strict=True):
        print(f"{variant.name}:", flush=True)
        drawings = reports if variant.report_protocol else ours
        if variant.recipe is OURS:
            drawings = top_up(drawings, TOP_UP)
        yield outcome(variant, drawings, replace(variant.recipe, epochs=options.epochs, seed=options.seed), run_file)


def outcome(variant: Variant, drawings: Drawings, recipe: Recipe, run_file: Path) -> Outcome:
    torch.manual_seed(recipe.seed)
    network = networks.mlp(len(drawings.categories), dropout=variant.dropout, norm=variant.norm)
    history = fit(network, drawings, recipe, run_file)

    def top1(rows: np.ndarray) -> float:
        logits = predict(
            lambda batch: network(batch[:, None].float() / 255), torch.from_numpy(drawings.bitmaps[rows]), CPU
        )
        measured: float = figures(logits.numpy(), drawings.labels[rows], drawings.categories)["top1"]
        return measured

    # by the report's protocol there is no third part: what it watched by epoch is what it tested on
    test = drawings.split == (VALIDATION if variant.report_protocol else TEST)
    return Outcome(variant, history, top1(drawings.split == TRAIN), top1(test), int(test.sum()))


CPU = torch.device("cpu")


def as_in_report(drawings: Drawings, seed: int = 0) -> Drawings:
    """The same drawings, split at random into 70 % to train on and 30 % to watch and test with."""
    trained = np.random.default_rng(seed).random(len(drawings.labels)) < REPORT_SHARE
    return replace(drawings, split=np.where(trained, TRAIN, VALIDATION).astype(np.uint8))


def run_files(cache: Path) -> list[Path]:
    """Where each variant's run is written down while the ablation lasts."""
    return [cache.parent / "runs" / f"ablation.{number}.pt" for number in range(1, len(VARIANTS) + 1)]


def write(folder: Path, outcomes: list[Outcome], source: str) -> Path:
    """The page and its tables, results.tsv and epochs.tsv. Returns the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    page.write_tsv(folder / "results.tsv", RESULTS, results(outcomes))
    page.write_tsv(folder / "epochs.tsv", EPOCHS, epochs(outcomes))
    charts = [
        page.figure(chart(outcome, outcomes).svg(), f"{number}. {outcome.variant.name}", "titled")
        for number, outcome in enumerate(outcomes, start=1)
    ]
    return page.write(
        folder,
        "What each step gives",
        "<h1>What each step gives</h1>",
        page.paragraph(
            f"The network 784-128-100-K, trained for {len(outcomes[0].history)} epochs each time, on drawings from "
            f"{source}. Lines that begin with + keep what the line before them has."
        ),
        page.table(RESULTS, results(outcomes)),
        page.paragraph(
            "Shares that were right, as each run’s best epoch left the network: of the drawings that it learned "
            "from, of those held out to choose that epoch by, and of the test. “±” is one standard error of a test on "
            "so many drawings: differences smaller than that say nothing."
        ),
        page.paragraph(
            "By our protocol, a fixed hash gives 8 drawings of 10 to training, 1 to validation, which chooses the "
            f"epoch, and 1 to the test. By the report's, each category gives up to {REPORT_SAMPLES:,} drawings, "
            f"{REPORT_SHARE:.0%} of them to train on, and the rest both choose the epoch and are the test, which "
            "flatters a little. Our recipe varies each drawing more, balances categories, smooths labels, averages "
            "weights, and fills rare categories up with doodles drawn by a program."
        ),
        page.section(
            "By epoch",
            page.paragraph(
                "Top-1 on what was held out by epoch, and on training drawings as training varied them, with parts of "
                "the network left out. The thin lines are the other variants, held out."
            ),
            page.side_by_side(*charts),
            "<details><summary>The same as a table</summary>",
            page.table(EPOCHS, epochs(outcomes)),
            "</details>",
        ),
        '<p>The tables: <a href="results.tsv">results.tsv</a>, <a href="epochs.tsv">epochs.tsv</a>.</p>',
    )


RESULTS = ("variant", "protocol", "train", "held out", "test", "±", "test drawings")
EPOCHS = ("variant", "epoch", "train", "held out")


def results(outcomes: list[Outcome]) -> list[list[str]]:
    return [
        [
            outcome.variant.name,
            "the report's" if outcome.variant.report_protocol else "ours",
            f"{outcome.train_top1:.1%}",
            f"{min(outcome.history, key=lambda line: line.validation_loss).validation_top1:.1%}",
            f"{outcome.test_top1:.1%}",
            f"{(outcome.test_top1 * (1 - outcome.test_top1) / outcome.test_drawings) ** 0.5:.1%}",
            f"{outcome.test_drawings:,}",
        ]
        for outcome in outcomes
    ]


def epochs(outcomes: list[Outcome]) -> list[list[str]]:
    return [
        [outcome.variant.name, str(number), f"{line.train_top1:.1%}", f"{line.validation_top1:.1%}"]
        for outcome in outcomes
        for number, line in enumerate(outcome.history, start=1)
    ]


def chart(shown: Outcome, outcomes: list[Outcome]) -> plots.Chart:
    """One variant's accuracies by epoch, before the held-out ones of the others, on axes that all charts share."""
    accuracies = [
        top1 for outcome in outcomes for line in outcome.history for top1 in (line.train_top1, line.validation_top1)
    ]
    # the first epochs of all are far below the others, and say little
    lowest, highest = np.quantile(accuracies, 0.1), max(accuracies)
    numbers = list(range(1, len(shown.history) + 1))
    drawn = plots.Chart(
        shown.variant.name,
        plots.Axis("epoch", 1, len(numbers), "d"),
        plots.Axis("top-1", lowest // 0.1 / 10, min(1, highest // 0.05 / 20 + 0.05)),
    )
    for outcome in outcomes:
        if outcome is not shown:
            drawn.line(numbers, [line.validation_top1 for line in outcome.history], "other")
    drawn.line(numbers, [line.train_top1 for line in shown.history], "train", "training")
    return drawn.line(numbers, [line.validation_top1 for line in shown.history], "held-out", "held out")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m train.ablation", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add_options(parser)
    parser.add_argument("--categories", default="ten", help="as for train")
    parser.add_argument("--epochs", type=int, default=20, help="of each variant")
    parser.add_argument("--seed", type=int, default=0, help="of each variant")
    parser.add_argument("--out", type=Path, default=Path("models/ablation"), help="where the page goes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
