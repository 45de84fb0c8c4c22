"""How well the page learns words that its model does not know, and what that does to the words it does.

`python -m benchmarks.teaching CHECKPOINT --data folder` takes a model that was trained on some of the categories
(`python -m train --categories ...`), and teaches it the others as a visitor of the page would, but by drawings of
different people. It prints, after 3, 5 and 10 of each, how many of 150 other drawings of these categories are right,
for how many categories most are, and the model's top-1 on the test drawings of its own categories; with one word
taught at a time, and with all of them. Node.js runs the page's engine and its rule for this (teaching.js).
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from export.pack import pack
from train import checkpoint
from train.categories import OFFICIAL
from train.data import TEST, positive, read_strokes, split_of

COUNTS = (3, 5, 10)
TESTS = 150  # of each word
DRAWS = 3  # choices of the examples; the figures are means over them


def lessons(data: Path, labels: list[str], samples: int) -> dict[str, Any]:
    """Test drawings of the model's labels; drawings of other categories, in random orders of which the first teach."""
    known, others = [], {}
    for category in OFFICIAL:
        if category not in labels:
            drawings = read_strokes(data, category, max(COUNTS) + TESTS)
            others[category] = [[stroke.tolist() for stroke in drawing] for drawing in drawings]
            continue
        drawings = read_strokes(data, category, samples)
        split = split_of([b"|".join(stroke.tobytes() for stroke in drawing) for drawing in drawings])
        known += [(category, [stroke.tolist() for stroke in drawings[row]]) for row in np.flatnonzero(split == TEST)]
    rng = np.random.default_rng(0)
    orders = [
        {word: rng.permutation(len(drawings)).tolist() for word, drawings in others.items()} for _ in range(DRAWS)
    ]
    return {"known": known, "others": others, "orders": orders, "counts": COUNTS}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.teaching", description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="of a model that knows some of the categories")
    parser.add_argument("--data", type=Path, required=True, help="a folder laid out like the public bucket")
    parser.add_argument("--samples", type=positive, default=20_000, help="drawings of each category, as in training")
    options = parser.parse_args(arguments)
    model = checkpoint.load(options.checkpoint)
    content = lessons(options.data, model["metadata"]["labels"], options.samples)
    if not content["others"]:
        parser.error(f"{options.checkpoint} knows every category: train a model on some of them, by --categories")

    with tempfile.TemporaryDirectory() as folder:
        packed, told = Path(folder, "model.bin"), Path(folder, "lessons.json")
        packed.write_bytes(pack(model["layers"], model["metadata"]))
        told.write_text(json.dumps(content))
        script = Path(__file__).with_suffix(".js")
        done = subprocess.run(["node", script, packed, told], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return done.returncode
    measured = json.loads(done.stdout)
    words, rest = len(content["others"]), len(content["known"])
    print(f"{words} words are taught; before, {measured['before']:.1%} of {rest:,} drawings of the others are right")
    print("drawings  taught         right  most right  the others")
    for row in measured["rows"]:
        for taught in ("alone", "together"):
            of = row[taught]
            most = f"{of['words']:.1f} of {words}"
            print(f"{row['count']:8}  {taught:12} {of['right']:7.1%}  {most:>10}  {of['rest']:10.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
