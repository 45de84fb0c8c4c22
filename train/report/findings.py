"""How good a model is: category by category, what it takes for what, and how sure is sure."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from train import calibrate
from train.dataset import Drawings
from train.report import measures, page, plots

MOST_CONFUSED = 20


@dataclass(frozen=True)
class Answers:
    """What the model said of the test split, and of drawings of categories that it does not know."""

    probabilities: np.ndarray  # (N, K) float32
    labels: np.ndarray  # (N,)
    untaught: np.ndarray  # (M,) float32: how sure it was of each of those


def category_section(folder: Path, metadata: Mapping[str, Any], drawings: Drawings, answers: Answers) -> str:
    """A card for each category, the hardest first: its mean bitmap, how much is right, what it is mostly taken for."""
    means = measures.mean_bitmaps(drawings.bitmaps, drawings.labels, len(drawings.categories))
    plots.write_ink(folder / "means.png", np.concatenate(list(means / means.max())))
    counts = measures.confusion_counts(answers.probabilities, answers.labels)
    accuracy = np.diag(measures.shares_of_rows(counts))
    cards = [
        card(number, drawings.categories, counts[number], metadata["data"]["counts"])
        for number in np.argsort(accuracy, kind="stable")
    ]
    return page.section(
        "Category by category",
        page.paragraph(
            "The picture is the mean brightness of all of a category's drawings: the stronger the ink, the more of "
            "them have some there. The bar is the share of its test drawings that were recognised; the hardest come "
            "first. “Else” names what the others were taken for most often."
        ),
        "\n".join(['<ul class="cards">', *cards, "</ul>"]),
    )


def card(number: int, categories: tuple[str, ...], taken: np.ndarray, sizes: Mapping[str, int]) -> str:
    name, tested = categories[number], taken.sum()
    mean = (
        f'<svg class="mean" viewBox="0 0 28 28" role="img" aria-label="the mean {escape(name)}">'
        f'<image href="means.png" y="{-28 * number}" width="28" height="{28 * len(categories)}"/></svg>'
    )
    lines = [f"{sizes[name]:,} drawings"]
    if tested:
        share = taken[number] / tested
        lines.insert(0, f"{plots.bar(share)}{share:.1%} of {tested:,}")
        wrong = np.where(np.arange(len(taken)) == number, 0, taken)
        if wrong.any():
            lines.append(f"else {escape(categories[int(wrong.argmax())])}")
    else:
        lines.insert(0, "none to test with")
    return f'<li class="card">{mean}<b>{escape(name)}</b>{"<br>".join(lines)}</li>'


def confusion_section(folder: Path, labels: list[str], answers: Answers) -> str:
    counts = measures.confusion_counts(answers.probabilities, answers.labels)
    order = measures.neighbours(counts)
    shares = measures.shares_of_rows(counts)[np.ix_(order, order)]
    plots.write_ink(folder / "confusion.png", np.sqrt(shares))
    title = "Which category (row) was taken for which (column)"
    pairs = [
        [labels[pair.drawn], labels[pair.taken], f"{pair.wrong / pair.drawings:.1%}", f"{pair.wrong:,}"]
        for pair in measures.most_confused(counts, MOST_CONFUSED)
    ]
    return page.section(
        "What is taken for what",
        page.paragraph(
            f"{title}: the more of the row's test drawings, the stronger the ink (by the square root of their "
            "share, so that one in a hundred can still be seen). Categories that are confused stand near each other. "
            "The table has the pairs that are confused most."
        ),
        page.in_a_row(
            plots.matrix(shares, [labels[number] for number in order], "confusion.png", title),
            page.table(["drawn", "taken for", "share", "drawings"], pairs),
        ),
    )


def certainty_section(metadata: Mapping[str, Any], answers: Answers) -> str:
    threshold = metadata["threshold"]
    sure = answers.probabilities.max(axis=1)
    right, known = answers.probabilities.argmax(axis=1) == answers.labels, sure >= threshold
    told = {
        "Calibration": _calibration_in_words(**metadata["calibration"]),
        "Threshold": f"a probability of {threshold:.1%}: under it, the answer is “not sure”",
        "Test drawings at or above it": f"{known.mean():.1%}, of which {_share(right[known])} are recognised",
        "Test drawings under it": f"{(~known).mean():.1%}, of which {_share(right[~known])} would have been right",
    }
    if len(answers.untaught):
        told |= {
            "Categories never taught": f"{(answers.untaught < threshold).mean():.1%} of {len(answers.untaught):,} "
            "drawings of them are “not sure”",
            "AUROC": f"{told_apart(answers):.3f}: how often the model is surer of a test drawing "
            "than of one of a category that it was never taught",
        }
    return page.section(
        "How sure is sure",
        page.side_by_side(calibration_figure(threshold, answers), distribution_figure(threshold, answers)),
        page.facts(told),
    )


def _calibration_in_words(temperature: float, doubt: float | None) -> str:
    words = f"logits are divided by {temperature:.2f}"
    if doubt is None:
        return words
    return (
        f"{words}; beside them stands one of {doubt:g}, for “none of these”, whose share of the probability all "
        "categories get alike"
    )


def calibration_figure(threshold: float, answers: Answers) -> str:
    found = measures.reliability(answers.probabilities, answers.labels)
    chart = plots.Chart("Calibration", plots.Axis("probability given", 0, 1), plots.Axis("share that was right", 0, 1))
    chart.line([0, 1], [0, 1], "other")
    chart.line(found.confidence.tolist(), found.accuracy.tolist(), "held-out", "share that was right")
    chart.dots(found.confidence.tolist(), found.accuracy.tolist(), found.share.tolist(), "held-out")
    chart.rule(threshold, "not sure below")
    return page.figure(
        chart.svg(),
        "Calibration: an honest model stays on the diagonal; larger dots hold more drawings. The mean distance from "
        f"it, the expected calibration error, is {calibration_error(answers):.2%} ({calibrate.BINS} bins).",
    )


def distribution_figure(threshold: float, answers: Answers) -> str:
    middles = (np.arange(calibrate.BINS) + 0.5) / calibrate.BINS
    taught = measures.distribution(answers.probabilities.max(axis=1))
    strange = measures.distribution(answers.untaught)
    up = plots.Axis("share of the drawings", 0, max(taught.max(), strange.max()))
    chart = plots.Chart("How sure the model is", plots.Axis("probability given", 0, 1), up)
    chart.line(middles.tolist(), taught.tolist(), "held-out", "test drawings")
    if len(answers.untaught):
        chart.line(middles.tolist(), strange.tolist(), "train", "never taught")
    return page.figure(
        chart.rule(threshold, "not sure below").svg(),
        f"How sure the model is of its first guess: the share of the drawings in each of {calibrate.BINS} steps.",
    )


def calibration_error(answers: Answers) -> float:
    return calibrate.expected_calibration_error(answers.probabilities, answers.labels)


def told_apart(answers: Answers) -> float:
    return measures.auroc(answers.probabilities.max(axis=1), answers.untaught)


def _share(right: np.ndarray) -> str:
    return f"{right.mean():.1%}" if len(right) else "none"
