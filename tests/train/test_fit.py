"""Training learns, repeats itself bit for bit, resumes where it stopped, and gives rare categories their share."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from train import fit, networks
from train.augment import STILL, Augmentation
from train.dataset import TRAIN, Drawings, load

RECIPE = fit.Recipe(epochs=3, batch_size=32)


@pytest.fixture(scope="module")
def doodles() -> Drawings:
    return load("synthetic", ("eye", "star", "sword"), samples=150)


def network(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return networks.mlp(3, hidden=(32, 16))


def test_training_learns(doodles, tmp_path):
    history = fit.fit(network(), doodles, replace(RECIPE, epochs=8), tmp_path / "run.pt")
    assert history[-1].validation_top1 > 0.8
    assert history[-1].train_loss < history[0].train_loss


def test_same_seed_gives_the_same_weights(doodles, tmp_path):
    first, second, other = network(), network(), network()
    fit.fit(first, doodles, RECIPE, tmp_path / "first.pt")
    fit.fit(second, doodles, RECIPE, tmp_path / "second.pt")
    fit.fit(other, doodles, replace(RECIPE, seed=1), tmp_path / "other.pt")
    assert same(first, second) and not same(first, other)


def test_interrupted_run_goes_on_as_if_it_had_not_been(doodles, tmp_path, monkeypatch):
    whole, interrupted, resumed = network(), network(), network(seed=5)
    fit.fit(whole, doodles, RECIPE, tmp_path / "whole.pt")

    def interrupt(rate: fit.Recipe, step: int, steps: int) -> float:
        if step == 2 * steps // 3 + 1:
            raise KeyboardInterrupt
        return learning_rate(rate, step, steps)

    learning_rate = fit.learning_rate
    monkeypatch.setattr(fit, "learning_rate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fit.fit(interrupted, doodles, RECIPE, tmp_path / "run.pt")
    monkeypatch.undo()
    history = fit.fit(resumed, doodles, RECIPE, tmp_path / "run.pt")
    assert len(history) == 3 and same(whole, resumed)


def test_run_of_another_recipe_is_not_continued(doodles, tmp_path, capsys):
    fit.fit(network(), doodles, RECIPE, tmp_path / "run.pt")
    fit.fit(network(), doodles, replace(RECIPE, weight_decay=0.1), tmp_path / "run.pt")
    assert "starting anew" in capsys.readouterr().out


def test_best_epoch_is_kept(doodles, tmp_path, monkeypatch):
    losses, seen = iter([0.5, 0.3, 0.4]), []

    def validate(average: nn.Module, *_: object) -> tuple[float, float]:
        seen.append({name: value.clone() for name, value in average.state_dict().items()})
        return next(losses), 0.0

    monkeypatch.setattr(fit, "_validate", validate)
    trained = network()
    fit.fit(trained, doodles, RECIPE, tmp_path / "run.pt")
    assert all(torch.equal(value, seen[1][name]) for name, value in trained.state_dict().items())


def test_too_few_drawings_are_refused(doodles, tmp_path):
    few = replace(doodles, bitmaps=doodles.bitmaps[:20], labels=doodles.labels[:20], split=doodles.split[:20])
    with pytest.raises(ValueError, match="too few"):
        fit.fit(network(), few, RECIPE, tmp_path / "run.pt")


def test_category_without_a_training_drawing_is_refused():
    with pytest.raises(ValueError, match="category number 1"):
        fit.category_shares(np.array([0, 0, 2]), 3, 0.5)


def test_epoch_gives_categories_their_shares_and_drawings_their_turn():
    labels = np.repeat([0, 1, 2], [900, 90, 10])
    order = fit.epoch_order(labels, np.array([0.5, 0.3, 0.2]), np.random.default_rng(0))
    assert np.bincount(labels[order]).tolist() == [500, 300, 200]
    times = np.bincount(order, minlength=1000)
    assert set(times[:900]) == {0, 1} and set(times[900:990]) == {3, 4} and set(times[990:]) == {20}


def test_balance_runs_from_equal_shares_to_the_drawings_own():
    labels = np.repeat([0, 1], [900, 100])
    assert fit.category_shares(labels, 2, 0).tolist() == [0.5, 0.5]
    assert fit.category_shares(labels, 2, 1).tolist() == [0.9, 0.1]
    assert fit.category_shares(labels, 2, 0.5).tolist() == pytest.approx([0.75, 0.25])


def test_figures_count_top_1_top_3_and_each_category():
    probabilities = np.array([[0.5, 0.2, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4]])
    measured = fit.figures(probabilities, np.array([0, 3, 0]), ("a", "b", "c", "d"))
    assert measured["top1"] == pytest.approx(2 / 3) and measured["top3"] == pytest.approx(2 / 3)
    assert measured["per_category"] == {"a": 0.5, "d": 1.0} and measured["drawings"] == 3


def test_augmentation_varies_every_drawing_and_keeps_it_a_drawing(doodles):
    bitmaps = torch.from_numpy(doodles.bitmaps[:100])[:, None].float() / 255
    varied = Augmentation()(bitmaps, torch.Generator().manual_seed(0))
    assert varied.shape == bitmaps.shape and varied.min() >= 0 and varied.max() <= 1
    assert ((varied - bitmaps).abs().mean((1, 2, 3)) > 0.005).all()
    assert (varied.sum((1, 2, 3)) > bitmaps.sum((1, 2, 3)) * 0.3).all()


def test_augmentation_of_nothing_changes_nothing(doodles):
    bitmaps = torch.from_numpy(doodles.bitmaps[:20])[:, None].float() / 255
    none = replace(STILL, flip=0.0)
    assert (none(bitmaps, torch.Generator().manual_seed(0)) - bitmaps).abs().max() < 1e-5


def test_refit_brings_a_small_drawing_off_the_middle_to_its_frame(doodles):
    bitmaps = torch.zeros(1, 1, 28, 28)
    bitmaps[0, 0, 3, 5:15] = bitmaps[0, 0, 3:9, 5] = 1
    fitted = replace(STILL, refit=True)(bitmaps, torch.Generator().manual_seed(0))[0, 0] > 0.3
    columns, rows = np.flatnonzero(fitted.any(0)), np.flatnonzero(fitted.any(1))
    assert 25 <= columns[-1] - columns[0] + 1 <= 28
    assert abs(rows[0] + rows[-1] - 27) <= 2


def test_flip_is_a_mirror_image(doodles):
    bitmaps = torch.from_numpy(doodles.bitmaps[:20])[:, None].float() / 255
    mirror = replace(STILL, flip=1.0)
    assert (mirror(bitmaps, torch.Generator().manual_seed(0)) - bitmaps.flip(3)).abs().max() < 1e-5


def test_teacher_is_learned_from(doodles, tmp_path):
    """Labels shuffled in training: all that the network can learn of the truth comes from its teacher."""
    rng = np.random.default_rng(0)
    shuffled = doodles.labels.copy()
    training = np.flatnonzero(doodles.split == TRAIN)
    shuffled[training] = rng.permutation(shuffled[training])
    truth = {bitmap.tobytes(): label for bitmap, label in zip(doodles.bitmaps, doodles.labels, strict=True)}

    def teacher(bitmaps: torch.Tensor) -> torch.Tensor:
        return torch.eye(3)[[int(truth[bitmap.tobytes()]) for bitmap in bitmaps.numpy()]]

    recipe = replace(RECIPE, epochs=6, augmentation=None)
    pupils = replace(doodles, labels=shuffled)
    taught = fit.teach(pupils, teacher, recipe, torch.device("cpu"))
    history = fit.fit(network(), pupils, recipe, tmp_path / "run.pt", taught)
    assert history[-1].validation_top1 > 0.6


def test_teachers_answer_is_the_mean_over_varied_views(doodles):
    """Of a teacher that answers by chance, the mean over many views is nearer to no preference than over one."""
    generator = torch.Generator().manual_seed(0)

    def teacher(bitmaps: torch.Tensor) -> torch.Tensor:
        return torch.eye(3)[torch.randint(3, (len(bitmaps),), generator=generator)]

    def preference(views: int) -> float:
        taught = fit.teach(doodles, teacher, replace(RECIPE, views=views, softness=1.0), torch.device("cpu"))
        assert taught.shape == ((doodles.split == TRAIN).sum(), 3)
        return (taught - 1 / 3).abs().mean().item()

    assert preference(9) < preference(1) / 2


def test_of_outliers_it_learns_to_be_unsure(doodles, tmp_path):
    known = doodles.labels != 2
    two = replace(
        doodles,
        bitmaps=doodles.bitmaps[known],
        labels=doodles.labels[known],
        split=doodles.split[known],
        categories=doodles.categories[:2],
    )
    outliers, strange = np.split(doodles.bitmaps[~known], [100])

    def sureness(name: str, outliers: np.ndarray | None) -> float:
        torch.manual_seed(0)
        trained = networks.mlp(2, hidden=(32, 16))
        fit.fit(trained, two, replace(RECIPE, epochs=6, outlier_share=0.5), tmp_path / name, outliers=outliers)
        return trained(torch.from_numpy(strange)[:, None].float() / 255).softmax(1).amax(1).mean().item()

    assert sureness("with", outliers) < sureness("without", None) - 0.05


def test_run_of_another_teacher_is_not_continued(doodles, tmp_path, capsys):
    even = torch.full(((doodles.split == TRAIN).sum(), 3), 1 / 3)
    fit.fit(network(), doodles, RECIPE, tmp_path / "run.pt", even)
    fit.fit(network(), doodles, RECIPE, tmp_path / "run.pt")
    assert "starting anew" in capsys.readouterr().out


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))
