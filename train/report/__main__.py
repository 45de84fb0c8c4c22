"""`python -m train.report models/NAME.pt`: what a model is, how it was made and how good it is, as one page.

Everything on the page, models/NAME/index.html, is computed from the checkpoint and the drawings. Pictures of single
drawings go to artefacts/NAME/ instead: they are for who has the drawings, and are not shipped.
"""

import argparse
import sys
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import torch

from train import checkpoint
from train.categories import UNFAMILIAR
from train.dataset import TEST, DatasetError, Drawings, add_options, load, load_stroke_bitmaps
from train.fit import figures, predict
from train.layout import SYNTHETIC, is_url, stroke_file
from train.mend import mend
from train.quantize import WholeNetwork, unpack
from train.report import examples, findings, making, page, strokes
from train.report.findings import Answers

UNTAUGHT = 200  # drawings of each category that a model was never taught, at most


def main() -> int:
    options = parse()
    try:
        print(f"wrote {report(options)}; pictures of single drawings: {options.artefacts / options.checkpoint.stem}")
    except (DatasetError, ValueError) as error:
        print(f"report: {error}", file=sys.stderr)
        return 2
    return 0


def report(options: argparse.Namespace) -> Path:
    """Make the page. Raises ValueError where there is no checkpoint, DatasetError where its drawings can't be had."""
    file: Path = options.checkpoint
    content = checkpoint.load(file)
    network, metadata = unpack(content["layers"]), content["metadata"]
    source = SYNTHETIC if metadata["data"]["synthetic"] and is_url(options.data) else options.data
    held = load(source, metadata["labels"], options.samples, options.cache)
    drawings = mend(held, options.cache) if content["options"].get("mend") else held
    answers = ask(network, drawings, options.data)

    folder = file.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    written = page.write(
        folder,
        f"{file.stem}: report",
        *opening(file.stem, metadata, held.fingerprint, answers),
        findings.category_section(folder, metadata, drawings, answers),
        findings.confusion_section(folder, metadata["labels"], answers),
        strokes.section(network, source, drawings, metadata),
        findings.certainty_section(metadata, answers),
        making.data_section(metadata, drawings),
        making.network_section(network, metadata),
        making.training_section(content),
        making.tried_section(folder / "tried.tsv"),
        making.repeat_section(content, file, options),
    )
    examples.write(options.artefacts / file.stem, drawings, answers.probabilities)
    return written


def ask(network: WholeNetwork, drawings: Drawings, source: str) -> Answers:
    cpu = torch.device("cpu")
    test = drawings.split == TEST
    if not test.any():
        raise ValueError(f"{drawings.source} has no drawing in the test split: ask for more with --samples")
    probabilities = predict(network, torch.from_numpy(drawings.bitmaps[test]), cpu).numpy()
    strange = unfamiliar_bitmaps(source, drawings.categories)
    sure = predict(network, torch.from_numpy(strange), cpu).amax(1).numpy() if len(strange) else np.empty(0, np.float32)
    return Answers(probabilities, drawings.labels[test], sure)


def unfamiliar_bitmaps(source: str, known: tuple[str, ...]) -> np.ndarray:
    """Drawings (M, 28, 28) of the UNFAMILIAR categories, from strokes that a folder holds; a server is not asked."""
    held = [
        load_stroke_bitmaps(source, name, UNTAUGHT)
        for name in UNFAMILIAR
        if not is_url(source) and name not in known and (Path(source) / stroke_file(name)).is_file()
    ]
    return np.concatenate([np.empty((0, 28, 28), np.uint8), *held])


def opening(name: str, metadata: Mapping[str, Any], fingerprint: str, answers: Answers) -> list[str]:
    measured = figures(answers.probabilities, answers.labels, tuple(metadata["labels"]))
    of_data = metadata["data"]
    doubts = []
    if of_data["synthetic"]:
        doubts.append(
            "This model was trained on synthetic doodles that a program drew, and is measured on such. "
            "How well it does on drawings by people, this page cannot say."
        )
    if fingerprint != of_data["fingerprint"]:
        doubts.append(
            "This page was made with other drawings than the model: their fingerprints differ "
            f"({fingerprint[:12]}… here). Its figures are those of the drawings here."
        )
    headline = {
        "right at the first guess (top-1)": f"{measured['top1']:.1%}",
        "right among three (top-3)": f"{measured['top3']:.1%}",
        "mean gap between probability and accuracy": f"{findings.calibration_error(answers):.1%}",
    }
    if len(answers.untaught):
        headline["chance to be surer of what it knows than of what it does not (AUROC)"] = (
            f"{findings.told_apart(answers):.1%}"
        )
    headline["weights and biases"] = f"{metadata['parameters']:,}"
    return [
        f"<h1>The model “{escape(name)}”</h1>",
        page.paragraph(
            f"A model that tells {len(metadata['labels'])} categories of doodles apart: {metadata['architecture']}, "
            f"version {metadata['version']}. Unless said otherwise, figures are of the {measured['drawings']:,} "
            "drawings of the test split, which had no part in training."
        ),
        *(page.paragraph(doubt, "notice") for doubt in doubts),
        page.headline(headline),
    ]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m train.report", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, nargs="?", default=Path("models/mlp.pt"), help="what train wrote")
    add_options(parser)
    parser.add_argument("--artefacts", type=Path, default=Path("artefacts"), help="where pictures of drawings go")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
