import base64
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import doodle
from doodle.raster import MAPS, rasterize
from doodle.recognizer import ModelError, Recognizer, UnknownLabelError, choose_default, load_models
from doodle.softmax import softmax

UPPER = np.zeros((28, 28), np.uint8)
UPPER[:4] = 255
ABOVE = [[[0, 50, 100], [10, 0, 10]], [[50, 50], [0, 60]]]  # an umbrella
BELOW = [[[0, 50, 100], [50, 60, 50]], [[50, 50], [0, 60]]]


def picture(strokes=ABOVE):
    image = Image.new("RGB", (140, 100), "white")
    for xs, ys in strokes:
        points = [(x + 20, y + 20) for x, y in zip(xs, ys, strict=True)]
        ImageDraw.Draw(image).line(points * 2 if len(points) == 1 else points, "black", 8)
    return image


def png(image):
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def recognizer(make_model):
    return Recognizer(make_model())


def test_card(make_model):
    recognizer = Recognizer(make_model("halves"))
    assert recognizer.name == "halves"
    assert recognizer.labels == ["top", "bottom", "nothing"]
    assert recognizer.card.parameters == 2352
    assert recognizer.card.threshold == 0.5


def test_classify_strokes(recognizer):
    answer = recognizer.classify(ABOVE, top=2)
    assert list(answer) == ["label", "probability", "known", "top", "model"]
    assert (answer["label"], answer["known"], answer["model"]) == ("top", True, "mlp")
    assert [guess["label"] for guess in answer["top"]] == ["top", "bottom"]
    assert len(recognizer.classify(ABOVE, top=0)["top"]) == 3
    json.dumps(answer)


def test_classify_every_kind(recognizer, tmp_path):
    line = json.dumps({"word": "x", "drawing": ABOVE}).encode()
    (tmp_path / "a.png").write_bytes(png(picture()))
    (tmp_path / "a.json").write_bytes(line)
    as_arrays = [np.array(stroke) for stroke in ABOVE]
    from_strokes = recognizer.classify(ABOVE)
    for drawing in (line, tmp_path / "a.json", as_arrays, [[np.array(xs), ys] for xs, ys in ABOVE], rasterize(ABOVE)):
        assert recognizer.classify(drawing) == from_strokes
    from_picture = recognizer.classify(picture())
    assert from_picture["label"] == "top"
    as_text = json.dumps({"image": base64.b64encode(png(picture())).decode()}).encode()
    for drawing in (png(picture()), tmp_path / "a.png", str(tmp_path / "a.png"), as_text):
        assert recognizer.classify(drawing) == from_picture


def test_classify_batch(recognizer, tmp_path):
    (tmp_path / "a.png").write_bytes(png(picture(BELOW)))
    labels = [answer["label"] for answer in recognizer.classify([ABOVE, BELOW, BELOW])]
    assert labels == ["top", "bottom", "bottom"]
    mixed = [tmp_path / "a.png", ABOVE, picture(), rasterize(BELOW)]
    assert [answer["label"] for answer in recognizer.classify(mixed)] == ["bottom", "top", "top", "bottom"]
    bitmaps = np.stack([rasterize(ABOVE), rasterize(BELOW)])
    expected = recognizer.classify([ABOVE, BELOW])
    assert recognizer.classify(bitmaps) == recognizer.classify(list(bitmaps)) == expected
    arrays = [[np.array(stroke) for stroke in drawing] for drawing in (ABOVE, BELOW)]
    assert recognizer.classify(arrays) == expected
    assert recognizer.classify([ABOVE]) == expected[:1]
    assert recognizer.classify(bitmaps[:0]) == []
    assert len(recognizer.classify([ABOVE] * 600)) == 600


@pytest.mark.parametrize("drawing", [[], [[]], [[[], []]], [[[1, 2], [3]]], [[["1"], ["2"]]], None, {"drawing": ABOVE}])
def test_no_drawing(recognizer, drawing):
    with pytest.raises(doodle.DrawingError):
        recognizer.classify(drawing)


def test_unreadable_drawings(recognizer, tmp_path):
    with pytest.raises(doodle.BodyKindError):
        recognizer.classify(b"a letter")
    with pytest.raises(doodle.PictureError):
        recognizer.classify(png(picture())[:60])
    with pytest.raises(FileNotFoundError):
        recognizer.classify(tmp_path / "nowhere.png")
    for array in (np.zeros((27, 28), np.uint8), np.zeros((28, 28))):
        with pytest.raises(doodle.DrawingError, match="uint8"):
            recognizer.classify(array)
    with pytest.raises(doodle.DrawingError):
        recognizer.classify([ABOVE, [[[1], [1, 2]]]])


def test_among(recognizer):
    answer = recognizer.classify(ABOVE, among=["nothing", "bottom"])
    assert {guess["label"] for guess in answer["top"]} == {"bottom", "nothing"}
    assert sum(guess["probability"] for guess in answer["top"]) == pytest.approx(1)
    every = recognizer.classify(ABOVE, among=["nothing", "top", "bottom", "top"])
    assert [guess["label"] for guess in every["top"]] == [guess["label"] for guess in recognizer.classify(ABOVE)["top"]]
    assert recognizer.classify(ABOVE, among=["nothing"])["probability"] == 1


def test_among_is_softmax_of_these_logits(make_model):
    weights = np.random.default_rng(0).integers(-2, 3, (784, 3)).astype(np.float32) / 256
    recognizer = Recognizer(make_model(weights=weights))
    bitmaps = np.random.default_rng(1).integers(0, 9, (40, 28, 28), np.uint8)
    logits = np.rint(bitmaps.reshape(40, 784) @ (weights * 256))
    assert np.array_equal(recognizer.probabilities(bitmaps, (0, 2)), softmax(logits[:, (0, 2)]))


