"""The command `doodle`: `doodle classify star.png drawing.ndjson`, and `doodle serve`."""

import argparse
import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from doodle import __version__
from doodle.arguments import Parser, whole_number
from doodle.parse import BodyError, BodyKindError, BodySizeError, is_lines
from doodle.picture import PictureError
from doodle.recognizer import PREFERRED, Answer, ModelError, Recognizer, UnknownLabelError
from doodle.strokes import DrawingError

UNREADABLE = (BodyError, BodyKindError, BodySizeError, DrawingError, PictureError, OSError)


def main(arguments: list[str] | None = None) -> int:
    """Run a command. Returns the exit code: 2 where a model or an option cannot be used, 1 where a drawing cannot."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["serve"]:
        return _serve(arguments[1:])
    options = _parser().parse_args(arguments)
    try:
        recognizer = Recognizer(Path(options.model) if options.model.endswith(".onnx") else options.model)
        if options.among is not None:
            recognizer.columns(options.among)
    except (ModelError, UnknownLabelError) as error:
        print(f"doodle: {error}", file=sys.stderr)
        return 2
    try:
        return _classify(recognizer, options)
    except BrokenPipeError:  # as `doodle classify ... | head` makes it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _classify(recognizer: Recognizer, options: argparse.Namespace) -> int:
    code = 0
    for file in options.files:
        try:
            for name, drawing in _drawings(file):
                try:
                    answer: Answer = recognizer.classify(drawing, options.top, options.among)
                except UNREADABLE as error:
                    print(f"doodle: {name}: {error}", file=sys.stderr)
                    code = 1
                else:
                    print(json.dumps({"file": name, **answer}) if options.json else f"{name}: {_in_words(answer)}")
        except OSError as error:
            print(f"doodle: {file}: {error.strerror}", file=sys.stderr)
            code = 1
    return code


def _drawings(file: str) -> Iterator[tuple[str, bytes]]:
    """Each drawing of a file with its name, FILE or, where the file has many lines, FILE:LINE."""
    body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    if not is_lines(body):
        yield file, body
        return
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            yield f"{file}:{number}", line


def _in_words(answer: Answer) -> str:
    guesses = ", ".join(f"{guess['label']} {guess['probability']:.1%}" for guess in answer["top"])
    return guesses if answer["known"] else f"{guesses} (not sure)"


def _serve(arguments: list[str]) -> int:
    """`python -m serve`, which lies inside an installed package, and beside this one in a checkout."""
    for name in ("doodle.serve.__main__", "serve.__main__"):
        if importlib.util.find_spec(name.rpartition(".")[0]):
            code: int = importlib.import_module(name).main(arguments)
            return code
    print("doodle: the server is not installed", file=sys.stderr)
    return 2


def _parser() -> Parser:
    parser = Parser(prog="doodle", description="Recognise doodles.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="{classify,serve}")
    classify = commands.add_parser("classify", help="classify drawings in files")
    classify.add_argument("files", nargs="+", metavar="FILE", help="picture, JSON or .ndjson; - for standard input")
    classify.add_argument(
        "--top", type=whole_number(0, 10**9), default=3, help="labels in an answer, 0 for all (default: %(default)s)"
    )
    classify.add_argument("--json", action="store_true", help="one line of JSON for each drawing")
    classify.add_argument("--among", type=_labels, metavar="A,B,...", help="the only labels that are possible")
    classify.add_argument(
        "--model", default=PREFERRED[0], help="name of a shipped model, or an .onnx file (default: %(default)s)"
    )
    commands.add_parser(
        "serve", help="answer over HTTP, with a page to draw on; see doodle serve --help", add_help=False
    )
    return parser


def _labels(text: str) -> list[str]:
    return [label.strip() for label in text.split(",") if label.strip()]


if __name__ == "__main__":
    sys.exit(main())
