"""The Open Inference Protocol at /v2, as tritonclient[http] speaks it: bitmaps in, probabilities out, as tensors.

The protocol: https://github.com/kserve/open-inference-protocol, with the extension "binary tensor data", in which
tensors follow the JSON as bytes.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from doodle import __version__
from doodle.parse import BodyError, BodySizeError
from doodle.recognizer import Recognizer

from .body import read_body, run_in_thread
from .errors import UnknownModelError
from .forms import decompress
from .responses import NOSNIFF, answering, json_response

VERSION = "1"  # of every model: a server holds one file of each
MAX_BATCH = 1024  # inputs in a request
MAX_JSON_BYTES = 2**20  # reading so much took 17 ms, in which nobody else is answered
SLICE = 32  # inputs that are classified in one go, so that large batches take turns
HEADER_LENGTH = "Inference-Header-Content-Length"  # bytes of JSON in a body where tensors follow it as bytes

# one thread: however many large batches arrive, what else this process answers keeps the other cores
_thread = ThreadPoolExecutor(1, thread_name_prefix="batches")


def v2_routes() -> list[Route]:
    """The routes under /v2, for an app whose state has `models` and `settings`."""
    paths = ("/v2/models/{model}", "/v2/models/{model}/versions/{version}")
    return [
        Route("/v2", answering({"name": "doodle", "version": __version__, "extensions": ["binary_tensor_data"]})),
        # the models were loaded and run before the server began to listen, so to answer is to be ready
        Route("/v2/health/live", answering({"live": True})),
        Route("/v2/health/ready", answering({"ready": True})),
        *(Route(path, model_metadata) for path in paths),
        *(Route(path + "/ready", model_ready) for path in paths),
        *(Route(path + "/infer", infer, methods=["POST"]) for path in paths),
    ]


async def model_ready(request: Request) -> Response:
    return json_response({"name": _model(request).name, "ready": True})


async def model_metadata(request: Request) -> Response:
    model = _model(request)
    probabilities = {"name": "probabilities", "datatype": "FP32", "shape": [-1, len(model.labels)]}
    content = {
        "name": model.name,
        "versions": [VERSION],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": model.input_name, "datatype": "UINT8", "shape": [-1, *model.input_shape]}],
        "outputs": [{**probabilities, "parameters": {"labels": model.labels}}],
    }
    return json_response(content)


async def infer(request: Request) -> Response:
    model, settings = _model(request), request.app.state.settings
    request.state.model, request.state.kind = model.name, "tensor"
    max_bytes = MAX_JSON_BYTES + MAX_BATCH * prod(model.input_shape)
    body = await read_body(request.receive, max_bytes, settings.client_timeout_s)
    body = decompress(body, request.headers.get("content-encoding", ""), max_bytes)
    content, tail = _read_json(body, request.headers.get(HEADER_LENGTH))
    inputs, binary = _read_tensor(model, content, tail), _wants_binary(content)
    parts = []
    for first in range(0, len(inputs), SLICE):
        job = (_classify, model, inputs[first : first + SLICE], binary)
        parts.append(await run_in_thread(request.scope, settings.response_timeout_s, *job, on=_thread))
    output: dict[str, Any] = {"name": "probabilities", "datatype": "FP32", "shape": [len(inputs), len(model.labels)]}
    head = {"model_name": model.name, "model_version": VERSION} | ({"id": content["id"]} if "id" in content else {})
    return _response(head, output, b"".join(parts) if binary else b", ".join(parts), binary)


def _read_json(body: bytes, header_length: str | None) -> tuple[dict[str, Any], bytes]:
    """A body's JSON object, and the bytes of the tensor that follow it. Raises BodyError, BodySizeError."""
    if header_length is not None and not (header_length.isascii() and header_length.isdigit()):
        raise BodyError(f"{HEADER_LENGTH} is {header_length[:40]!r}, not a number of bytes")
    length = len(body) if header_length is None else int(header_length[:20])
    if length > len(body):
        raise BodyError(f"{HEADER_LENGTH} is {length}, more than the body's {len(body)} bytes")
    if length > MAX_JSON_BYTES:
        raise BodySizeError(f"the JSON is larger than {MAX_JSON_BYTES} bytes: send the tensor as binary data")
    try:
        content = json.loads(body[:length])
    except RecursionError:
        raise BodyError("the JSON is nested too deeply") from None
    except ValueError as error:
        raise BodyError(f"the request is not JSON: {error}") from None
    if not isinstance(content, dict) or not isinstance(content.get("id", ""), str):
        raise BodyError('the request is not a JSON object, or its "id" is no string')
    return content, body[length:]


