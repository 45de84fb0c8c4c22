"""The command line: drawings to checkpoint to ONNX to a server's classifier, in one process and in two."""

import os
import subprocess
import sys
from pathlib import Path

import onnxruntime
import pytest
import torch

from train.__main__ import parse, typed

SMALL = (
    "--data",
    "synthetic",
    "--categories",
    "eye,star,sword",
    "--samples",
    "150",
    "--batch-size",
    "32",
    "--epochs",
    "3",
)


def command(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    places = ("--models", folder / "models", "--cache", folder / "cache/quickdraw") if "train" in arguments else ()
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments), *map(str, places)], capture_output=True, text=True, timeout=300
    )


def test_train_then_export_makes_a_model_that_describes_itself(tmp_path):
    trained = command("train", *SMALL, "--quantize-epochs", 1, folder=tmp_path)
    assert trained.returncode == 0, trained.stderr
    assert "epoch   3/3" in trained.stdout and "top-1" in trained.stdout
    exported = command("export", tmp_path / "models/mlp.pt", "--data", "synthetic", "--samples", 150, folder=tmp_path)
    assert exported.returncode == 0, exported.stderr
    assert "identical probabilities" in exported.stdout

    session = onnxruntime.InferenceSession(tmp_path / "models/mlp.onnx")
    metadata = session.get_modelmeta().custom_metadata_map
    assert {"labels", "architecture", "input", "data", "figures", "threshold", "version"} <= set(metadata)
    assert metadata["architecture"] == "mlp 784-128-100-3" and '"synthetic": true' in metadata["data"]
    assert not list(tmp_path.rglob("*.part")) and not list((tmp_path / "cache/runs").glob("*"))


@pytest.mark.parametrize(
    "words",
    [
        "",
        "--arch cnn --categories all --widths 4,6,8,12",
        "--no-augment --no-batch-norm --hidden 50 --flip 0.5 --refit",
    ],
)
def test_options_are_typed_as_they_were_meant(words):
    options = vars(parse(words.split()))
    assert vars(parse(typed(options))) == options


def test_unknown_category_is_refused_with_the_nearest(tmp_path):
    refused = command("train", "--categories", "catt", folder=tmp_path)
    assert refused.returncode == 2 and "cat" in refused.stderr and "Traceback" not in refused.stderr


def test_export_without_a_checkpoint_says_how_to_make_one(tmp_path):
    refused = command("export", tmp_path / "none.pt", folder=tmp_path)
    assert refused.returncode == 2 and "python -m train" in refused.stderr


TWO_PROCESSES = ("torch.distributed.run", "--standalone", "--nproc-per-node", 2)


def test_two_processes_share_a_batch_and_compute_one_processs_gradients():
    script = Path(__file__).with_name("gradients.py")
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    found = subprocess.run(
        [sys.executable, "-m", *map(str, TWO_PROCESSES), str(script)],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
    )
    assert found.returncode == 0, found.stderr
    assert float(found.stdout) < 1e-4


@pytest.mark.parametrize("arch", ["mlp", "cnn"])
def test_two_processes_train_as_one_does(arch, tmp_path):
    plain = ("--no-augment", "--dropout", "0", "--quantize-epochs", "0", "--precision", "float32", "--arch", arch)
    small = ("--widths", "4,6,8,12") if arch == "cnn" else ()
    one, two = tmp_path / "one", tmp_path / "two"
    assert command("train", *SMALL, *plain, *small, folder=one).returncode == 0
    distributed = command(*TWO_PROCESSES, "-m", "train", *SMALL, *plain, *small, folder=two)
    assert distributed.returncode == 0, distributed.stderr
    single, shared = (torch.load(folder / "models" / f"{arch}.pt", weights_only=True) for folder in (one, two))
    assert len(shared["history"]) == len(single["history"]) == 3
    # later epochs drift apart, as a difference in the last bit grows from step to step
    ours, theirs = single["history"][0], shared["history"][0]
    assert ours["train_loss"] == pytest.approx(theirs["train_loss"], rel=0.01)
    assert ours["validation_loss"] == pytest.approx(theirs["validation_loss"], rel=0.01)
