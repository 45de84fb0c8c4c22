"""The ablation trains every variant alike, tells what each gives, and goes on where it was interrupted."""

from dataclasses import replace

import pytest

from train import ablation
from train.report.page import read_tsv

EPOCHS = 2


@pytest.fixture
def ablate(tmp_path):
    """Runs the command on 60 synthetic doodles of each of three categories; returns its exit code."""

    def ablate(out: str) -> int:
        options = ["--data", "synthetic", "--categories", "star,eye,pear", "--samples", "60", "--epochs", str(EPOCHS)]
        return ablation.main(
            [*options, "--workers", "0", "--out", str(tmp_path / out), "--cache", str(tmp_path / "cache/quickdraw")]
        )

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
    assert capsys.readouterr().out.count("going on") == 2
    for file in ("results.tsv", "epochs.tsv", "epochs.svg", "index.html"):
        assert (tmp_path / "parts" / file).read_text() == (tmp_path / "whole" / file).read_text()
    assert not list((tmp_path / "cache/runs").iterdir())

    results = read_tsv(tmp_path / "whole/results.tsv")
    assert [row[0] for row in results.rows] == list(ablation.VARIANTS)
    assert all(0 <= float(row[2].rstrip("%")) <= 100 for row in results.rows)
    assert len(read_tsv(tmp_path / "whole/epochs.tsv").rows) == EPOCHS * len(ablation.VARIANTS)


def test_each_refinement_adds_one_thing():
    plain, varied, decayed, dropped, adam, ours = ablation.VARIANTS.values()
    assert plain.strokes is plain.bitmaps is None and not plain.weight_decay and not plain.batch_norm
    for part in (varied.strokes, varied.bitmaps):
        assert {name for name, amount in vars(part).items() if amount} == {"rotation", "flip"}
    assert decayed == replace(varied, weight_decay=1e-3)
    assert dropped == replace(decayed, dropout=0.3)
    assert adam.optimizer == "adamw" and adam.batch_norm and adam.dropout == 0.3
    assert ours.ema_decay and not ours.other_samples


def test_a_folder_without_drawings_is_named(tmp_path, capsys):
    assert ablation.main(["--data", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")]) == 2
    assert "nowhere" in capsys.readouterr().err
