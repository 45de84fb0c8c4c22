"""What arrives together is answered together, and nobody notices."""

import asyncio
import base64
import io
import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

from doodle.raster import rasterize
from doodle.recognizer import load_models
from serve import batch
from serve.app import create_app

ABOVE = {"drawing": [[[0, 50, 100], [10, 0, 10]], [[50, 50], [0, 60]]]}
BELOW = {"drawing": [[[0, 50, 100], [50, 60, 50]], [[50, 50], [0, 60]]]}
EMPTY: dict[str, list[object]] = {"drawing": []}
TOO_FAR = {"drawing": [[[-1.7e308, 1.7e308], [0, 1]]]}  # found out only when it is drawn


@pytest.fixture(scope="module")
def app(models_folder):
    return create_app(load_models(models_folder), "mlp")


async def ask(app, body, query=b""):
    scope = {"type": "http", "method": "POST", "path": "/classify", "query_string": query, "headers": [], "state": {}}
    messages = []

    async def receive():
        return {"type": "http.request", "body": body if isinstance(body, bytes) else json.dumps(body).encode()}

    async def send(message):
        messages.append(message)

    await app(scope, receive, send)
    return messages[0]["status"], json.loads(b"".join(message.get("body", b"") for message in messages[1:]))


def ask_together(app, *requests):
    async def all_of_them():
        return await asyncio.gather(*(ask(app, *request) for request in requests))

    return asyncio.run(all_of_them())


def random_drawing(rng):
    strokes = rng.integers(1, 6)
    return {"drawing": [rng.uniform(0, 255, (2, rng.integers(1, 20))).tolist() for _ in range(strokes)]}


def png(drawing):
    image = Image.new("RGB", (100, 100), "white")
    for xs, ys in drawing["drawing"]:
        ImageDraw.Draw(image).line(list(zip(xs, ys, strict=True)), "black", 5)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def test_each_of_many_requests_at_once_gets_its_own_answer(app):
    rng = np.random.default_rng(1)
    requests = [(random_drawing(rng), b"bitmap=1&top=%d" % rng.integers(0, 3)) for _ in range(100)]
    together = ask_together(app, *requests)
    assert together == [ask_together(app, request)[0] for request in requests]
    for (request, _), (status, answer) in zip(requests, together, strict=True):
        assert status == 200
        assert base64.b64decode(answer["bitmap"]) == rasterize(request["drawing"]).tobytes()


def test_an_error_is_told_to_nobody_else(app):
    bodies = [ABOVE, EMPTY, BELOW, TOO_FAR, png(ABOVE), b"\x89PNG\r\n\x1a\n broken", b"nonsense", ABOVE]
    answers = ask_together(app, *((body,) for body in bodies))
    assert [status for status, _ in answers] == [200, 422, 200, 422, 200, 400, 415, 200]
    assert [answer.get("label") for _, answer in answers] == ["top", None, "bottom", None, "top", None, None, "top"]


def test_requests_that_keep_coming_share_a_run_of_the_network_and_none_waits_for_ever(app, monkeypatch):
    answer_each, runs = batch.answer_each, []

    def note_and_answer(contents, query):
        runs.append(len(contents))
        return answer_each(contents, query)

    async def one_each_turn():
        asked = []
        for _ in range(batch.MAX_BATCH + 8):
            asked.append(asyncio.create_task(ask(app, ABOVE)))
            await asyncio.sleep(0)
        return await asyncio.gather(*asked)

    monkeypatch.setattr(batch, "answer_each", note_and_answer)
    assert [answer["label"] for _, answer in asyncio.run(one_each_turn())] == ["top"] * (batch.MAX_BATCH + 8)
    assert runs == [batch.MAX_BATCH, 8]


def test_a_request_that_is_given_up_holds_up_no_other(app):
    async def one_gives_up():
        given_up, kept = asyncio.create_task(ask(app, ABOVE)), asyncio.create_task(ask(app, BELOW))
        await asyncio.sleep(0)
        given_up.cancel()
        return await kept

    assert asyncio.run(one_gives_up())[1]["label"] == "bottom"


def test_lines_are_answered_like_requests(app):
    rng = np.random.default_rng(2)
    drawings = [random_drawing(rng) for _ in range(70)]
    lines = b"\n".join(json.dumps(drawing).encode() for drawing in [*drawings[:35], TOO_FAR, *drawings[35:]])

    async def stream():
        scope = {"type": "http", "method": "POST", "path": "/classify", "query_string": b"", "state": {}}
        parts = [lines[start : start + 1000] for start in range(0, len(lines), 1000)]
        sent = []

        async def receive():
            body = parts.pop(0)
            return {"type": "http.request", "body": body, "more_body": bool(parts)}

        async def send(message):
            sent.append(message.get("body", b""))

        await app({**scope, "headers": [(b"content-type", b"application/x-ndjson")]}, receive, send)
        return [json.loads(line) for line in b"".join(sent).splitlines()]

    answers = asyncio.run(stream())
    assert answers.pop(35)["error"]["code"] == "no_drawing"
    assert answers == [answer for _, answer in ask_together(app, *((drawing,) for drawing in drawings))]
