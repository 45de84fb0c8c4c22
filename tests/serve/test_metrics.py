import io
import json

import pytest
from starlette.testclient import TestClient

from doodle.recognizer import load_models
from serve.app import create_app

DRAWING = {"drawing": [[[0, 100], [0, 0]]]}


@pytest.fixture(scope="module")
def models(models_folder):
    return load_models(models_folder)


def client_of(models, **options):
    return TestClient(create_app(models, "mlp", **options))


def test_requests_are_counted_by_route_status_model_and_kind(models):
    client = client_of(models)
    client.post("/classify", json=DRAWING)
    client.post("/classify?model=other", json=DRAWING)
    client.post("/classify", content=b"hello")
    client.post("/classify", content=(json.dumps(DRAWING) + "\n") * 2)
    client.get("/nothing")
    text = client.get("/metrics").text
    count = "doodle_requests_total"
    assert f'{count}{{kind="strokes",model="mlp",route="/classify",status="200"}} 1.0' in text
    assert f'{count}{{kind="strokes",model="other",route="/classify",status="200"}} 1.0' in text
    assert f'{count}{{kind="lines",model="mlp",route="/classify",status="200"}} 1.0' in text
    assert 'route="/classify",status="415"} 1.0' in text
    assert f'{count}{{kind="",model="",route="/",status="404"}} 1.0' in text
    assert 'doodle_request_seconds_bucket{kind="strokes",le="60.0",model="mlp",route="/classify"} 1.0' in text
    assert "doodle_requests_in_flight 1.0" in text  # this one
    assert "process_resident_memory_bytes" in text


def test_a_name_that_a_client_makes_up_does_not_become_a_series(models):
    client = client_of(models)
    client.get("/metrics")
    before = client.get("/metrics").text.count("\n")
    for number in range(50):
        client.get(f"/nothing/{number}")
        client.post(f"/classify?model={number}", json=DRAWING)
    assert client.get("/metrics").text.count("\n") - before < 60


def test_the_access_log_has_a_line_of_json_for_each_request(models):
    log = io.StringIO()
    client = client_of(models, log=log)
    client.post("/classify?top=1", json=DRAWING)
    client.get("/no%0Athing%E2%80%A8")
    first, second = map(json.loads, log.getvalue().splitlines())
    assert first["method"] == "POST" and first["path"] == "/classify" and first["query"] == "top=1"
    assert first["status"] == 200 and first["model"] == "mlp" and first["kind"] == "strokes"
    assert first["bytes"] > 50 and first["seconds"] > 0
    assert first["time"].endswith("+00:00")
    assert second["path"] == "/no\nthing\u2028" and second["status"] == 404
