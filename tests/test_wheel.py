"""The wheel, installed away from the checkout."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

import doodle
from tests.wheel import build_wheel, install_wheel

CHECKOUT = Path(__file__).parents[1]
STAR = json.dumps({"drawing": [[[0, 255, 52, 128, 204, 0], [97, 97, 255, 0, 255, 97]]]})

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    source = tmp_path_factory.mktemp("source")
    for name in ("doodle", "serve", "web", "models"):
        shutil.copytree(CHECKOUT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, source)
    return build_wheel(source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def run(wheel, tmp_path_factory):
    """Runs this Python in an empty folder, where the installed wheel is found, and the checkout is not."""
    folder, elsewhere = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("elsewhere")
    install_wheel(wheel, folder)
    environment = {**os.environ, "PYTHONPATH": str(folder)}

    def start(*arguments, **options):
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=elsewhere, env=environment, stdout=subprocess.PIPE, text=True, **options
        )

    return start


def test_wheel_is_small_and_puts_one_name_into_site_packages(wheel):
    assert wheel.stat().st_size < 10_000_000
    assert wheel.name.startswith(f"doodle_recognizer-{doodle.__version__}-")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"doodle", "doodle_recognizer"}
    assert {"doodle/py.typed", "doodle/serve/openapi.yaml", "doodle/web/index.html"} <= set(names)
    assert {f"doodle/models/{path.name}" for path in (CHECKOUT / "models").glob("*.onnx")} <= set(names)
    assert not [name for name in names if name.endswith((".pt", "Dockerfile"))]


def test_library_of_the_wheel(run):
    drawing = json.loads(STAR)["drawing"]
    program = f"import doodle; print(doodle.__file__, doodle.Recognizer().classify({drawing})['label'])"
    out, _ = run("-c", program).communicate(timeout=60)
    assert out.endswith("star\n")
    assert str(CHECKOUT) not in out


def test_commands_of_the_wheel(run, tmp_path):
    (tmp_path / "star.json").write_text(STAR)
    out, _ = run("-m", "doodle.cli", "classify", str(tmp_path / "star.json"), "--json").communicate(timeout=60)
    assert json.loads(out)["label"] == "star"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_server_of_the_wheel(run, workers):
    process = run("-m", "doodle.cli", "serve", "--port", "0", "--workers", workers)
    try:
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        with urllib.request.urlopen(f"{address}/classify", STAR.encode(), timeout=30) as response:
            assert json.load(response)["label"] == "star"
        for path, part in (("/", b"<!doctype html>"), ("/models", b'"labels"'), ("/openapi.json", b"openapi")):
            with urllib.request.urlopen(address + path, timeout=30) as response:
                assert part in response.read()
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0
