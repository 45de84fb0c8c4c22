"""What holds for every body of a kind, whatever is in it."""

import base64
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from benchmarks import fuzz
from doodle.raster import rasterize
from doodle.recognizer import load_models
from serve.app import create_app

coordinates = st.one_of(st.integers(-(2**40), 2**40), st.floats(-1e6, 1e6, allow_subnormal=False))
strokes = st.integers(1, 12).flatmap(
    lambda points: st.tuples(*[st.lists(coordinates, min_size=points, max_size=points)] * 2).map(list)
)
drawings = st.lists(strokes, min_size=1, max_size=5)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda some: st.lists(some, max_size=4) | st.dictionaries(st.text(max_size=8), some, max_size=4),
    max_leaves=12,
)
pictures = st.sampled_from(fuzz.pictures())
quick = settings(max_examples=40, deadline=None)


@pytest.fixture(scope="module")
def post(models_folder):
    client = TestClient(create_app(load_models(models_folder), "mlp"))
    return lambda content, query="", **options: client.post("/classify" + query, content=content, **options)


def check_refusal(response):
    assert response.status_code in (400, 413, 415, 422)
    error = response.json()["error"]
    assert set(error) == {"code", "message"} and error["message"]


@quick
@given(drawing=drawings)
def test_a_drawing_is_answered_for_the_bitmap_of_its_strokes(post, drawing):
    response = post(json.dumps({"drawing": drawing}), "?bitmap=1&top=0")
    if response.status_code != 200:
        return check_refusal(response)
    answer = response.json()
    assert base64.b64decode(answer["bitmap"]) == rasterize(drawing).tobytes()
    assert answer["top"] == sorted(answer["top"], key=lambda entry: -entry["probability"])
    assert np.isclose(sum(entry["probability"] for entry in answer["top"]), 1)


@quick
@given(drawing=drawings, others=st.dictionaries(st.text().filter(lambda key: key != "drawing"), anything, max_size=3))
def test_what_else_is_in_the_object_does_not_matter(post, drawing, others):
    alone, among_others = post(json.dumps({"drawing": drawing})), post(json.dumps({**others, "drawing": drawing}))
    assert among_others.content == alone.content
    indented = post(json.dumps({**others, "drawing": drawing}, indent=1))
    assert indented.content == alone.content


@quick
@given(picture=pictures, place=st.integers(0, 200), mask=st.integers(0, 255))
def test_a_picture_gets_the_same_answer_however_it_is_wrapped(post, picture, place, mask):
    damaged = bytearray(picture)
    damaged[min(place, len(picture) - 1)] ^= mask
    if not damaged.startswith(picture[:14]):
        return  # no picture any more: then each wrapping has an error of its own
    alone = post(bytes(damaged))
    text = base64.b64encode(damaged).decode()
    assert post(None, files={"a": ("a", bytes(damaged))}).content == alone.content
    assert post(json.dumps({"image": text})).content == alone.content
    assert post(json.dumps({"image": "data:image/x;base64," + text})).content == alone.content


@quick
@given(body=st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(post, body):
    check_refusal(post(body))


@quick
@given(value=anything)
def test_any_json_is_refused_in_words(post, value):
    check_refusal(post(json.dumps(value)))
    check_refusal(post(json.dumps({"drawing": value} if not isinstance(value, dict) else value)))
    check_refusal(post(json.dumps({"image": value})))


@quick
@given(
    lines=st.lists(drawings.map(lambda drawing: json.dumps({"drawing": drawing})) | st.text('{}[]"a1,:', max_size=20)),
    size=st.integers(1, 500),
)
def test_each_line_of_a_stream_is_answered_as_if_it_came_alone(post, lines, size):
    lines = [line for line in lines if line.strip()]
    body = "\n".join(lines).encode()
    headers = {"content-type": "application/x-ndjson"}
    response = post(iter([body[i : i + size] for i in range(0, len(body), size)]), headers=headers)
    answers = [post(line, headers=headers).json() for line in lines]
    assert [json.loads(answer) for answer in response.text.splitlines()] == answers


@quick
@given(top=st.text(max_size=6) | st.integers().map(str))
def test_top_is_a_whole_number_or_refused(post, top):
    response = post(b'{"drawing": [[[1, 2], [1, 2]]]}', "", params={"top": top})
    if response.status_code == 200:
        assert len(response.json()["top"]) == min(int(top) or 3, 3)
    else:
        check_refusal(response)
