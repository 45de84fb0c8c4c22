"""The sections of a model's report, each computed from its checkpoint, its answers or the drawings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doodle.raster import Bitmap
from train.augment import BitmapAugmentation, StrokeAugmentation
from train.calibrate import PRECISION
from train.data import TRAIN, Drawings
from train.loader import draw_rows
from train.metrics import BINS
from train.report import charts, doors
from train.report.answers import Answers, confusion_counts, most_confused, write_categories
from train.report.page import Category, Picture, Section, Table, read_tsv

MEAN_OF, MOST = 25, 400  # drawings of which the mean is shown: alike ones, of so many training drawings at most
ALONE = 2  # drawings: ink that no more of them have is left out of their mean, so that it shows no single one
Metadata = Mapping[str, Any]


def headline(metadata: Metadata) -> dict[str, str]:
    measured = metadata["figures"]
    shown = {
        "right at the first guess (top-1)": percent(measured["top1"]),
        "right among three (top-3)": percent(measured["top3"]),
        "calibration error: the mean gap between probability and accuracy": percent(measured["calibration_error"]),
        "of the answers are flagged known": percent(measured["known_share"]),
        "of those flagged known are right": percent(measured["known_precision"]),
    }
    if others := measured.get("others"):
        shown["AUROC: the chance to be surer of a drawing it knows than of one of another category"] = percent(
            others["auroc"]
        )
    return shown


def beside(metadata: Metadata) -> Section:
    measured = metadata["figures"]
    rows = [figures_row("strokes, as they are served", measured)]
    if ink := measured.get("ink"):
        rows.append(figures_row("the same, ink without motion: what a picture gives", ink))
    if bitmaps := measured.get("bitmaps"):
        rows.append(figures_row("the test split of Google’s bitmaps", bitmaps))
    if "float_top1" in measured:
        rows.append(["strokes, by the float network before quantization", percent(measured["float_top1"]), "", ""])
    text = ["Figures from the checkpoint, measured when it was trained. Each category counts the same."]
    if others := measured.get("others"):
        text.append(f"The AUROC is measured with {others['drawings']:,} test drawings of categories that it lacks.")
    return Section("Beside each other", text, tables=[Table(("test drawings", "top-1", "top-3", "drawings"), rows)])


def figures_row(name: str, measured: Mapping[str, Any]) -> list[str]:
    return [name, percent(measured["top1"]), percent(measured["top3"]), f"{measured['drawings']:,}"]


def categories(folder: Path, metadata: Metadata, drawings: Drawings, answers: Answers) -> Section:
    """A row for each category, the largest gaps first, then those without bitmaps from the lowest top-1 up."""
    names, measured = metadata["labels"], metadata["figures"]
    charts.ink(folder / "means.png", np.concatenate(list(means(drawings))))
    of_strokes, of_bitmaps = measured["per_category"], measured.get("bitmaps", {}).get("per_category", {})
    counts = confusion_counts(answers.probabilities, answers.labels)
    write_categories(folder / "categories.json", names, counts)
    wrong = counts * (1 - np.eye(len(names), dtype=int))
    gaps = {name: of_strokes[name] - of_bitmaps[name] for name in of_strokes if name in of_bitmaps}
    order = sorted(names, key=lambda name: (name not in gaps, -abs(gaps.get(name, 0)), of_strokes.get(name, 0)))
    rows: list[list[str | Category]] = []
    for name in order:
        number = names.index(name)
        drawn, all_of_it = metadata["data"]["strokes"][name], metadata["data"]["counts"][name]
        row: list[str | Category] = [Category(name, number, len(names))]
        row += [percent(of[name]) if name in of else "" for of in (of_strokes, of_bitmaps)]
        row += [f"{100 * gaps[name]:+.1f}" if name in gaps else "", f"{drawn:,}", f"{all_of_it - drawn:,}"]
        row.append(names[wrong[number].argmax()] if wrong[number].any() else "")
        rows.append(row)
    head = ("category", "strokes top-1", "bitmaps top-1", "gap", "strokes", "bitmaps", "most often taken for")
    text = [
        "Test top-1 of strokes and of Google’s bitmaps, the largest gaps first; “gap” is strokes less bitmaps, in "
        "points. The counts are of all drawings that it was made from. About 6% of them test, so a category of 400 "
        "strokes is measured on some 24, and a gap of 20 points may be chance.",
        f"Each picture is the mean of {MEAN_OF} training drawings that are alike: typical ones of up to {MOST}.",
    ]
    folded = [Table(head, rows[30:], fold=f"The other {len(rows) - 30}")] if len(rows) > 30 else []
    return Section("Category by category", text, tables=[Table(head, rows[:30]), *folded])


def means(drawings: Drawings) -> NDArray[np.float64]:
    """How people draw each category: the mean of typical drawings that are alike, (K, 28, 28), at most 1."""
    shown = []
    for label in range(len(drawings.categories)):
        held = [
            np.flatnonzero((door.labels == label) & (door.split == TRAIN))
            for door in (drawings.strokes, drawings.bitmaps)
        ]
        ink = draw_rows(drawings.strokes, held[0][:MOST], motion=False)[:, 0]
        alike = most_alike(ink if len(ink) else drawings.bitmaps.bitmaps[held[1][:MOST]], MEAN_OF)
        shown.append((alike.sum(0, dtype=np.float64) - ALONE * 255).clip(0))
    stacked = np.stack(shown)
    brightest: NDArray[np.float64] = stacked / stacked.max((1, 2), keepdims=True).clip(1)
    return brightest


def most_alike(bitmaps: Bitmap, count: int) -> Bitmap:
    """Of bitmaps (N, 28, 28) the one that half of all are most like, and the nearest to it, `count` in all.

    They are compared by the ink in squares of 4 x 4 pixels, so that a shift by a pixel makes no odds.
    """
    if not len(bitmaps):
        return bitmaps
    ink = np.sqrt(bitmaps.reshape(-1, 7, 4, 7, 4).mean((2, 4))).reshape(-1, 49)
    ink /= np.linalg.norm(ink, axis=1, keepdims=True).clip(1e-9)
    likeness = ink @ ink.T
    centre = np.sort(likeness, axis=1)[:, len(bitmaps) // 2 :].sum(1).argmax()
    return bitmaps[np.argsort(-likeness[centre], kind="stable")[:count]]


def two_doors(
    drawings: Drawings, answers: Answers, strokes: StrokeAugmentation | None, bitmaps: BitmapAugmentation | None
) -> Section:
    """Whether the network, or a classifier, can tell which door drawings came through."""
    has_bitmaps = doors.with_bitmaps(drawings)
    text = [
        f"{has_bitmaps.sum()} of the {len(has_bitmaps)} categories have Google’s bitmaps beside strokes. Were their "
        "drawings to look different, a network would take the look for the category."
    ]
    if not has_bitmaps.all():
        true, named = has_bitmaps[answers.labels].mean(), has_bitmaps[answers.of_ink.argmax(1)].mean()
        text.append(
            f"Among the test strokes, shown without motion, it names one of these categories in {percent(named)}; "
            f"{percent(true)} are of them."
        )
    views = {
        "as training sees them: strokes varied, then both resampled alike": doors.tell(drawings, strokes, bitmaps),
        "as they come": doors.tell(drawings, None, None),
    }
    rows = [[view, percent(told.accuracy), f"{told.auroc:.3f}", f"{told.drawings:,}"] for view, told in views.items()]
    text.append(
        "A small convolutional network was trained to tell bitmaps from drawn strokes, with as many of each in every "
        "category, and asked about drawings that it had not seen. 50% and an AUROC of 0.5 are chance."
    )
    trained, plain = views.values()
    worst = [
        [name, f"{score:.2f}", f"{plain.per_category[name]:.2f}"]
        for name, score in list(trained.per_category.items())[:12]
    ]
    return Section(
        "Does it know the door that a drawing came through?",
        text,
        tables=[
            Table(("views", "accuracy", "AUROC", "drawings"), rows),
            Table(("told apart best", "AUROC as training sees them", "AUROC as they come"), worst),
        ],
    )


def confusions(folder: Path, names: list[str], answers: Answers) -> Section:
    counts = confusion_counts(answers.probabilities, answers.labels)
    charts.ink(folder / "confusion.png", counts / counts.sum(1, keepdims=True).clip(1))
    rows: list[list[str | Category]] = []
    for drawn, taken in most_confused(counts, 30):
        wrong, total = counts[drawn, taken], counts[drawn].sum()
        first, second = (Category(names[each], each, len(names)) for each in (drawn, taken))
        rows.append([first, second, f"{wrong} of {total}", percent(wrong / total)])
    return Section(
        "What is taken for what",
        ["The most frequent confusions among the test strokes."],
        tables=[Table(("drawn", "taken for", "test drawings", "share"), rows)],
        pictures=[
            Picture(
                "confusion.png",
                f"Rows: what was drawn. Columns: what the model guessed. Both from {names[0]} to {names[-1]}; off the "
                "diagonal it was wrong.",
                pixels=True,
            )
        ],
    )


def certainty(folder: Path, metadata: Metadata, answers: Answers) -> Section:
    confidence = answers.probabilities.max(1)
    charts.reliability(folder / "reliability.svg", confidence, answers.probabilities.argmax(1) == answers.labels, BINS)
    none_logit = metadata["none_logit"]
    text = [
        f"An answer is flagged known from a probability of {percent(metadata['threshold'])} on: chosen on validation "
        f"strokes, so that at least {PRECISION:.0%} of such answers are right."
    ]
    if none_logit is not None:
        text.append("It has a none-of-the-above logit, whose share is spread evenly over the categories.")
    caption = (
        "Test strokes by probability; larger dots stand for more of them. On the dashed line, it is as sure as right."
    )
    return Section("How sure is it?", text, pictures=[Picture("reliability.svg", caption)])


def training(folder: Path, content: Mapping[str, Any]) -> Section:
    history, recipe = content["history"], content["recipe"]
    for name, kinds in (("loss", ("train_loss", "validation_loss")), ("top-1", ("validation_top1",))):
        curves = {kind.replace("_top1", "").replace("_", " "): [line[kind] for line in history] for kind in kinds}
        charts.lines(folder / f"{name}.svg", name, curves, then=recipe["epochs"])
    rows = [[name, str(value)] for name, value in flat(recipe)]
    return Section(
        "Training",
        [
            f"{recipe['epochs']} epochs, then {len(history) - recipe['epochs']} of quantization-aware training. The "
            "training loss is of varied drawings and, where there was a teacher, mostly of agreement with it; "
            "validation strokes are as they are served."
        ],
        pictures=[Picture("loss.svg", "Loss by epoch"), Picture("top-1.svg", "Top-1 on validation strokes by epoch")],
        tables=[Table(("setting", "value"), rows, fold="The recipe")],
    )


def flat(recipe: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Settings by name; those of a part as "part, name"."""
    settings: list[tuple[str, Any]] = []
    for name, value in recipe.items():
        label = prefix + name.replace("_", " ")
        settings += flat(value, f"{label}, ") if isinstance(value, Mapping) else [(label, value)]
    return settings


