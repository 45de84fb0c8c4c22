"""A report says what a model is and how good it is, truly, and ships statistics only."""

import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from train import __main__ as train
from train import calibrate
from train.dataset import Drawings
from train.report import __main__ as report
from train.report import examples, measures, page, plots

CATEGORIES = ("star", "eye", "pear")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model of three categories, trained on 80 synthetic doodles of each."""
    folder = tmp_path_factory.mktemp("models")
    options = ["--data", "synthetic", "--samples", "80", "--categories", ",".join(CATEGORIES), "--name", "tiny"]
    options += ["--epochs", "3", "--quantize-epochs", "1", "--batch-size", "32", "--models", str(folder)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["train", *options, "--cache", str(folder / "cache/quickdraw")])
        assert train.main() == 0
    return folder / "tiny.pt"


@pytest.fixture
def make(checkpoint, tmp_path, monkeypatch):
    """Runs the command on a checkpoint, with options; returns its exit code."""

    def make(*options: str, of: Path = checkpoint) -> int:
        given = ["--artefacts", str(tmp_path / "artefacts"), "--cache", str(tmp_path / "cache"), *options]
        monkeypatch.setattr(sys, "argv", ["report", str(of), *given])
        return report.main()

    return make


class Elements(HTMLParser):
    """The tags and attributes of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


def test_the_page_shows_the_figures_that_the_checkpoint_holds(make, checkpoint):
    assert make("--data", "synthetic", "--samples", "80") == 0
    metadata = torch.load(checkpoint, weights_only=True)["metadata"]
    shown = Elements((checkpoint.with_suffix("") / "index.html").read_text())
    for figure in ("top1", "top3", "expected_calibration_error"):
        assert f"{metadata['figures'][figure]:.1%}" in shown.text
    for category in CATEGORIES:
        assert category in shown.text
        assert f"{metadata['figures']['per_category'][category]:.1%} of" in shown.text
    assert metadata["data"]["fingerprint"] in shown.text
    assert "other drawings than the model" not in shown.text
    assert "synthetic doodles" in shown.text


def test_the_page_stands_alone(make, checkpoint):
    """A strict content security policy, or no network, takes nothing from it; and it is small."""
    make("--data", "synthetic", "--samples", "80")
    folder = checkpoint.with_suffix("")
    shown = Elements((folder / "index.html").read_text())
    assert not shown.tags & {"script", "style", "iframe", "object"}
    assert "style" not in dict(shown.attributes)
    linked = {value for name, value in shown.attributes if name in ("href", "src") and value != "data:,"}
    assert linked == {"report.css", "means.png", "confusion.png"}
    assert all((folder / name).is_file() for name in linked)
    assert "url(" not in (folder / "report.css").read_text()
    assert sum(file.stat().st_size for file in folder.iterdir()) < 100_000


def test_pictures_of_single_drawings_stay_out_of_what_is_shipped(make, checkpoint, tmp_path):
    make("--data", "synthetic", "--samples", "80")
    shipped = {file.name for file in checkpoint.with_suffix("").iterdir()}
    assert shipped == {"index.html", "report.css", "means.png", "confusion.png"}
    assert {file.name for file in (tmp_path / "artefacts/tiny").iterdir()} == {"samples.png", "confused.png"}


def test_the_same_report_twice_is_the_same_bytes(make, checkpoint):
    def contents():
        make("--data", "synthetic", "--samples", "80")
        return {file.name: file.read_bytes() for file in checkpoint.with_suffix("").iterdir()}

    assert contents() == contents()


def test_a_report_on_other_drawings_says_so(make, checkpoint):
    assert make("--data", "synthetic", "--samples", "60") == 0
    assert "other drawings than the model" in (checkpoint.with_suffix("") / "index.html").read_text()


def test_what_was_tried_is_told_where_it_was_written_down(make, checkpoint):
    folder = checkpoint.with_suffix("")
    folder.mkdir(exist_ok=True)
    tried = folder / "tried.tsv"
    tried.write_text('what\tvalidation top-1\tnote\nwidth "64"\t81.5%\tbetter & <slower>\n')
    try:
        assert make("--data", "synthetic", "--samples", "80") == 0
        text = Elements((folder / "index.html").read_text()).text
        assert "What was tried" in text and 'width "64"' in text and "better & <slower>" in text
        tried.write_text("what\tnote\nonly this\n")
        assert make("--data", "synthetic", "--samples", "80") == 2
    finally:
        tried.unlink()


def test_without_its_drawings_it_says_what_to_do(make, tmp_path, capsys):
    assert make("--data", str(tmp_path / "nowhere")) == 2
    assert "nowhere" in capsys.readouterr().err


