"""Drawings load from a folder, keep their split for ever, and are never replaced by synthetic ones in silence."""

import json
from pathlib import Path

import numpy as np
import pytest

from doodle.raster import rasterize
from train.dataset import (
    BUCKET,
    OFFICIAL,
    TEN,
    TEST,
    TRAIN,
    VALIDATION,
    DatasetError,
    NoNetworkError,
    load,
    load_or_synthetic,
    load_stroke_bitmaps,
    load_strokes,
    resolve_categories,
    split_of,
)


def test_all_official_categories_are_known():
    assert len(OFFICIAL) == len(set(OFFICIAL)) == 345
    assert set(TEN) <= set(OFFICIAL)


def test_categories_are_named_in_several_ways(bucket_folder):
    source = str(bucket_folder)
    assert resolve_categories("ten", source) == TEN
    assert resolve_categories("all", source) == ("alarm clock", "star", "sword")
    assert resolve_categories("star, alarm clock,star", source) == ("star", "alarm clock")
    assert resolve_categories(["sword"], source) == ("sword",)
    assert resolve_categories("all", BUCKET) == OFFICIAL
    assert resolve_categories("all", "synthetic") == TEN


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [("swrod", "sword"), ("the mona lisa", "The Mona Lisa"), ("alarmclock", "alarm clock"), ("Cat", "cat")],
)
def test_an_unknown_category_is_refused_with_the_nearest(bucket_folder, typed, nearest):
    with pytest.raises(DatasetError, match=f'"{typed}".*{nearest}'):
        resolve_categories(f"star,{typed}", str(bucket_folder))
    with pytest.raises(DatasetError, match=nearest):
        load(str(bucket_folder), [typed])


def test_no_path_gets_past_the_names(bucket_folder):
    with pytest.raises(DatasetError, match="no category"):
        load(str(bucket_folder), ["../numpy_bitmap/star"])


def test_no_category_at_all_is_refused(bucket_folder):
    with pytest.raises(DatasetError, match="no category"):
        resolve_categories(" , ", str(bucket_folder))


def test_a_folder_gives_bitmaps_labels_and_counts(bucket_folder):
    drawings = load(str(bucket_folder), ["star", "sword"], samples=100)
    assert drawings.bitmaps.shape == (109, 28, 28)
    assert drawings.bitmaps.dtype == np.uint8 and drawings.bitmaps.flags.c_contiguous
    assert drawings.counts == {"star": 100, "sword": 9}
    for label, category in enumerate(drawings.categories):
        whole = np.load(bucket_folder / f"full/numpy_bitmap/{category}.npy").reshape(-1, 28, 28)
        assert np.array_equal(drawings.bitmaps[drawings.labels == label], whole[:100])
    assert (drawings.source, drawings.synthetic) == ("bucket", False)


def test_a_category_that_a_folder_lacks_is_named_with_what_it_has(bucket_folder):
    with pytest.raises(DatasetError, match="no bitmaps of cannon; it has alarm clock, star, sword"):
        load(str(bucket_folder), ["star", "cannon"])


def test_a_folder_without_drawings_says_what_it_must_hold(tmp_path):
    for categories in ("all", "star"):
        with pytest.raises(DatasetError, match="full/numpy_bitmap"):
            load(str(tmp_path), resolve_categories(categories, str(tmp_path)))


def test_a_file_that_is_cut_short_is_refused(bucket_folder):
    file = bucket_folder / "full/numpy_bitmap/star.npy"
    file.write_bytes(file.read_bytes()[: 128 + 10 * 784])
    with pytest.raises(DatasetError, match=r"star.npy.*10 of 300"):
        load(str(bucket_folder), ["star"])


def test_mapped_bitmaps_are_the_same_and_are_gathered_once(bucket_folder, cache):
    loaded = load(str(bucket_folder), ["star", "sword"], 50, cache)
    mapped = [load(str(bucket_folder), ["star", "sword"], 50, cache, memmap=True) for _ in range(2)]
    for drawings in mapped:
        assert isinstance(drawings.bitmaps, np.memmap)
        assert np.array_equal(drawings.bitmaps, loaded.bitmaps) and np.array_equal(drawings.split, loaded.split)
        assert drawings.fingerprint == loaded.fingerprint
    assert len(list(cache.glob("gathered-*"))) == 1
    more = load(str(bucket_folder), ["star", "sword"], 60, cache, memmap=True)
    assert more.counts == {"star": 60, "sword": 9}


def test_the_fingerprint_tells_drawings_apart_but_not_the_order_of_categories(bucket_folder):
    source = str(bucket_folder)
    fingerprint = load(source, ["star", "sword"]).fingerprint
    assert len(bytes.fromhex(fingerprint)) == 32
    assert load(source, ["sword", "star"]).fingerprint == fingerprint
    assert load(source, ["sword", "star"], samples=299).fingerprint != fingerprint
    file = bucket_folder / "full/numpy_bitmap/star.npy"
    bitmaps = np.load(file)
    bitmaps[123, 456] ^= 1
    np.save(file, bitmaps)
    assert load(source, ["star", "sword"]).fingerprint != fingerprint


