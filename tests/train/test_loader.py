"""Batches: no category can be told by its door, the same seed gives the same batches, and all are drawn as served."""

from collections import Counter

import numpy as np
import pytest
import torch

from doodle.raster import draw_maps
from train.augment import StrokeAugmentation
from train.data import TRAIN, Drawings, load
from train.loader import MOTION, RESAMPLED, SHARP, Batches, Mix, category_shares, draw_rows, load_batches, plan_epoch

CPU = torch.device("cpu")


@pytest.fixture
def drawings(bucket_folder) -> Drawings:
    """star through both doors, sword as bitmaps alone, cat as strokes alone."""
    return load(str(bucket_folder), ["star", "sword", "cat"])


def batches(drawings: Drawings, seed: int = 0, augmentation: StrokeAugmentation | None = None, mix: Mix | None = None):
    return Batches(drawings, None, mix or Mix(), augmentation, 6, 32, seed)


def test_every_category_with_strokes_has_the_same_share_of_each_kind(drawings):
    plan = plan_epoch(drawings, 0, Mix(motion=0.5, sharp=0.2), np.random.default_rng(0))
    for label in (0, 2):  # star, which has bitmaps too, and cat, which has none
        kinds = np.bincount(plan.kinds[plan.labels == label], minlength=3)
        assert kinds / kinds.sum() == pytest.approx([0.5, 0.2, 0.3], abs=0.02)
    assert set(plan.kinds[plan.labels == 1]) == {RESAMPLED}


def test_bitmaps_are_never_seen_sharp(drawings):
    plan = plan_epoch(drawings, 0, Mix(), np.random.default_rng(0))
    assert (plan.kinds[plan.rows >= len(drawings.strokes.labels)] == RESAMPLED).all()


def test_categories_have_their_shares_and_drawings_their_turn(drawings):
    plan = plan_epoch(drawings, 0, Mix(motion=1, sharp=0), np.random.default_rng(0))
    counts = np.bincount(plan.labels)
    assert counts.max() - counts.min() <= 1
    of_cat = Counter(plan.rows[plan.labels == 2].tolist())
    assert len(of_cat) == (drawings.strokes.split[drawings.strokes.labels == 2] == TRAIN).sum()
    assert max(of_cat.values()) - min(of_cat.values()) <= 1


def test_only_training_drawings_are_seen(drawings):
    split = np.concatenate([drawings.strokes.split, drawings.bitmaps.split])
    plan = plan_epoch(drawings, 0, Mix(), np.random.default_rng(0))
    assert (split[plan.rows] == TRAIN).all()


def test_balance_runs_from_equal_shares_to_the_drawings_own():
    counts = np.array([900, 100])
    assert category_shares(counts, 0).tolist() == [0.5, 0.5]
    assert category_shares(counts, 1).tolist() == [0.9, 0.1]
    with pytest.raises(ValueError, match="category number 1"):
        category_shares(np.array([3, 0]), 0.5)


def test_views_without_motion_have_ink_alone(drawings):
    maps, kinds, _ = batches(drawings, augmentation=StrokeAugmentation())[0]
    assert maps.shape == (32, 6, 28, 28) and maps.dtype == torch.uint8
    moving = maps[:, 1:].flatten(1).any(1)
    assert torch.equal(moving, kinds == MOTION) and maps[:, 0].flatten(1).any(1).all()
    assert {MOTION, RESAMPLED} <= set(kinds.tolist()) <= {MOTION, SHARP, RESAMPLED}


def test_unvaried_views_are_what_is_served(drawings):
    maps, _, labels = batches(drawings, mix=Mix(motion=1, sharp=0))[0]
    of_cat = np.flatnonzero(drawings.strokes.labels == 2)
    served = {drawn.tobytes() for drawn in draw_rows(drawings.strokes, of_cat, motion=True)}
    assert all(drawn.numpy().tobytes() in served for drawn in maps[labels == 2])


def test_the_same_seed_gives_the_same_batches_whoever_draws_them(drawings):
    one, two = (batches(drawings, augmentation=StrokeAugmentation()) for _ in range(2))
    other = batches(drawings, seed=1, augmentation=StrokeAugmentation())
    far = one.steps + 1  # of the second epoch
    (maps, _, labels), *_ = load_batches(one, range(far, far + 1), 1, CPU)
    assert torch.equal(maps, two[far][0]) and torch.equal(labels, two[far][2])
    assert not torch.equal(maps, other[far][0])


def test_varied_strokes_stay_drawings(drawings):
    rows = np.arange(50)
    strokes = drawings.strokes.take(rows)
    varied = StrokeAugmentation()(strokes, np.random.default_rng(0))
    assert len(varied.counts) == 50 and (varied.counts >= 1).all() and varied.counts.sum() == len(varied.lengths)
    assert varied.points.shape[1] == varied.lengths.sum() and np.isfinite(varied.points).all()
    difference = np.abs(draw_maps(varied)[:, 0].astype(int) - draw_maps(strokes)[:, 0]).mean((1, 2))
    assert (difference > 0.5).mean() > 0.9 and difference.mean() < 80


def test_a_drawing_that_nothing_varies_is_itself(drawings):
    strokes = drawings.strokes.take(np.arange(50))
    still = StrokeAugmentation(**dict.fromkeys(StrokeAugmentation.__dataclass_fields__, 0.0))
    assert np.abs(draw_maps(still(strokes, np.random.default_rng(0))).astype(int) - draw_maps(strokes)).max() <= 1


def test_mirrored_strokes_move_the_other_way(drawings):
    strokes = drawings.strokes.take(np.arange(20))
    still = dict.fromkeys(StrokeAugmentation.__dataclass_fields__, 0.0)
    mirrored = draw_maps(StrokeAugmentation(**still | {"flip": 1.0})(strokes, np.random.default_rng(0)))
    maps = draw_maps(strokes)[:, :, :, ::-1].astype(int)
    assert np.abs(mirrored[:, 0] - maps[:, 0]).max() <= 1
    assert np.abs(mirrored[:, 1] - maps[:, 2]).max() <= 1 and np.abs(mirrored[:, 2] - maps[:, 1]).max() <= 1
