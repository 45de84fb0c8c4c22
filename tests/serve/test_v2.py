import json
import re
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from doodle.recognizer import Recognizer, load_models
from serve import v2
from serve.app import create_app
from serve.v2 import HEADER_LENGTH, MAX_BATCH, MAX_JSON_BYTES

CHECKOUT = Path(__file__).parents[2]
MAX_BYTES = MAX_JSON_BYTES + MAX_BATCH * 784
BITMAPS = np.random.default_rng(0).integers(0, 256, (100, 28, 28), np.uint8)


@pytest.fixture(scope="module")
def address():
    """HOST:PORT of a real server on the shipped models."""
    command = [sys.executable, "-m", "serve", "--port", "0"]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        yield re.search(r"http://(\S+)", process.stdout.readline())[1]
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture
def triton():
    return pytest.importorskip("tritonclient.http", reason="needs tritonclient[http]", exc_type=ImportError)


@pytest.fixture
def triton_client(triton, address):
    with triton.InferenceServerClient(address) as client:
        yield client


def bitmap_input(triton, bitmaps, name="bitmap", **options):
    tensor = triton.InferInput(name, list(bitmaps.shape), "UINT8")
    return [tensor.set_data_from_numpy(bitmaps, **options)]


def random_inputs(model, count):
    return np.random.default_rng(0).integers(0, 256, (count, *model.input_shape), np.uint8)


@pytest.mark.parametrize("name", ["mlp", "cnn"])
@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [None, True, False])
def test_tritonclient_gets_the_bits_of_the_recognizer(triton, triton_client, name, binary_in, binary_out):
    outputs = None if binary_out is None else [triton.InferRequestedOutput("probabilities", binary_data=binary_out)]
    recognizer = Recognizer(CHECKOUT / "models" / f"{name}.onnx")
    for count in (1, 70):
        inputs = random_inputs(recognizer, count)
        tensors = bitmap_input(triton, inputs, recognizer.input_name, binary_data=binary_in)
        if not binary_in and inputs.size > 200_000:
            continue  # so many numbers make more JSON than is taken
        probabilities = triton_client.infer(name, tensors, outputs=outputs).as_numpy("probabilities")
        assert probabilities.dtype == np.float32
        assert np.array_equal(probabilities, recognizer.probabilities(inputs))


def test_tritonclient_finds_out_what_is_served(triton_client):
    for _ in range(3):  # on one connection
        assert triton_client.is_server_live()
        assert triton_client.is_server_ready()
        assert triton_client.is_model_ready("mlp")
    assert triton_client.is_model_ready("mlp", "1")
    assert not triton_client.is_model_ready("nothing")
    assert not triton_client.is_model_ready("mlp", "2")
    assert set(triton_client.get_server_metadata()["extensions"]) == {"binary_tensor_data"}
    metadata = triton_client.get_model_metadata("mlp", "1")
    assert metadata["inputs"] == [{"name": "bitmap", "datatype": "UINT8", "shape": [-1, 28, 28]}]
    (output,) = metadata["outputs"]
    assert (output["name"], output["datatype"], output["shape"]) == ("probabilities", "FP32", [-1, 10])
    assert output["parameters"]["labels"] == Recognizer(CHECKOUT / "models" / "mlp.onnx").labels


def test_tritonclient_is_told_what_is_wrong(triton, triton_client):
    from tritonclient.utils import InferenceServerException

    with pytest.raises(InferenceServerException, match="no model is named 'nothing'; there are: cnn, mlp"):
        triton_client.infer("nothing", bitmap_input(triton, BITMAPS))
    with pytest.raises(InferenceServerException, match=r"shape is \[100, 784\]: send \[N, 28, 28\]"):
        triton_client.infer("mlp", bitmap_input(triton, BITMAPS.reshape(100, 784)))
    with pytest.raises(InferenceServerException, match=f"N at most {MAX_BATCH}"):
        triton_client.infer("mlp", bitmap_input(triton, np.zeros((MAX_BATCH + 1, 28, 28), np.uint8)))