def data(metadata: Metadata) -> Section:
    of_data = metadata["data"]
    strokes, everything = (sum(of_data[field].values()) for field in ("strokes", "counts"))
    facts = {
        "Source": of_data["source"],
        "License": of_data["license"],
        "Drawings": f"{strokes:,} as strokes, {everything - strokes:,} as bitmaps",
        "Split": "90% train, 4% validation, 6% test, by a fixed hash of the drawing",
        "Fingerprint": of_data["fingerprint"],
        "Network": f"{metadata['architecture']}, {metadata['parameters']:,} parameters",
        "Input": f"{', '.join(metadata['input']['maps'])}; {metadata['input']['rule']}",
        "Made by version": metadata["version"],
    }
    return Section("Data and network", tables=[Table(("what", "value"), list(facts.items()))])


def tried(file: Path) -> list[Section]:
    """What was tried, from a table that people write."""
    text = "Top-1 and top-3 are of validation strokes where the note does not say otherwise."
    return [Section("What was tried", [text], tables=[read_tsv(file)])] if file.is_file() else []


def repeat(metadata: Metadata, file: Path, made: Path) -> Section:
    """The commands that made it: from a text that people write, where there is one."""
    name, arch = file.stem, metadata["architecture"].split()[0]
    labels = ",".join(metadata["labels"])
    train = [f"python -m train --arch {arch} --name {name} --data DATA --categories '{labels}'"]
    if made.is_file():
        train = made.read_text(encoding="utf-8").splitlines()
    after = [f"python -m export models/{name}.pt", f"python -m train.report models/{name}.pt --data DATA"]
    text = [f"DATA stands for the folder of the drawings, “{metadata['data']['source']}” here, or a URL."]
    return Section("How to repeat it", text, commands=[*train, *after])


def percent(share: float) -> str:
    return f"{share:.1%}"
