"""Training learns, repeats itself bit for bit, goes on where it stopped, and listens to a teacher."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from train import loop, networks
from train.augment import BitmapAugmentation
from train.data import TRAIN, Drawings, load, load_others
from train.loader import Mix, draw_rows
from train.loop import Setting, fit
from train.recipes import Recipe

CPU = torch.device("cpu")
RECIPE = Recipe(
    epochs=3, batch_size=32, qat_epochs=0, mix=Mix(motion=0, sharp=0.5), ema_decay=0.98, strokes=None, bfloat16=False
)


@pytest.fixture(scope="module")
def doodles() -> Drawings:
    return load("synthetic", ("eye", "star", "sword"), samples=120)


def setting(drawings: Drawings, **more: Any) -> Setting:
    return Setting(drawings, maps=1, device=CPU, workers=0, **more)


def network(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return networks.mlp(3)


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def test_training_learns(doodles, tmp_path):
    history = fit(network(), replace(RECIPE, epochs=6), setting(doodles), tmp_path / "run.pt", "")
    assert history[-1].validation_top1 > 0.8 and history[-1].train_loss < history[0].train_loss


def test_same_seed_gives_the_same_weights(doodles, tmp_path):
    first, second, other = network(), network(), network()
    fit(first, RECIPE, setting(doodles), tmp_path / "first.pt", "")
    fit(second, RECIPE, setting(doodles), tmp_path / "second.pt", "")
    fit(other, replace(RECIPE, seed=1), setting(doodles), tmp_path / "other.pt", "")
    assert same(first, second) and not same(first, other)


def test_interrupted_run_goes_on_as_if_it_had_not_been(doodles, tmp_path, monkeypatch):
    whole, interrupted, resumed = network(), network(), network(seed=5)
    fit(whole, RECIPE, setting(doodles), tmp_path / "whole.pt", "")

    def interrupt(recipe: Recipe, step: int, steps: int) -> float:
        if step == 2 * steps // 3 + 1:
            raise KeyboardInterrupt
        return learning_rate(recipe, step, steps)

    learning_rate = loop.learning_rate
    monkeypatch.setattr(loop, "learning_rate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fit(interrupted, RECIPE, setting(doodles), tmp_path / "run.pt", "")
    monkeypatch.undo()
    history = fit(resumed, RECIPE, setting(doodles), tmp_path / "run.pt", "")
    assert len(history) == 3 and same(whole, resumed)


def test_run_of_another_recipe_or_teacher_is_not_continued(doodles, tmp_path, capsys):
    fit(network(), RECIPE, setting(doodles), tmp_path / "run.pt", "no teacher")
    fit(network(), replace(RECIPE, weight_decay=0.1), setting(doodles), tmp_path / "run.pt", "no teacher")
    fit(network(), replace(RECIPE, weight_decay=0.1), setting(doodles), tmp_path / "run.pt", "a teacher")
    assert "going on" not in capsys.readouterr().out


def test_a_teacher_is_learned_from(doodles, tmp_path):
    """Labels shuffled in training: all that the network can learn of the truth comes from its teacher."""
    expert = network()
    fit(expert, replace(RECIPE, epochs=6), setting(doodles), tmp_path / "expert.pt", "")
    labels = doodles.strokes.labels.copy()
    training = np.flatnonzero(doodles.strokes.split == TRAIN)
    labels[training] = np.random.default_rng(0).permutation(labels[training])
    shuffled = replace(doodles, strokes=replace(doodles.strokes, labels=labels))
    recipe = replace(RECIPE, epochs=6, distill_weight=0.95)
    history = fit(network(1), recipe, setting(shuffled, teacher=expert), tmp_path / "pupil.pt", "")
    assert history[-1].validation_top1 > 0.75


def test_drawings_of_other_categories_get_small_logits(bucket_folder, tmp_path):
    drawings = load(str(bucket_folder), ["star", "alarm clock"])
    others = load_others(str(bucket_folder), drawings.categories, samples=12)
    torch.manual_seed(0)
    trained = networks.mlp(2)
    recipe = replace(RECIPE, epochs=10, other_samples=12, mix=Mix(motion=0, sharp=0.5, others=0.5))
    fit(trained, recipe, setting(drawings, others=others), tmp_path / "run.pt", "")
    theirs = torch.from_numpy(draw_rows(others, np.arange(12), motion=False)).float() / 255
    own = torch.from_numpy(drawings.bitmaps.bitmaps[:50, None]).float() / 255
    assert trained(theirs).amax(1).mean() < trained(own).amax(1).mean() - 1


def test_cutmix_mixes_targets_by_area():
    generator = torch.Generator().manual_seed(0)
    x = torch.eye(8)[:, :, None, None].expand(8, 8, 28, 28)[:, :6]  # drawing n has map n full
    targets = torch.eye(8)
    mixed, weights = loop.cutmix(x, targets, 1.0, generator)
    shares = mixed.mean((2, 3))
    assert torch.allclose(shares, weights[:, :6], atol=1e-6) and not torch.equal(mixed, x)
    assert torch.equal(loop.cutmix(x, targets, 0.0, generator)[0], x)


def test_learning_rate_rises_and_falls():
    rates = [loop.learning_rate(RECIPE, step, 100) for step in range(100)]
    assert max(rates) == rates[10] == RECIPE.learning_rate and rates[0] < rates[9] and rates[-1] < rates[10] / 100


def test_bitmap_augmentation_keeps_drawings_in_their_frame(doodles):
    bitmaps = torch.from_numpy(draw_rows(doodles.strokes, np.arange(100), motion=False)).float() / 255
    varied = BitmapAugmentation()(bitmaps, torch.Generator().manual_seed(0))
    assert varied.shape == bitmaps.shape and varied.min() >= 0 and varied.max() <= 1
    assert ((varied - bitmaps).abs().mean((1, 2, 3)) > 0.005).all()
    columns = (varied[:, 0] > 0.3).any(1).sum(1).maximum((varied[:, 0] > 0.3).any(2).sum(1))
    assert columns.float().median() >= 25


def test_bitmap_mirror_image(doodles):
    bitmaps = torch.from_numpy(draw_rows(doodles.strokes, np.arange(20), motion=False)).float() / 255
    still = dict.fromkeys(BitmapAugmentation.__dataclass_fields__, 0.0)
    generator = torch.Generator().manual_seed(0)
    plain, mirrored = (BitmapAugmentation(**still | {"flip": flip})(bitmaps, generator) for flip in (0.0, 1.0))
    assert (plain.flip(3) - mirrored).abs().mean() < 0.03
