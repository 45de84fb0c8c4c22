"""The command line: drawings to checkpoint to ONNX, in one process and in two; what is wrong is said in one line."""

import json
import subprocess
import sys
from pathlib import Path

import onnxruntime
import pytest
import torch

import export.__main__
import train.__main__
from train import checkpoint, networks
from train.distill import load_teacher, start_from

SMALL = ("--categories", "eye,star,sword", "--samples", 100, "--batch-size", 32, "--workers", 0)
TWO_PROCESSES = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


def run_train(folder: Path, *words: object, data: str = "synthetic") -> int:
    places = ("--models", folder / "models", "--cache", folder / "cache", "--data", data)
    return train.__main__.main(list(map(str, (*SMALL, *words, *places))))


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    monkeypatch.setattr(train.__main__, "RUNS", tmp_path / "runs")


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A folder with a small mlp.pt."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train.__main__, "RUNS", folder / "runs")
        assert run_train(folder, "--epochs", 3) == 0
    return folder


def test_train_then_export_makes_a_model_that_describes_itself(trained, capsys):
    file = trained / "models/mlp.pt"
    assert export.__main__.main([str(file), "--data", "synthetic", "--samples", "100"]) == 0
    assert "identical probabilities" in capsys.readouterr().out
    session = onnxruntime.InferenceSession(file.with_suffix(".onnx"))
    metadata = session.get_modelmeta().custom_metadata_map
    assert metadata["architecture"] == "mlp 784-128-100-3" and json.loads(metadata["data"])["synthetic"] is True
    assert json.loads(metadata["figures"])["top1"] > 0.5 and json.loads(metadata["input"])["maps"] == ["ink"]
    assert [value.name for value in session.get_outputs()] == ["probabilities", "logits"]
    assert file.with_suffix(".bin").is_file()
    assert not list(trained.rglob("*.part")) and not list((trained / "runs").glob("*"))


def test_other_categories_start_from_a_checkpoint(trained, tmp_path, capsys):
    start = trained / "models/mlp.pt"
    assert run_train(tmp_path, "--categories", "sword,pear", "--start", start, "--epochs", 1) == 0
    network = networks.mlp(2)
    start_from(network, start, ("sword", "pear"))
    given = checkpoint.load(start)
    last = max(name for name in given["weights"] if name.endswith("linear.weight"))
    assert torch.equal(network.state_dict()[last][0], given["weights"][last][2].float())


def test_teacher_answers_for_the_categories_asked(trained):
    teach = load_teacher(trained / "models/mlp.pt", ("sword", "eye"), torch.device("cpu"))
    whole = load_teacher(trained / "models/mlp.pt", ("eye", "star", "sword"), torch.device("cpu"))
    x = torch.rand(4, 1, 28, 28)
    assert torch.equal(teach(x), whole(x)[:, [2, 0]])
    with pytest.raises(ValueError, match="does not know pear"):
        load_teacher(trained / "models/mlp.pt", ("pear",), torch.device("cpu"))


@pytest.mark.parametrize("words", [("--categories", "catt"), ("--teacher", "none.pt"), ("--device", "cuda")])
def test_what_cannot_be_done_is_one_line(words, tmp_path, capsys):
    if words[0] == "--device" and torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    assert run_train(tmp_path, *words) == 2
    said = capsys.readouterr().err
    assert said.startswith("train: ") and said.count("\n") == 1


@pytest.mark.parametrize("words", [("--epochs", 0), ("--batch-size", 0), ("--samples", -1), ("--device", "gpu")])
def test_bad_numbers_are_refused_with_what_is_allowed(words, tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        run_train(tmp_path, *words)
    assert stop.value.code == 2 and f"argument {words[0]}" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["--models", "--cache"])
def test_a_place_that_cannot_be_written_to_is_said_before_training(place, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run_train(tmp_path, "--epochs", 1) == 0
    capsys.readouterr()
    arguments = [*SMALL, "--data", "synthetic", "--models", tmp_path, "--cache", tmp_path, place, tmp_path / "file/x"]
    assert train.__main__.main(list(map(str, arguments))) == 2
    said = capsys.readouterr()
    assert "cannot be written to" in said.err and "epoch" not in said.out


@pytest.mark.parametrize("content", [b"version https://git-lfs.github.com/spec/v1\n", b"", b"PK\x03\x04half a file"])
def test_what_is_no_checkpoint_is_named(content, tmp_path, capsys):
    file = tmp_path / "mlp.pt"
    file.write_bytes(content)
    assert export.__main__.main([str(file)]) == 2
    assert run_train(tmp_path, "--start", file) == 2
    said = capsys.readouterr().err
    assert said.count("mlp.pt") >= 2 and "Traceback" not in said


def test_foreign_state_dict_is_named(tmp_path, capsys):
    torch.save({"weight": torch.zeros(3)}, tmp_path / "mlp.pt")
    assert export.__main__.main([str(tmp_path / "mlp.pt")]) == 2
    assert "mlp.pt is not a checkpoint" in capsys.readouterr().err


@pytest.mark.slow
def test_two_processes_train_together(tmp_path):
    places = ("--models", tmp_path / "models", "--cache", tmp_path / "cache", "--data", "synthetic")
    command = [*TWO_PROCESSES, "-m", "train", *map(str, SMALL), "--epochs", "3", "--device", "cpu", *map(str, places)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert found.returncode == 0, found.stderr
    history = checkpoint.load(tmp_path / "models/mlp.pt")["history"]
    assert history[0]["train_loss"] > history[2]["train_loss"] and history[2]["validation_top1"] > 0.6
