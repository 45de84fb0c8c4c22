"""Drawings load through both doors, keep their side of the split, and are replaced by synthetic ones only loudly."""

import json
from pathlib import Path

import numpy as np
import pytest

from doodle.raster import draw, draw_flat
from doodle.strokes import parse_strokes
from train import data
from train.bucket import BUCKET, DatasetError, NoNetworkError
from train.categories import OFFICIAL, TEN, resolve_categories
from train.data import TEST, TRAIN, VALIDATION, load, load_or_synthetic, load_others, split_of


def test_official_categories():
    assert len(OFFICIAL) == len(set(OFFICIAL)) == 345
    assert set(TEN) <= set(OFFICIAL)


def test_categories_are_named_in_several_ways(bucket_folder):
    source = str(bucket_folder)
    assert resolve_categories("ten", source) == TEN
    assert resolve_categories("all", source) == ("alarm clock", "cat", "star", "sword")
    assert resolve_categories("star, alarm clock,star", source) == ("star", "alarm clock")
    assert resolve_categories("all", BUCKET) == OFFICIAL
    assert resolve_categories("all", "synthetic") == TEN


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [("swrod", "sword"), ("the mona lisa", "The Mona Lisa"), ("alarmclock", "alarm clock"), ("Cat", "cat")],
)
def test_unknown_category_is_refused_with_the_nearest(bucket_folder, typed, nearest):
    with pytest.raises(DatasetError, match=f'"{typed}".*{nearest}'):
        resolve_categories(f"star,{typed}", str(bucket_folder))
    with pytest.raises(DatasetError, match=nearest):
        load(str(bucket_folder), [typed])


def test_names_are_no_paths(bucket_folder):
    with pytest.raises(DatasetError, match="no category"):
        load(str(bucket_folder), ["../simplified/star"])


def test_folder_gives_both_doors(bucket_folder):
    drawings = load(str(bucket_folder), ["star", "sword", "cat"], samples=40)
    assert drawings.counts(drawings.strokes) == {"star": 40, "sword": 0, "cat": 12}
    assert drawings.counts(drawings.bitmaps) == {"star": 40, "sword": 9, "cat": 0}
    whole = np.load(bucket_folder / "full/numpy_bitmap/star.npy").reshape(-1, 28, 28)
    assert np.array_equal(drawings.bitmaps.bitmaps[drawings.bitmaps.labels == 0], whole[:40])
    lines = (bucket_folder / "full/simplified/star.ndjson").read_text().splitlines()[:40]
    expected = draw([parse_strokes(json.loads(line)["drawing"]) for line in lines])
    rows = np.flatnonzero(drawings.strokes.labels == 0)
    assert np.array_equal(draw_flat(drawings.strokes.take(rows)), expected)
    assert (drawings.source, drawings.synthetic) == ("bucket", False)


def test_drawings_are_taken_in_any_order(bucket_folder):
    strokes = load(str(bucket_folder), ["star", "cat"]).strokes
    rows = np.array([5, 51, 0, 5])
    alone = [draw_flat(strokes.take(np.array([row]))) for row in rows]
    assert np.array_equal(draw_flat(strokes.take(rows)), np.concatenate(alone))


def test_blank_lines_and_byte_order_marks_are_passed_over(bucket_folder):
    file = bucket_folder / "full/simplified/star.ndjson"
    before = load(str(bucket_folder), ["star"]).strokes
    file.write_bytes(b"\xef\xbb\xbf\n" + file.read_bytes().replace(b"\n", b"\n\n"))
    assert np.array_equal(load(str(bucket_folder), ["star"]).strokes.strokes.points, before.strokes.points)


@pytest.mark.parametrize("line", ['{"word": "star"}', '{"drawing": []}', "[1]", "{"])
def test_broken_line_is_named(bucket_folder, line):
    file = bucket_folder / "full/simplified/star.ndjson"
    file.write_text(file.read_text() + line + "\n")
    with pytest.raises(DatasetError, match=r"star.ndjson, line 51"):
        load(str(bucket_folder), ["star"])


def test_hidden_files_are_no_categories(bucket_folder):
    (bucket_folder / "full/numpy_bitmap/._star.npy").write_bytes(b"")
    assert "._star" not in resolve_categories("all", str(bucket_folder))


def test_missing_category_and_empty_folder_are_refused(bucket_folder, tmp_path):
    with pytest.raises(DatasetError, match="no drawings of cannon"):
        load(str(bucket_folder), ["star", "cannon"])
    with pytest.raises(DatasetError, match="full/simplified"):
        resolve_categories("all", str(tmp_path))


def test_truncated_file_is_refused(bucket_folder):
    file = bucket_folder / "full/numpy_bitmap/star.npy"
    file.write_bytes(file.read_bytes()[: 128 + 10 * 784])
    with pytest.raises(DatasetError, match=r"star.npy.*10 of 300"):
        load(str(bucket_folder), ["star"])