def test_unknown_label_offers_near_ones(recognizer):
    with pytest.raises(UnknownLabelError, match=r"'botom' is no label of mlp; near it: bottom"):
        recognizer.classify(ABOVE, among=["top", "botom"])
    with pytest.raises(UnknownLabelError, match="near it: "):
        recognizer.classify(ABOVE, among=["zzz"])
    with pytest.raises(UnknownLabelError, match="names no label"):
        recognizer.classify(ABOVE, among=[])
    with pytest.raises(UnknownLabelError, match="list"):
        recognizer.classify(ABOVE, among="top")


def test_model_that_sees_motion(make_model):
    rightward = np.zeros((6 * 784, 2), np.float32)
    right = MAPS.index("right") * 784
    rightward[right : right + 784, 0] = 1e-3
    recognizer = Recognizer(make_model(labels=["right", "left"], weights=rightward, motion=True))
    assert recognizer.motion
    there, back = [[[0, 100], [0, 0]]], [[[100, 0], [0, 0]]]
    assert recognizer.classify([there, back, there])[0]["probability"] > 0.9
    assert [answer["probability"] for answer in recognizer.classify([back, rasterize(there), picture(there)])] == [
        0.5
    ] * 3


def test_probabilities_do_not_depend_on_the_batch(recognizer):
    bitmaps = np.random.default_rng(0).integers(0, 256, (70, 28, 28), np.uint8)
    together = recognizer.probabilities(bitmaps)
    assert together.shape == (70, 3)
    assert together.dtype == np.float32
    for bitmap, row in zip(bitmaps, together, strict=True):
        np.testing.assert_allclose(recognizer.probabilities(bitmap[None])[0], row, atol=1e-6)


def test_equal_probabilities_keep_the_order_of_the_labels(recognizer):
    (answer,) = recognizer.rank(np.array([[0.2, 0.4, 0.4]], np.float32), recognizer.labels, 0)
    assert [guess["label"] for guess in answer["top"]] == ["bottom", "nothing", "top"]


def test_unsure_answer_is_not_known(recognizer):
    rows = np.array([[0.49, 0.3, 0.21], [0.5, 0.3, 0.2]], np.float32)
    assert [answer["known"] for answer in recognizer.rank(rows, recognizer.labels)] == [False, True]


def test_model_without_a_field_is_refused_by_file_and_field(make_model):
    path = make_model(metadata={"threshold": None})
    with pytest.raises(ModelError) as caught:
        Recognizer(path)
    assert str(path) in str(caught.value)
    assert "'threshold' is missing" in str(caught.value)


def test_labels_that_disagree_with_the_output_are_refused(make_model):
    path = make_model(labels=["one", "two"], weights=np.zeros((784, 3), np.float32))
    with pytest.raises(ModelError, match=r"'probabilities'.*its 2 labels"):
        Recognizer(path)


def test_input_that_disagrees_with_its_card_is_refused(make_model):
    path = make_model(metadata={"input": json.dumps({"maps": list(MAPS), "rule": "x"})})
    with pytest.raises(ModelError, match="'maps'"):
        Recognizer(path)


def test_none_logit_that_disagrees_with_the_network_is_refused(make_model):
    with pytest.raises(ModelError, match="none_logit"):
        Recognizer(make_model(metadata={"none_logit": "30000"}))


def test_output_that_is_no_probability_is_refused(make_model):
    with pytest.raises(ModelError, match="sum to 1"):
        Recognizer(make_model(weights=np.full((784, 3), np.nan, np.float32)))


def test_missing_foreign_and_cut_files_are_refused(tmp_path, make_model):
    foreign = tmp_path / "foreign.onnx"
    foreign.write_text("this is a letter")
    empty = tmp_path / "empty.onnx"
    empty.touch()
    cut = make_model("cut")
    cut.write_bytes(cut.read_bytes()[:2000])
    for path in (tmp_path / "missing.onnx", foreign, empty, cut):
        with pytest.raises(ModelError, match=path.name):
            Recognizer(path)


def test_unknown_shipped_model_names_those_there_are():
    with pytest.raises(ModelError, match=r"'tree'; there are: cnn, mlp"):
        Recognizer("tree")


def test_load_models_by_name(models_folder):
    models = load_models(models_folder)
    assert list(models) == ["mlp", "other"]
    assert models["other"].labels == ["one", "two"]


def test_hidden_files_are_passed_over(make_model, tmp_path):
    make_model("mlp")
    (tmp_path / "._mlp.onnx").write_bytes(b"\0\5\x16\7 of a Mac")
    assert list(load_models(tmp_path)) == ["mlp"]


def test_folder_without_models_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="make train export"):
        load_models(tmp_path)
    with pytest.raises(ModelError, match="nowhere"):
        load_models(tmp_path / "nowhere")


def test_choose_default(recognizer):
    assert choose_default({"a": recognizer, "cnn": recognizer, "mlp": recognizer}) == "cnn"
    assert choose_default({"a": recognizer, "mlp": recognizer}) == "mlp"
    assert choose_default({"a": recognizer, "b": recognizer}) == "a"
    assert choose_default({"a": recognizer, "mlp": recognizer}, "a") == "a"
    with pytest.raises(ModelError, match=r"'tree'.*a, mlp"):
        choose_default({"a": recognizer, "mlp": recognizer}, "tree")


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


def test_library_needs_neither_torch_nor_http():
    program = "import sys, doodle; print([name for name in ('torch', 'starlette', 'uvicorn') if name in sys.modules])"
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True).stdout == "[]\n"
