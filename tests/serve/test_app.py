import base64
import io
import json

import numpy as np
import pytest
from PIL import Image, ImageDraw
from starlette.testclient import TestClient

from doodle.raster import rasterize
from doodle.recognizer import load_models
from doodle.strokes import MAX_POINTS, MAX_STROKES
from serve.app import create_app
from serve.settings import Settings

LINE_ABOVE_DOT = [[[0, 100], [0, 0]], [[50], [60]]]  # more ink in the upper half: "top"
DOT = [[[7], [7]]]


@pytest.fixture(scope="module")
def client(models_folder, tmp_path_factory):
    web = tmp_path_factory.mktemp("web")
    (web / "index.html").write_text("<!doctype html><title>draw</title>")
    (web / "page.js").write_text("export {}")
    return TestClient(create_app(load_models(models_folder), "mlp", web))


def picture(kind="PNG"):
    image = Image.new("RGB", (120, 90), "white")
    ImageDraw.Draw(image).line([(20, 25), (60, 15), (100, 25)], fill="black", width=5)
    ImageDraw.Draw(image).line([(60, 15), (60, 75)], fill="black", width=5)
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def form(content, disposition=b'form-data; name="image"; filename="a.png"'):
    return b"--edge\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + content + b"\r\n--edge--\r\n"


def check_error(response, status, code):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    error = response.json()["error"]
    assert error["code"] == code
    assert error["message"]
    return error["message"]


def test_strokes_are_classified(client):
    response = client.post("/classify", json={"drawing": LINE_ABOVE_DOT})
    assert response.status_code == 200
    answer = response.json()
    assert set(answer) == {"label", "probability", "known", "top", "model"}
    assert answer["label"] == "top"
    assert answer["model"] == "mlp"
    assert answer["top"][0] == {"label": "top", "probability": answer["probability"]}
    assert sum(entry["probability"] for entry in answer["top"]) == pytest.approx(1)


def test_a_line_of_the_data_is_taken_as_it_stands(client):
    line = {"word": "cat", "countrycode": "DE", "recognized": True, "key_id": "1", "drawing": LINE_ABOVE_DOT}
    with_times = {"drawing": [[*stroke, [0] * len(stroke[0])] for stroke in LINE_ABOVE_DOT]}
    # as curl sends it: no JSON type, a newline at the end
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answers = [
        client.post("/classify", content=json.dumps(body) + "\n", headers=headers).json() for body in (line, with_times)
    ]
    assert answers[0] == answers[1] == client.post("/classify", json={"drawing": LINE_ABOVE_DOT}).json()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_a_picture_is_known_by_its_content(client, kind):
    for content_type in ("application/octet-stream", "application/x-www-form-urlencoded", "text/plain"):
        response = client.post("/classify", content=picture(kind), headers={"content-type": content_type})
        assert response.json()["label"] == "top"


def test_a_picture_comes_in_a_form_and_in_base64_too(client):
    expected = client.post("/classify", content=picture()).json()
    text = base64.b64encode(picture()).decode()
    wrapped = "\r\n".join(text[i : i + 76] for i in range(0, len(text), 76))
    assert client.post("/classify", files={"anything": ("a.png", picture())}).json() == expected
    assert client.post("/classify", data={"size": "3"}, files={"image": ("a.png", picture())}).json() == expected
    assert (
        client.post("/classify", content=form(picture())).json() == expected
    )  # the form's boundary is in its first line
    assert client.post("/classify", json={"image": text}).json() == expected
    assert client.post("/classify", json={"image": "data:image/png;base64," + text}).json() == expected
    assert client.post("/classify", json={"image": wrapped}).json() == expected


def test_a_form_may_hold_json(client):
    drawing = json.dumps({"drawing": LINE_ABOVE_DOT})
    expected = client.post("/classify", content=drawing).json()
    assert client.post("/classify", files={"file": ("a.ndjson", drawing)}).json() == expected
    assert client.post("/classify", data={"drawing": drawing}, files={"file": ("", b"")}).json() == expected
    body = form(drawing.encode(), b'form-data; name="drawing"')
    headers = {"content-type": "multipart/form-data; boundary=edge"}
    assert client.post("/classify", content=body, headers=headers).json() == expected


@pytest.mark.parametrize("drawing", [DOT, [[[3, 3], [4, 4]]], [[[0, 1], [0, 1], [0, 16]]], [[[], []], [[1], [2]]]])
def test_a_dot_or_a_short_line_is_a_drawing(client, drawing):
    assert client.post("/classify", json={"drawing": drawing}).status_code == 200


