"""`python -m train.ablation`: what each refinement gives the report's network, 784-128-100-K, beside our recipe.

Every variant is trained for as many epochs; test strokes say how good it is. models/ablation/ gets a page and tables.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from train.augment import BitmapAugmentation, StrokeAugmentation
from train.bucket import DatasetError
from train.categories import resolve_categories
from train.data import TEST, Drawings, add_options, load_or_synthetic, positive
from train.loader import Mix, draw_rows
from train.loop import Progress, Setting, fit
from train.metrics import accuracy, category_weights, predict
from train.networks import mlp
from train.recipes import RECIPES, Recipe
from train.report import charts, page

CPU = torch.device("cpu")

# nothing but the drawings as they come, and plain gradient descent
PLAIN = Recipe(
    epochs=0,
    optimizer="sgd",
    learning_rate=0.1,  # of 0.02, 0.1 and 0.3 the best on validation after 8 epochs
    weight_decay=0.0,
    batch_norm=False,
    ema_decay=0.0,
    mix=Mix(balance=1.0, motion=0.0, sharp=0.5),
    strokes=None,
    bitmaps=None,
    bfloat16=False,
)
NO_STROKE_VARIATION = StrokeAugmentation(**dict.fromkeys(StrokeAugmentation.__dataclass_fields__, 0.0))
NO_BITMAP_VARIATION = BitmapAugmentation(**dict.fromkeys(BitmapAugmentation.__dataclass_fields__, 0.0))
VARIED = replace(
    PLAIN,
    strokes=replace(NO_STROKE_VARIATION, rotation=9.0, flip=0.5),  # a standard deviation; the largest would be 15
    bitmaps=replace(NO_BITMAP_VARIATION, rotation=15.0, flip=0.5),
)
DECAYED = replace(VARIED, weight_decay=1e-3)
DROPPED = replace(DECAYED, dropout=0.3)
OURS = replace(RECIPES["mlp"], other_samples=0, mix=replace(RECIPES["mlp"].mix, others=0.0))
ADAM = replace(
    DROPPED, optimizer="adamw", batch_norm=True, learning_rate=OURS.learning_rate, weight_decay=OURS.weight_decay
)

VARIANTS = {
    "plain, SGD": PLAIN,
    "+ flips and rotations": VARIED,
    "+ weight decay": DECAYED,
    "+ dropout 0.3": DROPPED,
    "+ Adam and batch norm": ADAM,
    "our recipe": OURS,
}


@dataclass(frozen=True)
class Outcome:
    """How a variant's run went, and its figures on test strokes."""

    history: list[Progress]
    top1: float
    top3: float
    error: float  # one standard error of the top-1
    drawings: int  # that tested it
    source: str


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    try:
        print(f"wrote {write(options.out, run(options))}")
    except (DatasetError, ValueError, OSError) as error:
        print(f"ablation: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nablation: interrupted; the same command goes on from the last whole epoch", file=sys.stderr)
        return 130
    return 0


def run(options: argparse.Namespace) -> dict[str, Outcome]:
    """Train each variant in turn. Raises DatasetError where the drawings can't be had."""
    categories = resolve_categories(options.categories, options.data)
    drawings = load_or_synthetic(options.data, categories, options.samples, options.cache)
    rows = np.flatnonzero(drawings.strokes.split == TEST)
    if not len(rows):
        raise ValueError(f"{drawings.source} has no strokes to test with: ask for more with --samples")
    files = [options.cache.parent / "runs" / f"ablation.{number}.pt" for number in range(len(VARIANTS))]
    outcomes = {}
    for (name, recipe), run_file in zip(VARIANTS.items(), files, strict=True):
        print(f"{name}:", flush=True)
        recipe = replace(recipe, epochs=options.epochs, seed=options.seed)
        outcomes[name] = train(recipe, Setting(drawings, 1, CPU, options.workers), rows, run_file)
        print(f"  test top-1 {outcomes[name].top1:.1%}", flush=True)
    for run_file in files:
        run_file.unlink(missing_ok=True)
    return outcomes


def train(recipe: Recipe, setting: Setting, rows: np.ndarray, run_file: Path) -> Outcome:
    drawings: Drawings = setting.drawings
    torch.manual_seed(recipe.seed)
    network = mlp(len(drawings.categories), dropout=recipe.dropout, norm=recipe.batch_norm)
    history = fit(network, recipe, setting, run_file, "ablation")
    shown, labels = torch.from_numpy(draw_rows(drawings.strokes, rows, motion=False)), drawings.strokes.labels[rows]
    logits = predict(lambda batch: network(batch.float() / 255), shown, CPU).numpy()
    measured = accuracy(logits, labels, len(drawings.categories))
    right = logits.argmax(1) == labels
    share = measured["per_category"][labels]
    error = float(np.sqrt((category_weights(labels) ** 2 * (right - share) ** 2).sum()))
    return Outcome(history, measured["top1"], measured["top3"], error, len(rows), drawings.source)


def write(folder: Path, outcomes: dict[str, Outcome]) -> Path:
    """The page, its chart and its tables. Returns the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    results = page.Table(
        ("variant", "validation top-1", "test top-1", "±", "test top-3"),
        [
            [name, *(f"{x:.1%}" for x in (out.history[-1].validation_top1, out.top1, out.error, out.top3))]
            for name, out in outcomes.items()
        ],
    )
    by_epoch = page.Table(
        ("variant", "epoch", "train loss", "validation loss", "validation top-1"),
        [
            [name, f"{n}", f"{line.train_loss:.3f}", f"{line.validation_loss:.3f}", f"{line.validation_top1:.1%}"]
            for name, out in outcomes.items()
            for n, line in enumerate(out.history, start=1)
        ],
        fold="The same as a table",
    )
    page.write_tsv(folder / "results.tsv", results)
    page.write_tsv(folder / "epochs.tsv", by_epoch)
    curves = {name: [line.validation_top1 for line in out.history] for name, out in outcomes.items()}
    charts.lines(folder / "epochs.svg", "top-1", curves)
    first = next(iter(outcomes.values()))
    epochs = len(first.history)
    return page.write(
        folder,
        "What each refinement gives",
        [
            f"The network 784-128-100-K, trained for {epochs} epochs each time, on drawings from {first.source}. A "
            "line that begins with + keeps what the line before it has.",
        ],
        [
            page.Section(
                "Results",
                [
                    f"Shares that were right of strokes that people drew, each category counting the same: of the "
                    f"validation split after the last epoch, and of {first.drawings:,} test drawings. “±” is one "
                    "standard error of the test: smaller differences say nothing.",
                    "Our recipe varies strokes and bitmaps in more ways, but without mirror images, gives rare "
                    "categories a larger share, and keeps an average of the weights. Here it is without its teacher "
                    "and without drawings of other categories, and longer training suits it better.",
                    "What is there against overfitting (variation, weight decay, dropout) slows learning: a run of few "
                    "epochs shows what it costs, and little of what it gives.",
                ],
                tables=[results],
            ),
            page.Section(
                "By epoch", pictures=[page.Picture("epochs.svg", "Top-1 on validation strokes")], tables=[by_epoch]
            ),
            page.Section("How to repeat it", commands=[f"make ablation DATA=folder EPOCHS={epochs}"]),
        ],
    )


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m train.ablation", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add_options(parser)
    parser.add_argument("--categories", default="ten", help="as for train")
    parser.add_argument("--epochs", type=positive, default=20, help="of each variant")
    parser.add_argument("--seed", type=int, default=0, help="of each variant")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw the training drawings")
    parser.add_argument("--out", type=Path, default=Path("models/ablation"), help="where the page goes")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