def test_others_are_answered_during_a_large_batch(triton, triton_client, address):
    def ask_for_many():
        with triton.InferenceServerClient(address) as client:
            model = Recognizer("cnn")
            client.infer("cnn", bitmap_input(triton, random_inputs(model, MAX_BATCH), model.input_name))

    large = threading.Thread(target=ask_for_many)
    large.start()
    answered = 0
    while large.is_alive():
        with urllib.request.urlopen(f"http://{address}/healthz", timeout=10) as response:
            assert response.status == 200
        answered += 1
        time.sleep(0.01)
    assert answered > 3


@pytest.fixture(scope="module")
def client(models_folder, tmp_path_factory):
    app = create_app(load_models(models_folder), "mlp", tmp_path_factory.mktemp("web"))
    return TestClient(app, raise_server_exceptions=False)


def request(count=1, **changes):
    tensor = {"name": "bitmap", "datatype": "UINT8", "shape": [count, 28, 28], "data": [0] * 784 * count}
    return {"inputs": [{**tensor, **changes}]}


def post(client, content, **headers):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.post("/v2/models/mlp/infer", content=body, headers=headers)


def check_error(response, status, part):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert list(response.json()) == ["error"]
    assert part in response.json()["error"]


def test_a_request_in_json_is_answered_in_json(client):
    response = post(client, {**request(2), "id": "seven", "outputs": [{"name": "probabilities"}]})
    answer = response.json()
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("mlp", "1", "seven")
    (output,) = answer["outputs"]
    assert (output["name"], output["datatype"], output["shape"]) == ("probabilities", "FP32", [2, 3])
    assert output["data"] == pytest.approx([1 / 3] * 6)


def test_data_may_be_nested_and_have_decimal_points(client):
    bitmaps = BITMAPS[:3]
    flat = post(client, request(3, data=bitmaps.ravel().tolist())).json()
    assert post(client, request(3, data=bitmaps.tolist())).json() == flat
    assert post(client, request(3, data=bitmaps.astype(float).tolist())).json() == flat


def test_a_long_answer_in_json_is_whole(client):
    answer = post(client, request(v2.SLICE * 2 + 1)).json()
    assert len(answer["outputs"][0]["data"]) == (v2.SLICE * 2 + 1) * 3


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        ([], "not a JSON object"),
        ({}, '"inputs"'),
        ({"inputs": []}, '"inputs"'),
        ({"inputs": request()["inputs"] * 2}, '"inputs"'),
        ({"inputs": ["bitmap"]}, '"inputs"'),
        ({**request(), "id": 7}, '"id"'),
        ({**request(), "parameters": []}, "parameters"),
        ({**request(), "outputs": "all"}, '"outputs"'),
        ({**request(), "outputs": None}, '"outputs"'),
        ({**request(), "outputs": [{"name": "logits"}]}, "no output"),
        ({**request(), "outputs": [{"name": "probabilities"}] * 2}, '"outputs"'),
        ({**request(), "outputs": [{"name": "probabilities", "parameters": {"binary_data": 1}}]}, "true or false"),
        ({**request(), "outputs": [{"name": "probabilities", "parameters": {"classification": -1}}]}, "classification"),
        (
            {**request(), "outputs": [{"name": "probabilities", "parameters": {"shared_memory_region": "a"}}]},
            "only binary_data is served",
        ),
        (request(name="image"), "send bitmap, UINT8"),
        (request(datatype="FP32"), "send bitmap, UINT8"),
        (request(shape=[784]), "[N, 28, 28]"),
        (request(shape=[-1, 28, 28]), "[N, 28, 28]"),
        (request(shape=[True, 28, 28]), "[N, 28, 28]"),
        (request(shape=[1.5, 28, 28]), "[N, 28, 28]"),
        (request(shape=[float("nan"), 28, 28]), "[N, 28, 28]"),
        (request(shape=[10**30, 28, 28]), "at most"),
        (request(shape=[1e300, 28, 28]), "at most"),
        (request(shape=[float("inf"), 28, 28]), "[N, 28, 28]"),
        (request(data=[0] * 783), "783 values"),
        (request(data=[256] * 784), "from 0 to 255"),
        (request(data=[-1] * 784), "from 0 to 255"),
        (request(data=[0.5] * 784), "from 0 to 255"),
        (request(data=[True] * 784), "from 0 to 255"),
        (request(data=[float("nan")] * 784), "from 0 to 255"),
        (request(data=[float("inf")] * 784), "from 0 to 255"),
        (request(data=["\ud800"] * 784), "from 0 to 255"),
        (request(data=[[0] * 392, 0]), "from 0 to 255"),
        (request(data="0" * 784), "needs data"),
        (request(data=None, parameters={"binary_data_size": 784}), "binary_data_size is 784, and 0 bytes follow"),
        (request(parameters=7), "parameters"),
        (request(name="\ud800"), "no input"),
    ],
)
def test_a_malformed_request_is_told_what_is_wrong(client, content, part):
    check_error(post(client, content), 400, part)