def test_top_says_how_many_labels(client):
    def labels(query):
        return [entry["label"] for entry in client.post("/classify" + query, json={"drawing": DOT}).json()["top"]]

    assert len(labels("?top=1")) == 1
    assert len(labels("?top=0")) == len(labels("?top=999")) == len(labels("")) == 3
    for top in ("-1", "two", "1.0", "", "٣", "1_0", "9" * 5000):
        check_error(client.post("/classify", params={"top": top}, json={"drawing": DOT}), 400, "bad_query")


def test_the_bitmap_is_what_the_model_saw(client):
    answer = client.post("/classify?bitmap=1", json={"drawing": LINE_ABOVE_DOT}).json()
    bitmap = np.frombuffer(base64.b64decode(answer["bitmap"]), np.uint8).reshape(28, 28)
    assert np.array_equal(bitmap, rasterize(LINE_ABOVE_DOT))
    check_error(client.post("/classify?bitmap=yes", json={"drawing": DOT}), 400, "bad_query")


def test_a_request_may_name_its_model(client):
    assert client.post("/classify?model=other", json={"drawing": DOT}).json()["model"] == "other"
    message = check_error(client.post("/classify?model=tree", json={"drawing": DOT}), 404, "unknown_model")
    assert "'tree'" in message
    assert "mlp, other" in message


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "unreadable"),
        (b" \n", 400, "unreadable"),
        (b"{", 400, "unreadable"),
        (b'{"drawing": [[[1, 2], [3, 4]]', 400, "unreadable"),
        (b'{"drawing": ' + b"[" * 100_000, 400, "unreadable"),
        (b'{"drawing": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "unreadable"),
        (b'{"drawing": [[[' + b"9" * 10_000 + b"], [1]]]}", 400, "unreadable"),
        (b'{"drawing": "\xff"}', 400, "unreadable"),
        (b'{"image": 5}', 400, "unreadable"),
        (b'{"image": "not base64!"}', 400, "unreadable"),
        (b'{"image": "\\ud800"}', 400, "unreadable"),
        (picture()[:60], 400, "unreadable"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, 400, "unreadable"),
        (b"GIF89a", 400, "unreadable"),
        (b"BM", 400, "unreadable"),
        (form(picture())[:-10], 400, "unreadable"),
        (form(picture())[:40], 400, "unreadable"),
        (b"--\r\n", 400, "unreadable"),
        (b"--", 400, "unreadable"),
        (form(b""), 400, "unreadable"),
        (b"--" + b"a" * 300 + b"\r\n\r\n", 400, "unreadable"),
        (form(b"")[:-10] * 101, 413, "too_large"),
        (b'{"drawing": [' + b"[[1], [1]], " * MAX_STROKES + b"[[1], [1]]]}", 413, "too_large"),
        (b'{"drawing": [[[1' + b", 1" * MAX_POINTS + b"], [1" + b", 1" * MAX_POINTS + b"]]]}", 413, "too_large"),
        (b'{"drawing": [[' + b"[]," * 200_000 + b"[]]]}", 413, "too_large"),
        (b"hello", 415, "unknown_kind"),
        (b"%PDF-1.7", 415, "unknown_kind"),
        (b"II*\0 a TIFF", 415, "unknown_kind"),
        (b'{"image": "aGVsbG8="}', 415, "unknown_kind"),
        (b"{}", 422, "no_drawing"),
        (b"[]", 422, "no_drawing"),
        (b"[[[1, 2], [3, 4]]]", 422, "no_drawing"),
        (b'{"drawing": null}', 422, "no_drawing"),
        (b'{"drawing": []}', 422, "no_drawing"),
        (b'{"drawing": [[]]}', 422, "no_drawing"),
        (b'{"drawing": [[[], []]]}', 422, "no_drawing"),
        (b'{"drawing": [[[1, 2], [3]]]}', 422, "no_drawing"),
        (b'{"drawing": [[["1"], ["2"]]]}', 422, "no_drawing"),
        (b'{"drawing": [[["\\ud800"], [1]]]}', 422, "no_drawing"),
        (b'{"drawing": [[[true], [1]]]}', 422, "no_drawing"),
        (b'{"drawing": [[[NaN], [1]]]}', 422, "no_drawing"),
        (b'{"drawing": [[[Infinity, 1], [1, 2]]]}', 422, "no_drawing"),
        (b'{"drawing": [[[1e999, 1], [1, 2]]]}', 422, "no_drawing"),
        (b'{"drawing": [[[1e308, -1e308], [1, 2]]]}', 422, "no_drawing"),
        (b'{"drawing": [[[' + b"9" * 400 + b"], [1]]]}", 422, "no_drawing"),
    ],
)
def test_what_cannot_be_classified_is_refused_in_words(client, body, status, code):
    check_error(client.post("/classify", content=body), status, code)
    for content_type in ("application/json", "image/png", "multipart/form-data", "multipart/form-data; boundary=", "é"):
        response = client.post("/classify", content=body, headers={b"content-type": content_type.encode()})
        check_error(response, status, code)


