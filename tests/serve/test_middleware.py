"""What stands before the routes."""

import asyncio
import threading
import time

import pytest
from starlette.testclient import TestClient

from doodle.recognizer import load_models
from serve import classify
from serve.app import create_app
from serve.settings import Settings

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
        {"x-api-key": "first-key", "authorization": "Bearer of another proxy"},
        {"authorization": "Bearer first-key", "x-api-key": "of another proxy"},
        {"x-api-key": "first-key", "authorization": "Basic abc"},
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
    client = client_of(models, settings=Settings(cors_origin=("https://example.org",)), keys=[b"key"])
    named, other = {"origin": "https://example.org"}, {"origin": "https://example.com"}
    asked = "authorization, content-encoding, content-type, inference-header-content-length, x-api-key"
    preflight = {"access-control-request-method": "POST", "access-control-request-headers": asked}
    assert client.options("/classify", headers={**named, **preflight}).status_code == 200
    assert client.options("/classify", headers={**other, **preflight}).status_code == 400
    answer = client.post("/classify", json=DRAWING, headers={**named, "x-api-key": "key"})
    assert answer.headers["access-control-allow-origin"] == "https://example.org"
    assert "Inference-Header-Content-Length" in answer.headers["access-control-expose-headers"]
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


def test_late_answer_is_busy_and_keeps_its_place_until_its_thread_is_free(models, monkeypatch):
    begun, free = threading.Event(), threading.Event()

    def slow(*_):
        begun.set()
        free.wait(20)
        return b"late"

    monkeypatch.setattr(classify, "is_large", lambda content: True)
    monkeypatch.setattr(classify, "_answer_one", slow)
    with client_of(models, settings=Settings(max_requests=1, response_timeout_s=1)) as client:
        late = client.post("/classify", json=DRAWING)
        assert (late.status_code, late.json()["error"]["code"], late.headers["retry-after"]) == (503, "busy", "1")
        assert "within 1 s" in late.json()["error"]["message"]
        begun.wait(20)
        busy = client.post("/classify", json=DRAWING)
        assert busy.json()["error"]["message"] == "1 requests are being answered; retry later"
        assert client.get("/healthz").status_code == 200
        monkeypatch.setattr(classify, "is_large", lambda content: False)
        free.set()
        end = time.monotonic() + 20
        while client.post("/classify", json=DRAWING).status_code != 200:
            assert time.monotonic() < end


def test_body_that_does_not_arrive_in_time(models):
    app = create_app(models, "mlp", settings=Settings(client_timeout_s=1))

    async def ask(headers):
        sent = []

        async def receive():
            await asyncio.sleep(30)

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/classify", "query_string": b"", "headers": headers}
        await app(scope, receive, send)
        return sent

    start, *_ = asyncio.run(ask([]))
    assert start["status"] == 408
    start, *parts = asyncio.run(ask([(b"content-type", b"application/x-ndjson")]))
    assert start["status"] == 200
    assert b'"code": "timeout"' in b"".join(part["body"] for part in parts if "body" in part)
