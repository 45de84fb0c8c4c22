import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from doodle.cli import main

ABOVE = json.dumps({"drawing": [[[0, 100], [0, 0]], [[50], [60]]]})


@pytest.fixture
def files(tmp_path, make_model):
    """A model, a picture and a file of lines, one of them bad."""
    image = Image.new("RGB", (120, 90), "white")
    ImageDraw.Draw(image).line([(20, 25), (60, 15), (100, 25)], "black", 5)
    ImageDraw.Draw(image).line([(60, 15), (60, 75)], "black", 5)
    image.save(tmp_path / "a.png")
    (tmp_path / "lines.ndjson").write_text(f"{ABOVE}\n\n{ABOVE}\n")
    (tmp_path / "bad.txt").write_text("a letter")
    return {"model": str(make_model()), "png": str(tmp_path / "a.png"), "lines": str(tmp_path / "lines.ndjson")}


def test_classify_in_words(files, capsys):
    assert main(["classify", files["png"], files["lines"], "--model", files["model"], "--top", "2"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{files['png']}: top ")
    assert [line.split(": ")[0] for line in lines] == [f"{files['lines']}:1", f"{files['lines']}:3"]
    assert first.count("%") == 2


def test_classify_as_json(files, capsys):
    among = ["--among", "bottom, nothing"]
    assert main(["classify", files["lines"], "--model", files["model"], "--json", *among]) == 0
    first, _ = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["file"] == f"{files['lines']}:1"
    assert {guess["label"] for guess in first["top"]} == {"bottom", "nothing"}


def test_classify_standard_input(files, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(ABOVE.encode())))
    assert main(["classify", "-", "--model", files["model"]]) == 0
    assert capsys.readouterr().out.startswith("-: top")


def test_bad_file_is_named_and_others_are_answered(files, tmp_path, capsys):
    bad = str(tmp_path / "bad.txt")
    assert main(["classify", bad, str(tmp_path / "nowhere.png"), files["png"], "--model", files["model"]]) == 1
    out, err = capsys.readouterr()
    assert out.startswith(files["png"])
    assert err.splitlines()[0].startswith(f"doodle: {bad}: ")
    assert err.splitlines()[1] == f"doodle: {tmp_path / 'nowhere.png'}: No such file or directory"


@pytest.mark.parametrize("options", [["--model", "tree"], ["--among", "tpo"], ["--model", "nowhere.onnx"]])
def test_unusable_option_is_one_line(files, capsys, options):
    assert main(["classify", files["png"], "--model", files["model"], *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_serve_has_the_servers_options():
    command = [sys.executable, "-m", "doodle.cli", "serve", "--help"]
    process = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert process.returncode == 0
    assert "--port" in process.stdout
