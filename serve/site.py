"""The page as a folder of files: `python -m serve.site OUT` writes one that needs no server of ours, just any host.

The models run in the browser there. All addresses are relative, so the folder may lie anywhere on its host.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from doodle.recognizer import ModelError, Recognizer, choose_default, load_models

from .__main__ import MODELS
from .app import describe_models
from .page import SLIM, WEB, read_slim

LIST = "models.json"  # what GET /models answers
FILES = "files.json"  # what the service worker keeps for when there is no network
# in web/, and asked for by no page
OF_THE_SOURCE = ("package.json", "tsconfig.json", "npm.js", "build.js", "*.wat", "*.d.ts", "models")


def main(arguments: list[str] | None = None) -> int:
    """Write the folder. Returns the exit code: 2 where that cannot be done."""
    options = _parser().parse_args(arguments)
    try:
        models = load_models(options.models)
        default = choose_default(models, options.model)
        write_site(options.out, models, default, WEB)
    except (ModelError, SiteError) as error:
        print(f"site: {error}", file=sys.stderr)
        return 2
    size = sum(path.stat().st_size for path in options.out.rglob("*") if path.is_file())
    print(f"{options.out}: the page and {', '.join(models)}, {size / 1e6:.1f} MB, for any host of files")
    print(f"to look at it: {sys.executable} -m http.server --directory {options.out}")
    return 0


class SiteError(Exception):
    """The folder cannot be written; the message says what to do."""


def write_site(out: Path, models: Mapping[str, Recognizer], default: str, web: Path) -> None:
    """Write the page of the folder `web`, the models and their reports to `out`, in place of an earlier site there.

    Raises SiteError where `out` is something else, or where a model has no form for browsers.
    """
    packed = {name: model.path.with_suffix(".bin") for name, model in models.items()}
    for name, file in packed.items():
        if not file.is_file():
            raise SiteError(f"{file} is missing, the form of {name} for browsers: `make export MODEL={name}` writes it")
    if out.exists() and not (out / LIST).is_file():
        raise SiteError(f"{out} is there already, and no earlier site: name another folder, or remove it")
    part = out.with_name(f"{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(web, part, ignore=shutil.ignore_patterns(*OF_THE_SOURCE))
    for path in part.rglob("*"):
        if path.suffix in SLIM:
            path.write_bytes(read_slim(path))
    (part / "models").mkdir()
    (part / "host.js").write_text("export const hasServer = false;\n")
    (part / LIST).write_text(json.dumps(describe_models(models, default)))
    page = part / "index.html"
    preload = f'<link rel="preload" href="models/{quote(default)}.bin" as="fetch" crossorigin>'
    page.write_text(page.read_text().replace("</head>", f"{preload}\n</head>"))
    for name, model in models.items():
        shutil.copyfile(packed[name], part / "models" / f"{name}.bin")
        if model.report:
            shutil.copytree(model.report, part / "models" / name)
    files = sorted(path.relative_to(part).as_posix() for path in part.rglob("*") if path.is_file())
    addresses = [f"./{file.removesuffix('index.html')}" for file in files]  # a folder stands for its index.html
    (part / FILES).write_text(json.dumps(addresses))
    shutil.rmtree(out, ignore_errors=True)
    part.rename(out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m serve.site", description="Write the page for a host of files.")
    parser.add_argument("out", type=Path, help="folder to write")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of models (default: models)")
    parser.add_argument("--model", help="the model that answers by default (default: cnn, else mlp)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
