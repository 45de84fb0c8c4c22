"""A report says what a model is and how good it is, truly, and ships statistics only."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import train.__main__
from doodle.raster import draw_flat
from train.augment import BitmapAugmentation, StrokeAugmentation
from train.data import BitmapDrawings, Drawings, load, split_of
from train.report import __main__ as report
from train.report import charts, doors, page
from train.report.answers import confusion_counts, most_confused, write_categories
from train.report.sections import means, most_alike

CATEGORIES = ("star", "eye", "pear")
SHOWN = {"report.css", "means.png", "confusion.png", "reliability.svg", "loss.svg", "top-1.svg"}
SHIPPED = {"index.html", "categories.json"} | SHOWN
WAYS_BACK = {"../../", "../../#draw", "../../#play", "../../#learn", "../../favicon.svg"}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model of three categories, trained on 80 synthetic doodles of each."""
    folder = tmp_path_factory.mktemp("models")
    options = ["--data", "synthetic", "--samples", "80", "--categories", ",".join(CATEGORIES), "--name", "tiny"]
    options += ["--epochs", "3", "--batch-size", "32", "--workers", "0", "--models", str(folder)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train.__main__, "RUNS", folder / "runs")
        assert train.__main__.main([*options, "--cache", str(folder / "cache")]) == 0
    return folder / "tiny.pt"


def make(checkpoint: Path, samples: int = 80, data: str = "synthetic") -> int:
    return report.main([str(checkpoint), "--data", data, "--samples", str(samples)])


