"""`python -m train.report models/NAME.pt`: what a model is, how it was made and how good it is, as one page.

Headline figures are the checkpoint's own; the rest of models/NAME/index.html is computed from it and the drawings.
"""

import argparse
import sys
from pathlib import Path

from train import checkpoint
from train.augment import BitmapAugmentation, StrokeAugmentation
from train.bucket import SYNTHETIC, DatasetError, is_url
from train.data import Drawings, add_options, load
from train.integer import unpack
from train.report import page, sections
from train.report.answers import ask


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    try:
        print(f"wrote {report(options)}")
    except (DatasetError, ValueError, OSError) as error:
        print(f"report: {error}", file=sys.stderr)
        return 2
    return 0


def report(options: argparse.Namespace) -> Path:
    """Make the page. Raises ValueError where there is no checkpoint, DatasetError where its drawings can't be had."""
    file: Path = options.checkpoint
    content = checkpoint.load(file)
    if content["layers"] is None:
        raise ValueError(f"{file} is a teacher, without a test; reports are of models that are served")
    metadata, recipe = content["metadata"], content["recipe"]
    source = SYNTHETIC if metadata["data"]["synthetic"] and is_url(options.data) else options.data
    drawings = load(source, metadata["labels"], options.samples, options.cache)
    answers = ask(unpack(content["layers"]), drawings, len(metadata["input"]["maps"]))

    folder = file.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    parts = [sections.beside(metadata), sections.categories(folder, metadata, drawings, answers)]
    if len(drawings.bitmaps.labels):
        strokes = recipe["strokes"] and StrokeAugmentation(**recipe["strokes"])
        bitmaps = recipe["bitmaps"] and BitmapAugmentation(**recipe["bitmaps"])
        parts.append(sections.two_doors(drawings, answers, strokes, bitmaps))
    parts += [
        sections.confusions(folder, metadata["labels"], answers),
        sections.certainty(folder, metadata, answers),
        sections.training(folder, content),
        sections.data(metadata),
        *sections.tried(folder / "tried.tsv"),
        sections.repeat(metadata, file, folder / "made.txt"),
    ]
    text = [
        f"It tells {len(metadata['labels'])} categories of doodles apart. Figures are of "
        f"{metadata['figures']['drawings']:,} strokes that people drew and that had no part in training; each category "
        "counts the same."
    ]
    return page.write(
        folder, f"The model “{file.stem}”", text, parts, sections.headline(metadata), notices(metadata, drawings)
    )


def notices(metadata: sections.Metadata, drawings: Drawings) -> list[str]:
    said = []
    if metadata["data"]["synthetic"]:
        said.append(
            "This model was trained on synthetic doodles that a program drew, and is measured on such. How well it "
            "does on drawings by people, this page cannot say."
        )
    if drawings.fingerprint != metadata["data"]["fingerprint"]:
        said.append(
            "The charts and confusions of this page come from other drawings than the model was made with: their "
            f"fingerprints differ ({drawings.fingerprint[:12]}… here)."
        )
    return said


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m train.report", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, nargs="?", default=Path("models/cnn.pt"), help="what train wrote")
    add_options(parser)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