def test_bitmap_of_a_drawing_held_as_strokes_is_left_out(bucket_folder):
    file = bucket_folder / "full/numpy_bitmap/star.npy"
    lines = (bucket_folder / "full/simplified/star.ndjson").read_text().splitlines()
    twin = draw([parse_strokes(json.loads(lines[7])["drawing"])]).reshape(1, 784)
    noisy = np.clip(twin.astype(int) + np.random.default_rng(0).integers(-3, 4, twin.shape), 0, 255).astype(np.uint8)
    others = np.load(file)
    np.save(file, np.concatenate([others[:5], noisy, others[5:10]]))
    kept = load(str(bucket_folder), ["star"]).bitmaps.bitmaps
    assert np.array_equal(kept.reshape(-1, 784), others[:10])


def test_fingerprint_tells_drawings_apart_but_not_the_order_of_categories(bucket_folder):
    source = str(bucket_folder)
    fingerprint = load(source, ["star", "sword"]).fingerprint
    assert len(bytes.fromhex(fingerprint)) == 32
    assert load(source, ["sword", "star"]).fingerprint == fingerprint
    assert load(source, ["sword", "star"], samples=49).fingerprint != fingerprint


def test_split_of_a_drawing_never_changes():
    """If this must change, every drawing moves, and no model can be compared with those made before."""
    split = split_of([bytes([n]) * 784 for n in range(60)])
    assert np.flatnonzero(split == VALIDATION).tolist() == [33]
    assert np.flatnonzero(split == TEST).tolist() == [4, 30, 38, 46, 54]


def test_split_has_its_shares_and_ignores_company():
    contents = [n.to_bytes(4, "little") * 196 for n in range(20_000)]
    split = split_of(contents)
    assert np.bincount(split) / len(split) == pytest.approx([0.90, 0.04, 0.06], abs=0.005)
    assert np.array_equal(split_of(contents[::7]), split[::7])


def test_others_are_drawings_of_every_other_category(bucket_folder):
    others = load_others(str(bucket_folder), ["star"], samples=10)
    assert others is not None and len(others.labels) == 10
    assert load_others(str(bucket_folder), ["star", "cat"], samples=10) is None
    assert load_others("synthetic", ["star"], samples=10) is None


def test_synthetic_doodles_say_that_they_are(cache):
    drawings = load("synthetic", ["star", "sword"], 12, cache)
    assert drawings.counts(drawings.strokes) == {"star": 12, "sword": 12}
    assert (drawings.source, drawings.synthetic) == ("synthetic", True)
    with pytest.raises(DatasetError, match="no built-in doodles of cat"):
        load("synthetic", ["star", "cat"])


def test_without_a_network_synthetic_doodles_stand_in_loudly(nowhere, cache, capsys):
    assert load_or_synthetic(nowhere, ["star", "sword"], 12, cache).synthetic
    said = capsys.readouterr().err
    assert "SYNTHETIC" in said and "no connection to 127.0.0.1" in said
    with pytest.raises(NoNetworkError, match="no built-in doodles of cat"):
        load_or_synthetic(nowhere, ["star", "cat"], 12, cache)


def test_without_a_network_the_cache_is_as_good(bucket, cache):
    load_or_synthetic(bucket.url, ["star"], 12, cache)
    bucket.server_close()
    assert not load_or_synthetic(bucket.url, ["star"], 12, cache).synthetic


def test_nothing_stands_in_for_a_bucket_that_fails_or_a_folder(bucket, cache, tmp_path):
    bucket.statuses = [403]
    with pytest.raises(DatasetError, match="403"):
        load_or_synthetic(bucket.url, ["star"], 12, cache)
    with pytest.raises(DatasetError, match="no drawings"):
        load_or_synthetic(str(tmp_path), ["star"], 12, cache)


def test_real_drawings_stand_on_every_side_of_the_split(quickdraw: Path):
    drawings = load(str(quickdraw), TEN, samples=400)
    assert min(drawings.counts(drawings.strokes).values()) > 300
    for label, category in enumerate(drawings.categories):
        sides = drawings.strokes.split[drawings.strokes.labels == label]
        assert {TRAIN, VALIDATION, TEST} == set(sides.tolist()), category


def test_a_public_bitmap_is_recognised_as_its_strokes(quickdraw: Path):
    """Google's own bitmaps of drawings that we hold as strokes are duplicates of these, whatever their last bits."""
    lines = (quickdraw / "pairs.ndjson").read_text().splitlines()[:200]
    strokes = [parse_strokes(json.loads(line)["drawing"]) for line in lines]
    bitmaps = np.load(quickdraw / "pairs.npy")[:200].reshape(-1, 28, 28)
    assert len(data._without_duplicates(bitmaps, strokes)) <= 4