def _read_tensor(model: Recognizer, content: dict[str, Any], tail: bytes) -> NDArray[np.uint8]:
    """The inputs (N, ...) uint8. Raises BodyError for what the model can't answer."""
    tensors = content.get("inputs")
    if not isinstance(tensors, list) or len(tensors) != 1 or not isinstance(tensors[0], dict):
        raise BodyError(f'"inputs" is not a list of one tensor, {model.input_name}')
    (tensor,) = tensors
    name, datatype, shape = tensor.get("name"), tensor.get("datatype"), tensor.get("shape")
    if (name, datatype) != (model.input_name, "UINT8"):
        raise BodyError(f"there is no input {_quote(name)} of {_quote(datatype)}: send {model.input_name}, UINT8")
    is_shape = isinstance(shape, list) and shape[1:] == list(model.input_shape) and type(shape[0]) is int
    if not is_shape or not 1 <= shape[0] <= MAX_BATCH:
        wanted = f"[N, {', '.join(map(str, model.input_shape))}], N at most {MAX_BATCH}"
        raise BodyError(f"{name}'s shape is {_quote(shape)}: send {wanted} at a time")
    size = _parameters(tensor).get("binary_data_size")
    pixels = _pixels_of_json(tensor.get("data")) if size is None else tail
    if (size or 0) != len(tail):
        raise BodyError(f"{name}'s binary_data_size is {_quote(size)}, and {len(tail)} bytes follow the JSON")
    if len(pixels) != prod(shape):
        raise BodyError(f"{name} has {len(pixels)} values: shape {shape} has {prod(shape)}")
    return np.frombuffer(pixels, np.uint8).reshape(shape)


def _pixels_of_json(data: object) -> bytes:
    """A tensor's numbers in row-major order, flat or as lists of lists."""
    try:
        values = np.array(data)
        with np.errstate(invalid="ignore"):  # of what is not finite
            pixels = values.astype(np.uint8)
    except (TypeError, ValueError, OverflowError):  # lists of different lengths, text
        values, pixels = np.array(True), np.array(0)
    if values.dtype.kind not in "iuf" or not np.array_equal(values, pixels):
        raise BodyError("the tensor needs data, whole numbers from 0 to 255, or a binary_data_size")
    return pixels.tobytes()


def _wants_binary(content: dict[str, Any]) -> bool:
    """Whether the output is to be bytes after the JSON, as it says itself, or the request of all outputs."""
    binary = _flag(content, "binary_data_output", False)
    outputs = content.get("outputs", [])
    if not isinstance(outputs, list) or len(outputs) > 1:
        raise BodyError('"outputs" is not a list of one tensor, probabilities')
    for output in outputs:
        if not isinstance(output, dict) or output.get("name") != "probabilities":
            raise BodyError(f"there is no output {_quote(output)}: the model's one output is probabilities")
        binary = _flag(output, "binary_data", binary)
    return binary


def _flag(holder: dict[str, Any], name: str, default: bool) -> bool:
    """A parameter that is true or false, the only one that its holder may have."""
    parameters = _parameters(holder)
    flag = parameters.get(name, default)
    if parameters.keys() - {name} or type(flag) is not bool:
        raise BodyError(f"the parameters are {_quote(parameters)}: only {name} is served, true or false")
    return flag


def _parameters(holder: dict[str, Any]) -> dict[str, Any]:
    parameters = holder.get("parameters", {})
    if not isinstance(parameters, dict):
        raise BodyError(f"the parameters are {_quote(parameters)}, not a JSON object")
    return parameters


def _classify(model: Recognizer, inputs: NDArray[np.uint8], binary: bool) -> bytes:
    """The part of the output that belongs to these inputs: bytes, or JSON without the brackets around it."""
    probabilities = model.probabilities(inputs)
    return (
        probabilities.astype("<f4").tobytes() if binary else json.dumps(probabilities.ravel().tolist())[1:-1].encode()
    )


def _response(head: dict[str, str], output: dict[str, Any], tensor: bytes, binary: bool) -> Response:
    """The response around the output tensor, which is already as it is to be sent."""
    if not binary:
        text = json.dumps({**head, "outputs": [output]}).encode().removesuffix(b"}]}")
        return Response(text + b', "data": [' + tensor + b"]}]}", headers=NOSNIFF, media_type="application/json")
    text = json.dumps({**head, "outputs": [{**output, "parameters": {"binary_data_size": len(tensor)}}]}).encode()
    headers = NOSNIFF | {HEADER_LENGTH: str(len(text))}
    return Response(text + tensor, headers=headers, media_type="application/octet-stream")


def _model(request: Request) -> Recognizer:
    models = request.app.state.models
    name, version = request.path_params["model"], request.path_params.get("version", VERSION)
    if name not in models:
        raise UnknownModelError(f"no model is named {name!r}; there are: {', '.join(models)}")
    if version != VERSION:
        raise UnknownModelError(f"{name} has no version {version!r}; it has: {VERSION}")
    model: Recognizer = models[name]
    return model


def _quote(value: object) -> str:
    return json.dumps(value)[:80]