def test_the_split_of_a_drawing_never_changes():
    """If this must change, every drawing moves, and no model can be compared with those made before."""
    ramps = (np.arange(12)[:, None, None] * np.arange(28)[:, None] + np.arange(28)).astype(np.uint8)
    assert split_of(ramps).tolist() == [0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0]


def test_a_drawing_keeps_its_split_in_any_company():
    bitmaps = np.random.default_rng(0).integers(0, 256, (1000, 28, 28), np.uint8)
    split = split_of(bitmaps)
    order = np.random.default_rng(1).permutation(1000)
    assert np.array_equal(split_of(bitmaps[order]), split[order])
    assert np.array_equal(split_of(bitmaps[:10]), split[:10])
    assert np.array_equal(split_of(bitmaps[::7]), split[::7])


@pytest.mark.parametrize("pixel", [(0, 0), (13, 14), (27, 27)])
def test_the_split_is_eight_to_one_to_one_even_of_drawings_that_hardly_differ(pixel):
    bitmaps = np.zeros((256 * 256, 28, 28), np.uint8)
    bitmaps[:, 5, 5] = np.arange(256 * 256) % 256
    bitmaps[:, *pixel] = np.arange(256 * 256) // 256
    shares = np.bincount(split_of(bitmaps), minlength=3) / len(bitmaps)
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.01)


def test_strokes_come_as_they_stand_and_as_bitmaps(bucket_folder):
    lines = (bucket_folder / "full/simplified/star.ndjson").read_text().splitlines()
    strokes = load_strokes(str(bucket_folder), "star", samples=3)
    assert strokes == [json.loads(line)["drawing"] for line in lines[:3]]
    bitmaps = load_stroke_bitmaps(str(bucket_folder), "star", samples=3)
    assert np.array_equal(bitmaps, np.stack([rasterize(drawing) for drawing in strokes]))


def test_strokes_that_are_absent_or_broken_are_named(bucket_folder):
    with pytest.raises(DatasetError, match="no strokes of sword"):
        load_strokes(str(bucket_folder), "sword")
    file = bucket_folder / "full/simplified/star.ndjson"
    file.write_text(file.read_text() + '{"word": "star"}\n')
    with pytest.raises(DatasetError, match=r"star.ndjson, line 51"):
        load_strokes(str(bucket_folder), "star")


def test_synthetic_doodles_say_that_they_are(cache):
    drawings = load("synthetic", ["star", "sword"], 12, cache)
    assert drawings.counts == {"star": 12, "sword": 12}
    assert (drawings.source, drawings.synthetic) == ("synthetic", True)
    with pytest.raises(DatasetError, match="no built-in doodles of cat"):
        load("synthetic", ["star", "cat"])


def test_without_a_network_synthetic_doodles_stand_in_loudly(nowhere, cache, capsys):
    drawings = load_or_synthetic(nowhere, ["star", "sword"], 12, cache)
    assert drawings.synthetic and drawings.counts == {"star": 12, "sword": 12}
    said = capsys.readouterr().err
    assert "SYNTHETIC" in said and "no connection to 127.0.0.1" in said


def test_without_a_network_there_is_no_stand_in_for_other_categories(nowhere, cache):
    with pytest.raises(NoNetworkError, match="no built-in doodles of cat"):
        load_or_synthetic(nowhere, ["star", "cat"], 12, cache)


def test_without_a_network_the_cache_is_as_good(bucket, cache):
    load_or_synthetic(bucket.url, ["star"], 12, cache)
    bucket.server_close()
    assert not load_or_synthetic(bucket.url, ["star"], 12, cache).synthetic


def test_nothing_stands_in_for_a_bucket_that_fails_or_a_half_filled_cache(bucket, cache):
    bucket.statuses = [403]
    with pytest.raises(DatasetError, match="403"):
        load_or_synthetic(bucket.url, ["star"], 12, cache)
    load_or_synthetic(bucket.url, ["star"], 12, cache)
    bucket.server_close()
    with pytest.raises(DatasetError, match="lacks sword"):
        load_or_synthetic(bucket.url, ["star", "sword"], 12, cache)


def test_nothing_stands_in_for_a_folder(tmp_path):
    with pytest.raises(DatasetError, match="no drawings"):
        load_or_synthetic(str(tmp_path), ["star"], 12)


def test_real_drawings_load_and_split(quickdraw: Path):
    drawings = load(str(quickdraw), resolve_categories("ten", str(quickdraw)))
    assert min(drawings.counts.values()) > 0 and len(drawings.bitmaps) == sum(drawings.counts.values())
    assert 0.02 < drawings.bitmaps.mean() / 255 < 0.5  # ink on an empty ground, not the other way round
    for label, category in enumerate(drawings.categories):
        split = drawings.split[drawings.labels == label]
        assert {TRAIN, VALIDATION, TEST} == set(split.tolist()), category
