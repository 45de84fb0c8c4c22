"""Downloads bring what was asked for and no more, survive what networks do, and say what they can't mend."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from train.bucket import DatasetError, NoNetworkError, bitmap_file, read_bitmaps, stroke_file
from train.data import read_strokes
from train.download import TRIES, fetch

HEADER = 128  # bytes of the .npy header in these files


def test_only_the_first_drawings_are_asked_for(bucket, cache):
    drawings = _load(bucket, ["star"], 20, cache)
    assert np.array_equal(drawings, _bitmaps(bucket, "star")[:20])
    assert bucket.requests == [("full/numpy_bitmap/star.npy", f"bytes=0-{HEADER + 20 * 784 - 1}")]


def test_fewer_drawings_than_asked_for_are_all_drawings(bucket, cache):
    assert len(_load(bucket, ["sword", "alarm clock"], 150, cache)) == 9 + 150


def test_old_headers_are_shorter(bucket, cache):
    bitmaps = _bitmaps(bucket, "star").reshape(-1, 784)
    fields = b"{'descr': '|u1', 'fortran_order': False, 'shape': (300, 784), }"
    _path(bucket, "star").write_bytes(b"\x93NUMPY\x01\x00\x46\x00" + fields.ljust(69) + b"\n" + bitmaps.tobytes())
    for samples in (20, 299, 300, 1000):
        drawings = _load(bucket, ["star"], samples, cache)
        assert np.array_equal(drawings.reshape(-1, 784), bitmaps[:samples])


def test_what_is_cached_needs_no_server(bucket, cache):
    _fetch(bucket, ["star", "sword"], 20, cache)
    bucket.requests.clear()
    bucket.statuses = [500] * 99
    assert len(_load(bucket, ["star", "sword"], 15, cache)) == 15 + 9
    assert bucket.requests == []


def test_more_drawings_later_fetch_only_the_rest(bucket, cache):
    _fetch(bucket, ["star"], 20, cache)
    drawings = _load(bucket, ["star"], 50, cache)
    assert np.array_equal(drawings, _bitmaps(bucket, "star")[:50])
    assert bucket.requests[1:] == [("full/numpy_bitmap/star.npy", f"bytes={HEADER + 20 * 784}-{HEADER + 50 * 784 - 1}")]


def test_a_broken_download_goes_on_where_it_broke(bucket, cache):
    bucket.cuts = [5_000, 7_000]
    drawings = _load(bucket, ["star"], 20, cache)
    assert np.array_equal(drawings, _bitmaps(bucket, "star")[:20])
    assert [span.split("-")[0] for _, span in bucket.requests] == ["bytes=0", "bytes=5000", "bytes=12000"]


def test_a_later_run_goes_on_where_the_last_gave_up(bucket, cache):
    bucket.cuts = [5_000] + [0] * TRIES
    with pytest.raises(DatasetError, match="run again") as caught:
        _fetch(bucket, ["star"], 20, cache)
    assert not isinstance(caught.value, NoNetworkError)
    bucket.requests.clear()
    bucket.cuts = []
    assert np.array_equal(_load(bucket, ["star"], 20, cache), _bitmaps(bucket, "star")[:20])
    assert [span.split("-")[0] for _, span in bucket.requests] == ["bytes=5000"]


def test_a_file_is_in_its_place_only_when_it_is_complete(bucket, cache):
    bucket.cuts = [5_000] + [0] * TRIES
    with pytest.raises(DatasetError):
        _fetch(bucket, ["star"], 20, cache)
    assert [file.name for file in cache.rglob("star*")] == ["star.npy.part"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(bucket, cache, status):
    bucket.statuses = [status] * (TRIES - 1)
    assert len(_load(bucket, ["star"], 20, cache)) == 20


@pytest.mark.parametrize(("status", "tries"), [(403, 1), (500, TRIES)])
def test_a_server_that_refuses_is_an_error_and_never_a_missing_network(bucket, cache, status, tries):
    bucket.statuses = [status] * TRIES
    with pytest.raises(DatasetError, match=f"star.npy: the server answers {status}") as caught:
        _fetch(bucket, ["star"], 20, cache)
    assert not isinstance(caught.value, NoNetworkError)
    assert len(bucket.requests) == tries


def test_one_failure_among_many_categories_is_an_error(bucket, cache):
    bucket.statuses = [403]
    with pytest.raises(DatasetError, match=r"npy.*403"):
        _fetch(bucket, ["star", "alarm clock", "sword"], 20, cache)


def test_what_the_source_lacks_is_not_missed_nor_asked_for_again(bucket, cache):
    folder = fetch(bucket.url, ["sword", "cat"], 5, cache)  # sword has no strokes, cat no bitmaps
    assert len(read_bitmaps(folder, "sword", 5)) == 5 and not read_strokes(folder, "sword", 5)
    assert len(read_strokes(folder, "cat", 5)) == 5 and not len(read_bitmaps(folder, "cat", 5))
    bucket.requests.clear()
    fetch(bucket.url, ["sword", "cat"], 5, cache)
    assert bucket.requests == []


def test_no_connection_is_said_as_such(nowhere, cache):
    with pytest.raises(NoNetworkError, match=r"no connection to 127.0.0.1"):
        fetch(nowhere, ["star"], 20, cache)


def test_a_server_that_is_not_trusted_is_not_a_missing_network(bucket, cache):
    with pytest.raises(DatasetError, match="SSL") as caught:
        fetch(bucket.url.replace("http:", "https:"), ["star"], 20, cache)
    assert not isinstance(caught.value, NoNetworkError)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1080", "pip install socksio"),
        ("SSL_CERT_FILE", "/nonexistent", "SSL_CERT_FILE"),
        ("ALL_PROXY", "ftp://127.0.0.1:1", "proxy"),
    ],
)
def test_an_environment_that_cannot_work_is_named(bucket, cache, monkeypatch, variable, value, said):
    monkeypatch.setenv(variable, value)
    with pytest.raises(DatasetError, match=said):
        fetch(bucket.url, ["star"], 20, cache)


def test_no_connection_and_half_a_cache_is_an_error(bucket, cache):
    _fetch(bucket, ["star"], 20, cache)
    bucket.server_close()
    with pytest.raises(DatasetError, match=r"lacks full.numpy_bitmap.sword") as caught:
        _fetch(bucket, ["star", "sword"], 20, cache)
    assert not isinstance(caught.value, NoNetworkError)


def test_a_server_that_ignores_ranges_is_read_no_further_than_needed(bucket, cache):
    bucket.knows_ranges = False
    bucket.cuts = [5_000]
    assert np.array_equal(_load(bucket, ["star"], 20, cache), _bitmaps(bucket, "star")[:20])
    assert np.array_equal(_load(bucket, ["star"], 50, cache), _bitmaps(bucket, "star")[:50])
    assert np.array_equal(_load(bucket, ["star"], 999, cache), _bitmaps(bucket, "star"))


def test_a_truncated_cache_is_completed(bucket, cache):
    cached = _fetch(bucket, ["star"], 20, cache) / "full/numpy_bitmap/star.npy"
    cached.write_bytes(cached.read_bytes()[:9_000])
    assert np.array_equal(_load(bucket, ["star"], 20, cache), _bitmaps(bucket, "star")[:20])


def test_a_corrupt_cache_is_said_and_fetched_again(bucket, cache, capsys):
    cached = _fetch(bucket, ["star"], 20, cache) / "full/numpy_bitmap/star.npy"
    cached.write_bytes(b"\0" * len(cached.read_bytes()))
    assert np.array_equal(_load(bucket, ["star"], 20, cache), _bitmaps(bucket, "star")[:20])
    assert "star.npy is not" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda file: file.write_text("<html>Welcome to our network</html>" * 9), "is not a whole .npy file"),
        (lambda file: np.save(file, np.zeros((300, 28, 28), np.uint8)), "uint8"),
        (lambda file: np.save(file, np.zeros((300, 784), np.float32)), "float32"),
        (lambda file: np.save(file, np.asfortranarray(np.zeros((300, 784), np.uint8))), "row by row"),
        (lambda file: file.write_bytes(file.read_bytes()[:-1]), "promises"),
    ],
)
def test_a_file_that_holds_no_bitmaps_is_refused(bucket, cache, spoil: Callable[[Path], object], complaint):
    spoil(_path(bucket, "star"))
    with pytest.raises(DatasetError, match=f"star.npy.*{complaint}"):
        _fetch(bucket, ["star"], 20, cache)
    assert list(cache.rglob("star*")) == []


def test_a_source_that_changed_is_not_mixed_with_what_was_cached(bucket, cache):
    _fetch(bucket, ["star"], 20, cache)
    np.save(_path(bucket, "star"), np.zeros((400, 784), np.uint8))
    with pytest.raises(DatasetError, match="has changed"):
        _fetch(bucket, ["star"], 50, cache)


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_strokes_are_fetched_line_by_line_and_no_further(bucket, cache, monkeypatch, knows_ranges):
    monkeypatch.setattr("train.download.USUAL_LINE", 60)  # too short: it takes several requests
    bucket.knows_ranges = knows_ranges
    whole = (bucket.folder / stroke_file("star")).read_bytes()
    cached = fetch(bucket.url, ["star"], 10, cache, (stroke_file,)) / stroke_file("star")
    assert len(read_strokes(cached.parents[2], "star", 10)) == 10
    assert whole.startswith(cached.read_bytes()) and cached.stat().st_size < len(whole) / 2
    fetch(bucket.url, ["star"], 1_000, cache, (stroke_file,))
    assert cached.read_bytes() == whole


def _fetch(bucket, categories: list[str], samples: int, cache: Path) -> Path:
    return fetch(bucket.url, categories, samples, cache, (bitmap_file,))


def _load(bucket, categories: list[str], samples: int, cache: Path) -> np.ndarray:
    folder = _fetch(bucket, categories, samples, cache)
    return np.concatenate([read_bitmaps(folder, category, samples) for category in categories])


def _path(bucket, category: str) -> Path:
    return bucket.folder / f"full/numpy_bitmap/{category}.npy"


def _bitmaps(bucket, category: str) -> np.ndarray:
    return np.load(_path(bucket, category)).reshape(-1, 28, 28)
