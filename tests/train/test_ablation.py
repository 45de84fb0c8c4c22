"""The ablation trains every variant alike, tells what each gives, and goes on where it was interrupted."""

import sys

import numpy as np
import pytest

from train import ablation
from train.dataset import TRAIN, VALIDATION, load
from train.report.page import read_tsv

EPOCHS = 2


@pytest.fixture
def ablate(tmp_path, monkeypatch):
    """Runs the command on 150 synthetic doodles of each of three categories; returns its exit code."""
    monkeypatch.setattr(ablation, "REPORT_SAMPLES", 150)
    monkeypatch.setattr(ablation, "TOP_UP", 0)

    def ablate(out: str) -> int:
        options = ["--data", "synthetic", "--categories", "star,eye,pear", "--samples", "150", "--epochs", str(EPOCHS)]
        options += ["--out", str(tmp_path / out), "--cache", str(tmp_path / "cache/quickdraw")]
        monkeypatch.setattr(sys, "argv", ["ablation", *options])
        return ablation.main()

    return ablate


def test_an_interrupted_ablation_ends_as_an_uninterrupted_one(ablate, tmp_path, monkeypatch, capsys):
    assert ablate("whole") == 0
    fit, runs = ablation.fit, []

    def interrupted(*arguments):
        runs.append(arguments)
        if len(runs) == 3:
            raise KeyboardInterrupt
        return fit(*arguments)

    monkeypatch.setattr(ablation, "fit", interrupted)
    assert ablate("parts") == 130
    assert "goes on" in capsys.readouterr().err
    monkeypatch.setattr(ablation, "fit", fit)
    assert ablate("parts") == 0
    assert capsys.readouterr().out.count("resuming") == 2
    for file in ("results.tsv", "epochs.tsv", "index.html"):
        assert (tmp_path / "parts" / file).read_text() == (tmp_path / "whole" / file).read_text()
    assert not list((tmp_path / "cache/runs").iterdir())

    head, rows = read_tsv(tmp_path / "whole/results.tsv")
    assert [row[0] for row in rows] == [variant.name for variant in ablation.VARIANTS]
    assert all(0 <= float(row[head.index("test")].rstrip("%")) <= 100 for row in rows)
    assert len(read_tsv(tmp_path / "whole/epochs.tsv")[1]) == EPOCHS * len(ablation.VARIANTS)


def test_each_step_of_the_refinement_adds_one_thing():
    plain, varied, decayed, dropped, adam = ablation.VARIANTS[:5]
    assert plain.recipe.augmentation is None and not plain.recipe.weight_decay and not plain.norm
    changed = {name for name, amount in vars(varied.recipe.augmentation).items() if amount}
    assert changed == {"rotation", "flip"}
    assert decayed.recipe.weight_decay > 0 and decayed.recipe.augmentation == varied.recipe.augmentation
    assert (dropped.recipe, dropped.dropout) == (decayed.recipe, 0.3)
    assert adam.recipe.optimizer == "adam" and adam.norm and adam.dropout == 0.3


def test_the_reports_protocol_keeps_three_tenths_apart():
    drawings = ablation.as_in_report(load("synthetic", ["star", "eye"], 300))
    assert set(drawings.split) == {TRAIN, VALIDATION}
    assert np.mean(drawings.split == TRAIN) == pytest.approx(0.7, abs=0.05)


def test_a_folder_without_drawings_is_named(ablate, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["ablation", "--data", str(tmp_path / "nowhere")])
    assert ablation.main() == 2
    assert "nowhere" in capsys.readouterr().err
