import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from doodle.recognizer import Classifier, ModelError, choose_default, load_models

UPPER = np.zeros((28, 28), np.uint8)
UPPER[:4] = 255


def test_it_tells_what_its_file_says(make_model):
    model = Classifier(make_model("halves"))
    description = model.description()
    assert description["name"] == "halves"
    assert description["labels"] == ["top", "bottom", "nothing"]
    assert description["parameters"] == 2352
    assert description["data"]["synthetic"] is True
    assert description["threshold"] == 0.5
    json.dumps(description)


def test_probabilities_are_float32_and_do_not_depend_on_the_batch(make_model):
    model = Classifier(make_model())
    bitmaps = np.random.default_rng(0).integers(0, 256, (70, 28, 28), np.uint8)
    together = model.probabilities(bitmaps)
    assert together.shape == (70, 3)
    assert together.dtype == np.float32
    for bitmap, row in zip(bitmaps, together, strict=True):
        np.testing.assert_allclose(model.probabilities(bitmap[None])[0], row, atol=1e-6)


def test_the_answer_ranks_the_labels(make_model):
    model = Classifier(make_model())
    answer = model.answer(model.probabilities(UPPER[None])[0], top=2)
    assert answer["label"] == "top"
    assert answer["known"] is True
    assert answer["model"] == "mlp"
    assert [entry["label"] for entry in answer["top"]] == ["top", "bottom"]
    assert answer["probability"] == answer["top"][0]["probability"] > 0.9


def test_equal_probabilities_keep_the_order_of_the_labels(make_model):
    model = Classifier(make_model())
    answer = model.answer(np.array([0.2, 0.4, 0.4], np.float32), top=0)
    assert [entry["label"] for entry in answer["top"]] == ["bottom", "nothing", "top"]


def test_an_unsure_answer_is_not_known(make_model):
    model = Classifier(make_model(metadata={"threshold": "0.5"}))
    assert model.answer(np.array([0.49, 0.3, 0.21], np.float32))["known"] is False
    assert model.answer(np.array([0.5, 0.3, 0.2], np.float32))["known"] is True


@pytest.mark.parametrize(
    "field", ["labels", "architecture", "parameters", "input", "data", "figures", "threshold", "version"]
)
def test_a_model_without_a_field_is_refused_by_file_and_field(make_model, field):
    path = make_model(metadata={field: None})
    with pytest.raises(ModelError) as caught:
        Classifier(path)
    assert str(path) in str(caught.value)
    assert repr(field) in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("labels", "top, bottom"),
        ("labels", '["top", "top", "bottom"]'),
        ("labels", '["top", "bottom", 3]'),
        ("labels", "[" * 100_000),
        ("parameters", "many"),
        ("parameters", "-1"),
        ("data", "{}"),
        ("data", "[]"),
        ("figures", '{"top1": 97.5, "top3": 0.99, "drawings": 5, "per_category": {}}'),
        ("figures", '{"top1": 0.9, "top3": 0.99, "drawings": 5, "per_category": {"cat": 0.9}}'),
        ("threshold", "NaN"),
        ("threshold", "often"),
        ("version", ""),
    ],
)
def test_a_field_that_makes_no_sense_is_refused_by_file_and_field(make_model, field, value):
    path = make_model(metadata={field: value})
    with pytest.raises(ModelError) as caught:
        Classifier(path)
    assert str(path) in str(caught.value)
    assert repr(field) in str(caught.value)
    assert len(str(caught.value)) < 500


def test_labels_that_disagree_with_the_output_are_refused(make_model):
    path = make_model(labels=["one", "two"], weights=np.zeros((784, 3), np.float32))
    with pytest.raises(ModelError, match=r"'probabilities'.*its 2 labels"):
        Classifier(path)


def test_an_output_that_is_no_probability_is_refused(make_model):
    with pytest.raises(ModelError, match="sum to 1"):
        Classifier(make_model(weights=np.full((784, 3), np.nan, np.float32)))


def test_a_missing_a_foreign_and_a_cut_file_are_refused(tmp_path, make_model):
    foreign = tmp_path / "foreign.onnx"
    foreign.write_text("this is a letter")
    empty = tmp_path / "empty.onnx"
    empty.touch()
    cut = make_model("cut")
    cut.write_bytes(cut.read_bytes()[:2000])
    for path in (tmp_path / "missing.onnx", foreign, empty, cut):
        with pytest.raises(ModelError, match=path.name):
            Classifier(path)


def test_a_folder_gives_its_models_by_name(models_folder):
    models = load_models(models_folder)
    assert list(models) == ["mlp", "other"]
    assert models["other"].labels == ["one", "two"]


def test_a_folder_without_models_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="make train export"):
        load_models(tmp_path)
    with pytest.raises(ModelError, match="nowhere"):
        load_models(tmp_path / "nowhere")


def test_the_default_is_the_one_named_or_the_best_there_is(make_model):
    mlp = Classifier(make_model())
    assert choose_default({"a": mlp, "cnn": mlp, "mlp": mlp}) == "cnn"
    assert choose_default({"a": mlp, "mlp": mlp}) == "mlp"
    assert choose_default({"a": mlp, "b": mlp}) == "a"
    assert choose_default({"a": mlp, "mlp": mlp}, "a") == "a"
    with pytest.raises(ModelError, match=r"'tree'.*a, mlp"):
        choose_default({"a": mlp, "mlp": mlp}, "tree")


def test_nothing_is_left_in_the_users_folder(models_folder, tmp_path):
    environment = {name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", "TMPDIR")}
    program = (
        f"from doodle.recognizer import *; import time; load_models(Path({str(models_folder)!r})); time.sleep(0.5)"
    )
    subprocess.run(
        [sys.executable, "-B", "-c", program],
        cwd=Path(__file__).parents[2],
        env={**environment, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)},
        check=True,
    )
    assert not list(tmp_path.iterdir())