def test_without_a_checkpoint_it_says_what_to_do(make, tmp_path, capsys):
    assert make(of=tmp_path / "mlp.pt") == 2
    assert "python -m train --name mlp" in capsys.readouterr().err


def test_confusions_are_counted_row_by_row():
    probabilities = np.eye(3, dtype=np.float32)[[0, 0, 1, 2, 2]]
    counts = measures.confusion_counts(probabilities, np.array([0, 0, 0, 2, 1]))
    assert counts.tolist() == [[2, 1, 0], [0, 0, 1], [0, 0, 1]]
    assert measures.shares_of_rows(np.array([[1, 3], [0, 0]])).tolist() == [[0.25, 0.75], [0, 0]]


def test_a_rare_category_does_not_lead_the_most_confused_by_chance():
    counts = np.array([[70, 30, 0], [0, 99, 1], [0, 2, 2]])
    pairs = measures.most_confused(counts, 5)
    assert [(pair.drawn, pair.taken, pair.wrong, pair.drawings) for pair in pairs] == [(0, 1, 30, 100), (2, 1, 2, 4)]


def test_categories_that_are_confused_stand_side_by_side():
    counts = np.diag([90] * 8)
    for drawn, taken in ((0, 5), (5, 3), (6, 1)):
        counts[drawn, taken] = 10
    order = measures.neighbours(counts)
    assert sorted(order) == list(range(8))
    places = {category: place for place, category in enumerate(order)}
    for drawn, taken in ((0, 5), (5, 3), (6, 1)):
        assert abs(places[drawn] - places[taken]) == 1


def test_the_calibration_curve_has_the_calibration_error():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(4), 500).astype(np.float32)
    labels = rng.integers(0, 4, 500)
    curve = measures.reliability(probabilities, labels)
    gap = (np.abs(curve.confidence - curve.accuracy) * curve.share).sum()
    assert gap == pytest.approx(calibrate.expected_calibration_error(probabilities, labels))


def test_auroc_is_the_share_of_pairs_in_order():
    known, unknown = np.array([0.9, 0.5, 0.5]), np.array([0.5, 0.1])
    assert measures.auroc(known, unknown) == pytest.approx((1 + 1 + 0.5 + 1 + 0.5 + 1) / 6)


def test_the_mean_bitmap_is_of_its_own_category():
    bitmaps = np.zeros((3, 28, 28), np.uint8)
    bitmaps[0], bitmaps[1] = 255, 51
    means = measures.mean_bitmaps(bitmaps, np.array([0, 0, 1]), 2)
    assert means.shape == (2, 28, 28)
    assert np.allclose(means[0], 0.6) and not means[1].any()


def test_ink_is_what_the_picture_is_opaque_with(tmp_path):
    plots.write_ink(tmp_path / "ink.png", np.array([[0.0, 0.4, 1.0]]))
    opened = np.asarray(Image.open(tmp_path / "ink.png").convert("RGBA"))
    assert opened[0, :, 3].tolist() == [0, 102, 255]
    assert (opened[0, :, :3] == plots.INK).all()


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.6, 0.9), (0, 0.03), (0, 4.2), (1, 80)])
def test_an_axis_has_a_few_round_ticks_within_it(low, high):
    ticks = plots.Axis("", low, high).ticks()
    assert 3 <= len(ticks) <= 8
    assert low - 1e-9 <= ticks[0] and ticks[-1] <= high + 1e-9
    assert all(float(f"{tick:.2g}") == pytest.approx(tick) for tick in ticks)


def test_epochs_are_counted_in_whole_numbers():
    assert plots.Axis("epoch", 1, 3, "d").ticks() == [1, 2, 3]


def test_confused_drawings_are_shown_under_the_right_names():
    bitmaps = np.zeros((4, 28, 28), np.uint8)
    bitmaps[1], bitmaps[2] = 10, 20
    drawings = Drawings(bitmaps, np.array([0, 0, 0, 1]), np.full(4, 2, np.uint8), ("cat", "dog"), "here", False)
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.1, 0.9]])
    [(name, shown)] = examples.confused(drawings, probabilities)
    assert name == "cat, taken for dog"
    assert shown[:, 0, 0].tolist() == [20, 10]  # the surest mistake first


def test_tables_come_back_as_they_were_written(tmp_path):
    rows = [["a", "1.5%"], ['"quoted"', "2"]]
    page.write_tsv(tmp_path / "table.tsv", ["name", "share"], rows)
    assert page.read_tsv(tmp_path / "table.tsv") == (["name", "share"], rows)