def test_binary_data_must_be_as_long_as_it_says(client):
    (tensor,) = request(parameters={"binary_data_size": 784})["inputs"]
    del tensor["data"]
    text = json.dumps({"inputs": [tensor]}).encode()
    length = {HEADER_LENGTH: str(len(text))}
    assert post(client, text + bytes(784), **length).status_code == 200
    check_error(post(client, text + bytes(783), **length), 400, "783 bytes follow the JSON")
    check_error(post(client, text + bytes(785), **length), 400, "785 bytes follow the JSON")
    check_error(post(client, text + bytes(784)), 400, "not JSON")
    for bad in ("-1", "1e3", "", "９"):
        check_error(post(client, text, **{HEADER_LENGTH: bad.encode()}), 400, "not a number of bytes")
    check_error(post(client, text, **{HEADER_LENGTH: "9" * 5000}), 400, "more than the body")
    plain = json.dumps(request()).encode()
    check_error(post(client, plain + b"more", **{HEADER_LENGTH: str(len(plain))}), 400, "4 bytes follow the JSON")


def test_a_request_that_is_too_large_is_refused(client):
    check_error(post(client, request(MAX_BATCH // 2)), 413, "send the tensor as binary data")
    check_error(post(client, bytes(MAX_BYTES + 1)), 413, "larger than")
    check_error(post(client, bytes(2**25)), 413, "larger than")


def test_what_is_not_there_is_told_in_the_protocols_own_form(client):
    check_error(client.get("/v2/nothing"), 404, "nothing at /v2/nothing")
    check_error(client.get("/v2/models/x"), 404, "no model is named 'x'; there are: mlp, other")
    check_error(client.get("/v2/models/mlp/versions/2"), 404, "no version '2'")
    check_error(client.get("/v2/models/mlp/infer"), 405, "does not take GET")
    check_error(client.post("/v2"), 405, "does not take POST")


def test_what_stands_before_the_routes_keeps_to_the_protocols_own_form(models_folder, tmp_path):
    app = create_app(load_models(models_folder), "mlp", tmp_path, keys=[b"secret"])
    check_error(post(TestClient(app), request()), 401, "requires an API key")
    assert post(TestClient(app), request(), **{"x-api-key": "secret"}).status_code == 200


def test_requests_are_counted_as_tensors(models_folder, tmp_path):
    client = TestClient(create_app(load_models(models_folder), "mlp", tmp_path))
    post(client, request())
    labels = 'kind="tensor",model="mlp",route="/v2/models/{model}/infer",status="200"'
    assert f"doodle_requests_total{{{labels}}} 1.0" in client.get("/metrics").text


def test_a_fault_is_told_in_the_protocols_own_form(client, monkeypatch):
    monkeypatch.setattr(v2, "_classify", None)
    check_error(post(client, request()), 500, "its log")
