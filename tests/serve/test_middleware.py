"""What stands before the routes."""

import asyncio
import io
import json

import pytest
from starlette.testclient import TestClient

from doodle.recognizer import load_models
from serve.app import create_app
from serve.limits import Limits
from serve.middleware import Admission

DRAWING = {"drawing": [[[0, 100], [0, 0]]]}


@pytest.fixture(scope="module")
def models(models_folder):
    return load_models(models_folder)


def client_of(models, **options):
    return TestClient(create_app(models, "mlp", **options))


def test_a_key_is_wanted_of_those_who_ask_for_an_answer_only(models):
    client = client_of(models, keys=[b"first-key", b"second-key"])
    for headers in (
        {"x-api-key": "first-key"},
        {"x-api-key": "second-key"},
        {"authorization": "Bearer first-key"},
        {"authorization": "bearer  second-key"},
    ):
        assert client.post("/classify", json=DRAWING, headers=headers).status_code == 200
    for headers in ({}, {"x-api-key": ""}, {"x-api-key": "first-ke"}, {"authorization": "Basic first-key"}):
        refused = client.post("/classify", json=DRAWING, headers=headers)
        assert refused.status_code == 401
        assert refused.json()["error"]["code"] == "unauthorized"
        assert refused.headers["www-authenticate"] == "Bearer"
    for path in ("/", "/models", "/healthz", "/readyz", "/metrics", "/openapi.json"):
        assert client.get(path).status_code == 200


def test_pages_of_other_origins_may_ask_where_they_are_named(models):
    client = client_of(models, origins=["https://example.org"], keys=[b"key"])
    named, other = {"origin": "https://example.org"}, {"origin": "https://example.com"}
    preflight = {"access-control-request-method": "POST", "access-control-request-headers": "x-api-key"}
    assert client.options("/classify", headers={**named, **preflight}).status_code == 200
    assert client.options("/classify", headers={**other, **preflight}).status_code == 400
    answer = client.post("/classify", json=DRAWING, headers={**named, "x-api-key": "key"})
    assert answer.headers["access-control-allow-origin"] == "https://example.org"
    refused = client.post("/classify", json=DRAWING, headers=named)  # a page may read why
    assert refused.headers["access-control-allow-origin"] == "https://example.org"
    answer = client.post("/classify", json=DRAWING, headers={**other, "x-api-key": "key"})
    assert "access-control-allow-origin" not in answer.headers
    closed = client_of(models).post("/classify", json=DRAWING, headers=named)
    assert "access-control-allow-origin" not in closed.headers


def test_a_page_may_load_from_its_own_server_only_and_run_wasm(models):
    headers = client_of(models).get("/").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert policy["worker-src"] == "'self' blob:"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_every_answer_is_of_the_type_that_it_says(models):
    client = client_of(models)
    for response in (client.post("/classify", json=DRAWING), client.post("/classify"), client.get("/nothing")):
        assert response.headers["x-content-type-options"] == "nosniff"


def test_a_request_that_takes_too_long_gets_503_and_the_next_one_is_served():
    async def slow(scope, receive, send):
        await asyncio.sleep(30 if scope["path"] == "/slow" else 0)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    client = TestClient(Admission(slow, requests=1, seconds=0.5))
    late = client.post("/slow")
    assert late.status_code == 503
    assert late.json()["error"]["code"] == "busy"
    assert late.headers["retry-after"] == "1"
    assert client.post("/").text == "done"


def test_an_answer_that_has_begun_may_take_its_time():
    async def stream(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(2.5)
        await send({"type": "http.response.body", "body": b"done"})

    assert TestClient(Admission(stream, requests=1, seconds=0.1)).post("/").text == "done"


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
    client = client_of(models, log=log, limits=Limits(requests=5))
    client.post("/classify?top=1", json=DRAWING)
    client.get("/no%0Athing%E2%80%A8")
    first, second = map(json.loads, log.getvalue().splitlines())
    assert first["method"] == "POST" and first["path"] == "/classify" and first["query"] == "top=1"
    assert first["status"] == 200 and first["model"] == "mlp" and first["kind"] == "strokes"
    assert first["bytes"] > 50 and first["seconds"] > 0
    assert first["time"].endswith("+00:00")
    assert second["path"] == "/no\nthing\u2028" and second["status"] == 404