def test_an_empty_picture_holds_no_drawing(client):
    buffer = io.BytesIO()
    Image.new("RGB", (50, 50), "white").save(buffer, "PNG")
    check_error(client.post("/classify", content=buffer.getvalue()), 422, "no_drawing")


def test_two_files_in_a_form_are_one_too_many(client):
    files = [("a", ("a.png", picture())), ("b", ("b.png", picture()))]
    assert "2 files" in check_error(client.post("/classify", files=files), 400, "unreadable")


@pytest.fixture(scope="module")
def narrow(models_folder):
    """A client of a server that takes little."""
    settings = Settings(max_body_bytes=1000, max_lines=10, max_pixels=120 * 90 - 1)
    return TestClient(create_app(load_models(models_folder), "mlp", settings=settings))


def test_a_body_that_is_too_large_is_refused_without_being_held(narrow):
    client = narrow
    check_error(client.post("/classify", content=b" " * 1001), 413, "too_large")
    check_error(client.post("/classify", content=iter([b" " * 100] * 100)), 413, "too_large")


def test_lines_are_answered_line_by_line(client):
    lines = [
        json.dumps({"drawing": LINE_ABOVE_DOT}),
        "",
        "{broken",
        json.dumps({"image": base64.b64encode(picture()).decode()}),
        '{"drawing": []}',
        "hello",
        json.dumps({"drawing": DOT}),
    ]
    content = "\n".join(lines).encode()
    headers = {"content-type": "application/x-ndjson; charset=utf-8"}
    for body in (content, content + b"\n", iter([content[i : i + 50] for i in range(0, len(content), 50)])):
        response = client.post("/classify?top=1", content=body, headers=headers)
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/x-ndjson"
        answers = [json.loads(line) for line in response.text.splitlines()]
        assert [answer.get("label") or answer["error"]["code"] for answer in answers][:5] == [
            "top",
            "unreadable",
            "top",
            "no_drawing",
            "unreadable",
        ]
        assert len(answers) == 6
        assert answers[5] == client.post("/classify?top=1", json={"drawing": DOT}).json()


def test_lines_are_known_by_their_content_too(client):
    line = json.dumps({"drawing": DOT})
    response = client.post("/classify", content=f"{line}\n{line}\n")
    assert response.headers["content-type"] == "application/x-ndjson"
    assert len(response.text.splitlines()) == 2
    spread = client.post("/classify", content=json.dumps({"drawing": DOT}, indent=1))
    assert spread.headers["content-type"] == "application/json"


def test_a_picture_of_more_pixels_than_are_taken_is_refused(client, narrow):
    assert len(picture()) < 1000
    check_error(narrow.post("/classify", content=picture()), 413, "too_large")
    assert client.post("/classify", content=picture()).status_code == 200


def test_a_stream_of_more_lines_than_are_taken_is_told_so_in_its_last_line(narrow):
    line = json.dumps({"drawing": DOT}).encode() + b"\n"
    response = narrow.post("/classify", content=iter([line] * 30), headers={"content-type": "application/x-ndjson"})
    answers = [json.loads(line) for line in response.text.splitlines()]
    assert ["label" in answer for answer in answers] == [True] * 10 + [False]
    assert answers[-1]["error"]["code"] == "too_large"


def test_a_line_that_is_too_long_is_refused_and_the_rest_goes_on(narrow):
    client = narrow
    line = json.dumps({"drawing": DOT}).encode()
    chunks = iter([line + b"\n{", *[b" " * 600] * 5, b"}\n" + line])
    response = client.post("/classify", content=chunks, headers={"content-type": "application/x-ndjson"})
    answers = [json.loads(line) for line in response.text.splitlines()]
    assert [answer.get("error", {}).get("code") for answer in answers] == [None, "too_large", None]


def test_an_empty_stream_has_no_answers(client):
    response = client.post("/classify", content=b"\n\n", headers={"content-type": "application/x-ndjson"})
    assert response.status_code == 200
    assert response.content == b""


def test_the_models_tell_of_themselves(client):
    first, second = client.get("/models").json()["models"]
    assert set(first) == {
        *("name", "default", "labels", "architecture", "parameters"),
        *("input", "none_logit", "data", "figures", "threshold", "version", "report"),
    }
    assert (first["name"], first["default"]) == ("mlp", True)
    assert (second["name"], second["default"]) == ("other", False)
    assert second["labels"] == ["one", "two"]


def test_a_report_is_served_where_a_model_has_one(client):
    first, second = client.get("/models").json()["models"]
    assert first["report"] == "/models/mlp/" and second["report"] is None
    assert "how good" in client.get(first["report"]).text
    assert client.get("/models/other/").status_code == 404