class Elements(HTMLParser):
    """The tags and attributes of a page, and its text."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(file.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_page_shows_the_figures_of_the_checkpoint(checkpoint):
    assert make(checkpoint) == 0
    metadata = torch.load(checkpoint, weights_only=True)["metadata"]
    text = Elements(checkpoint.with_suffix("") / "index.html").text
    for figure in ("top1", "top3", "calibration_error", "known_share", "known_precision", "float_top1"):
        assert f"{metadata['figures'][figure]:.1%}" in text
    told = json.loads((checkpoint.with_suffix("") / "categories.json").read_text())
    assert tuple(told) == CATEGORIES
    for category in CATEGORIES:
        assert category in text and f"{metadata['figures']['per_category'][category]:.1%}" in text
    assert metadata["data"]["fingerprint"] in text
    assert "other drawings than the model" not in text and "synthetic doodles" in text
    assert "learning rate" in text and "strokes, rotation" in text


def test_page_stands_alone_under_a_strict_policy(checkpoint):
    make(checkpoint)
    folder = checkpoint.with_suffix("")
    shown = Elements(folder / "index.html")
    assert not shown.tags & {"script", "style", "iframe", "object"}
    assert "style" not in dict(shown.attributes)
    assert {value for name, value in shown.attributes if name in ("href", "src")} == SHOWN | WAYS_BACK
    assert {file.name for file in folder.iterdir()} == SHIPPED
    assert "url(" not in (folder / "report.css").read_text()
    assert sum(file.stat().st_size for file in folder.iterdir()) < 150_000


def test_same_report_twice_is_the_same_bytes(checkpoint):
    def contents() -> dict[str, bytes]:
        make(checkpoint)
        return {file.name: file.read_bytes() for file in checkpoint.with_suffix("").iterdir()}

    assert contents() == contents()


def test_report_on_other_drawings_says_so(checkpoint):
    assert make(checkpoint, samples=60) == 0
    assert "other drawings than the model" in (checkpoint.with_suffix("") / "index.html").read_text()


def test_what_people_wrote_is_shown(checkpoint):
    folder = checkpoint.with_suffix("")
    folder.mkdir(exist_ok=True)
    tried, made = folder / "tried.tsv", folder / "made.txt"
    tried.write_text('what\ttop-1\tnote\nwidth "64"\t81.5%\tbetter & <slower>\n')
    made.write_text("python -m train --seed 7\n")
    try:
        assert make(checkpoint) == 0
        text = Elements(folder / "index.html").text
        assert 'width "64"' in text and "better & <slower>" in text and "--seed 7" in text
        tried.write_text("what\tnote\nonly this\n")
        assert make(checkpoint) == 2
    finally:
        tried.unlink()
        made.unlink()


def test_missing_drawings_are_named(checkpoint, tmp_path, capsys):
    metadata = torch.load(checkpoint, weights_only=True)
    metadata["metadata"]["data"]["synthetic"] = False
    torch.save(metadata, tmp_path / "real.pt")
    assert make(tmp_path / "real.pt", data=str(tmp_path / "nowhere")) == 2
    assert "nowhere" in capsys.readouterr().err


def test_missing_checkpoint_says_what_to_do(tmp_path, capsys):
    assert make(tmp_path / "mlp.pt") == 2
    assert "python -m train --name mlp" in capsys.readouterr().err


@pytest.fixture(scope="module")
def two_doors() -> Drawings:
    """Doodles of three categories, half of them held as bitmaps; pear has none."""
    doodles = load("synthetic", CATEGORIES, 300)
    rows = np.flatnonzero((np.arange(900) % 2 == 0) & (doodles.strokes.labels < 2))
    bitmaps = draw_flat(doodles.strokes.take(rows))
    split = split_of([bitmap.tobytes() for bitmap in bitmaps])
    return replace(doodles, bitmaps=BitmapDrawings(bitmaps, doodles.strokes.labels[rows], split))


def test_equal_doors_are_not_told_apart_and_rough_ones_are(two_doors):
    assert doors.with_bitmaps(two_doors).tolist() == [True, True, False]
    assert abs(doors.tell(two_doors, None, None).auroc - 0.5) < 0.12
    bitmaps, labels, split = two_doors.bitmaps
    noise = np.random.default_rng(0).integers(0, 60, bitmaps.shape)
    rough = BitmapDrawings((bitmaps // 2 + noise).astype(np.uint8), labels, split)
    told = doors.tell(replace(two_doors, bitmaps=rough), None, None)
    assert told.auroc > 0.95
    assert set(told.per_category) == {"star", "eye"} and min(told.per_category.values()) > 0.9


def test_doors_are_told_apart_in_varied_views_too(two_doors):
    told = doors.tell(two_doors, StrokeAugmentation(), BitmapAugmentation())
    assert 0.3 < told.auroc < 0.8 and told.drawings == 300


def test_confusions_are_counted_row_by_row():
    probabilities = np.eye(3, dtype=np.float32)[[0, 0, 1, 2, 2]]
    counts = confusion_counts(probabilities, np.array([0, 0, 0, 2, 1]))
    assert counts.tolist() == [[2, 1, 0], [0, 0, 1], [0, 0, 1]]


def test_categories_are_told_with_what_they_are_most_often_taken_for(tmp_path):
    counts = np.array([[5, 1, 3, 2, 1], [0, 4, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 1, 0], [1, 0, 0, 0, 1]])
    write_categories(tmp_path / "categories.json", ["cat", "cow", "dog", "fox", "été"], counts)
    told = json.loads((tmp_path / "categories.json").read_text())
    assert told["cat"] == {"drawings": 12, "taken_for": {"dog": 3, "fox": 2, "cow": 1}}
    assert list(told["cat"]["taken_for"]) == ["dog", "fox", "cow"]
    assert told["cow"] == {"drawings": 4, "taken_for": {}}
    assert told["dog"]["drawings"] == 0 and told["été"]["taken_for"] == {"cat": 1}


def test_a_rare_category_does_not_lead_the_most_confused_by_chance():
    counts = np.array([[70, 30, 0], [0, 99, 1], [0, 2, 2]])
    assert most_confused(counts, 5) == [(0, 1), (2, 1)]


def test_ink_is_what_the_picture_is_opaque_with(tmp_path):
    charts.ink(tmp_path / "ink.png", np.array([[0.0, 0.4, 1.0]]))
    opened = np.asarray(Image.open(tmp_path / "ink.png").convert("RGBA"))
    assert opened[0, :, 3].tolist() == [0, 102, 255]
    assert (opened[0, :, :3] == (29, 43, 112)).all()


def test_the_drawings_most_alike_are_found_among_others():
    rng = np.random.default_rng(0)
    bitmaps = (rng.random((6, 28, 28)) < 0.1).astype(np.uint8) * 255
    bitmaps[[1, 3, 4], 8:20, 8:20] = 255
    bitmaps[4] = np.roll(bitmaps[4], 1, axis=1)
    found = most_alike(bitmaps, 3)
    assert sorted(bitmap.tobytes() for bitmap in found) == sorted(bitmaps[row].tobytes() for row in (1, 3, 4))
    assert len(most_alike(bitmaps[:0], 3)) == 0 and len(most_alike(bitmaps[:2], 3)) == 2


def test_means_show_no_single_drawing(two_doors):
    shown = means(two_doors)
    assert shown.shape == (3, 28, 28) and shown.max((1, 2)).tolist() == [1, 1, 1]
    few = replace(two_doors, strokes=replace(two_doors.strokes, split=np.full(900, 2, np.uint8)))
    assert means(few)[2].max() == 0  # pear has no bitmaps


def test_tables_come_back_as_they_were_written(tmp_path):
    table = page.Table(["name", "gap"], [["a", "+1.5"], ['"quoted"', "-2"]])
    page.write_tsv(tmp_path / "table.tsv", table)
    assert page.read_tsv(tmp_path / "table.tsv") == table
    assert not table.is_number(0) and table.is_number(1)