def test_a_model_is_handed_out_as_it_is_and_nothing_else_of_its_folder(client, models_folder):
    response = client.get("/models/mlp.onnx")
    assert response.content == (models_folder / "mlp.onnx").read_bytes()
    assert response.headers["content-type"] == "application/octet-stream"
    assert client.get("/models/mlp.onnx", headers={"if-none-match": response.headers["etag"]}).status_code == 304
    check_error(client.post("/models/mlp.onnx"), 405, "method_not_allowed")
    (models_folder / "mlp.pt").touch()
    for path in ("/models/mlp.pt", "/models/mlp/../mlp.pt", "/models/mlp%2f..%2fother.onnx", "/models/no.onnx"):
        check_error(client.get(path), 404, "not_found")


def test_packed_model_is_handed_out_where_there_is_one(make_model, tmp_path):
    make_model()
    client = TestClient(create_app(load_models(tmp_path), "mlp"))
    check_error(client.get("/models/mlp.bin"), 404, "not_found")
    (tmp_path / "mlp.bin").write_bytes(b"packed")
    assert client.get("/models/mlp.bin").content == b"packed"
    check_error(client.get("/models/no.bin"), 404, "not_found")


def test_report_links_are_percent_encoded(make_model, tmp_path):
    make_model("my pets 100%#1")
    (tmp_path / "my pets 100%#1").mkdir()
    (tmp_path / "my pets 100%#1" / "index.html").write_text("how good")
    client = TestClient(create_app(load_models(tmp_path), "my pets 100%#1"))
    (model,) = client.get("/models").json()["models"]
    assert model["report"] == "/models/my%20pets%20100%25%231/"
    assert client.get(model["report"]).text == "how good"
    assert client.get("/models/my%20pets%20100%25%231.onnx").status_code == 200


def test_root_path(models_folder):
    client = TestClient(create_app(load_models(models_folder), "mlp"), root_path="/doodle")
    assert client.post("/doodle/classify", json={"drawing": DOT}).status_code == 200
    assert client.get("/doodle/v2/nothing").json() == {"error": "there is nothing at /doodle/v2/nothing"}


def test_among(client):
    answer = client.post("/classify?among=bottom,%20nothing", json={"drawing": LINE_ABOVE_DOT}).json()
    assert {guess["label"] for guess in answer["top"]} == {"bottom", "nothing"}
    assert sum(guess["probability"] for guess in answer["top"]) == pytest.approx(1)
    only = client.post("/classify?among=bottom&top=0", json={"drawing": LINE_ABOVE_DOT}).json()
    assert only["top"] == [{"label": "bottom", "probability": 1.0}]
    for query, part in (("botom", "near it: bottom"), ("", "names no label"), ("one", "no label of mlp")):
        response = client.post(f"/classify?among={query}", json={"drawing": DOT})
        assert part in check_error(response, 400, "unknown_label")
    lines = (json.dumps({"drawing": LINE_ABOVE_DOT}) + "\n") * 2
    stream = client.post("/classify?among=bottom,nothing", content=lines).text.splitlines()
    assert [json.loads(line) for line in stream] == [answer, answer]


def test_model_that_sees_motion(make_model, tmp_path):
    make_model("moving", motion=True)
    client = TestClient(create_app(load_models(tmp_path), "moving"))
    lines = json.dumps({"drawing": LINE_ABOVE_DOT}) + "\n"
    lines += json.dumps({"image": base64.b64encode(picture()).decode()}) + "\n"
    first, second = map(json.loads, client.post("/classify?bitmap=1", content=lines).text.splitlines())
    assert first["label"] == second["label"] == "top"
    assert len(base64.b64decode(first["bitmap"])) == 784
    assert client.post("/classify?bitmap=1", content=picture()).json() == second


@pytest.mark.parametrize("path", ["/", "/page.js", "/models/mlp.onnx"])
def test_pages_of_any_origin_may_read_files(client, path):
    assert client.get(path, headers={"origin": "https://example.org"}).headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/", "/page.js", "/models/mlp.onnx"])
def test_a_browser_asks_before_it_takes_its_own_copy(client, path):
    assert client.get(path).headers["cache-control"] == "no-cache"


def test_the_page_and_its_files_are_served(client):
    page = client.get("/")
    assert page.text.startswith("<!doctype html>")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "javascript" in client.get("/page.js").headers["content-type"]


def test_the_server_says_that_it_is_well(client):
    assert client.get("/healthz").json() == client.get("/readyz").json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/nothing", "/..%2f..%2fetc%2fpasswd", "/%00", "/" + "a" * 5000, "/%ff"])
def test_an_unknown_path_is_not_found(client, path):
    check_error(client.get(path), 404, "not_found")


def test_a_wrong_method_is_refused_in_words(client):
    response = client.get("/classify")
    check_error(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"
    check_error(client.post("/models"), 405, "method_not_allowed")
    check_error(client.delete("/page.js"), 405, "method_not_allowed")
