"""The Open Inference Protocol, version 2, which Triton and KServe speak: bitmaps in, probabilities out, as tensors.

The protocol: https://github.com/kserve/open-inference-protocol. The extensions "binary tensor data", in which tensors
follow the JSON as bytes, and "classification", which gives labels in place of probabilities, are as Triton has them.
"""

import asyncio
import json
import struct
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from doodle.parse import BodyError, BodyKindError, BodySizeError
from doodle.recognizer import Recognizer
from serve import __version__
from serve.endpoint import read_body
from serve.problems import UnknownModelError

VERSION = "1"  # of every model: a server holds one file of each
MAX_BATCH = 1024  # bitmaps in a request
MAX_JSON = 2**20  # bytes of JSON in a request; reading so much took 17 ms, in which nobody else is answered
MAX_CONTENT = MAX_JSON + MAX_BATCH * 784  # bytes of a request, decompressed
SLICE = 32  # bitmaps that are classified in one go, so that large batches take turns
HEADER_LENGTH = "Inference-Header-Content-Length"  # bytes of JSON in a body where tensors follow it as bytes
ENCODINGS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}

# one thread: however many large batches arrive, what else this process answers keeps the other cores
_thread = ThreadPoolExecutor(1, thread_name_prefix="batches")


@dataclass(frozen=True)
class Inference:
    """What a request asks: the bitmaps, (N, 28, 28) uint8, and how their probabilities are to be told."""

    id: str | None
    bitmaps: NDArray[np.uint8]
    binary: bool  # as bytes after the JSON
    classes: int  # so many of the likeliest as "probability:index:label"; 0: all probabilities as numbers


def inference_routes() -> list[Route]:
    """All that lies under /v2, for an app whose state has the models."""
    model, version = "/v2/models/{model}", "/v2/models/{model}/versions/{version}"
    return [
        Route("/v2", describe_server),
        Route("/v2/health/live", say_live),
        Route("/v2/health/ready", say_ready),
        *(Route(path, describe_model) for path in (model, version)),
        *(Route(path + "/ready", say_model_ready) for path in (model, version)),
        *(Route(path + "/infer", infer, methods=["POST"]) for path in (model, version)),
    ]


async def describe_server(request: Request) -> Response:
    return _json({"name": "doodle", "version": __version__, "extensions": ["binary_tensor_data", "classification"]})


async def say_live(request: Request) -> Response:
    return _json({"live": True})


async def say_ready(request: Request) -> Response:
    # the models were loaded and run before the server began to listen
    return _json({"ready": True})


async def say_model_ready(request: Request) -> Response:
    return _json({"name": _model(request).name, "ready": True})


async def describe_model(request: Request) -> Response:
    model = _model(request)
    probabilities = {"name": "probabilities", "datatype": "FP32", "shape": [-1, len(model.labels)]}
    return _json(
        {
            "name": model.name,
            "versions": [VERSION],
            "platform": "onnxruntime_onnx",
            "inputs": [{"name": "bitmap", "datatype": "UINT8", "shape": [-1, 28, 28]}],
            "outputs": [{**probabilities, "parameters": {"labels": model.labels}}],
        }
    )


async def infer(request: Request) -> Response:
    model = _model(request)
    request.state.model, request.state.kind = model.name, "tensor"
    body = decompress(
        await read_body(request.receive, MAX_CONTENT), request.headers.get("content-encoding", "identity")
    )
    inference = read_inference(*split(body, request.headers.get(HEADER_LENGTH)))
    if len(inference.bitmaps) == 1:
        tensor = classify(model, inference, inference.bitmaps)
    else:
        run = asyncio.get_running_loop().run_in_executor
        slices = (inference.bitmaps[i : i + SLICE] for i in range(0, len(inference.bitmaps), SLICE))
        parts = [await run(_thread, classify, model, inference, bitmaps) for bitmaps in slices]
        tensor = (b"" if inference.binary else b", ").join(parts)
    return answer(model, inference, tensor)


def decompress(body: bytes, encoding: str) -> bytes:
    """Undo a body's Content-Encoding. Raises BodySizeError before it holds more than MAX_CONTENT bytes."""
    encoding = encoding.strip().lower()
    if encoding != "identity":
        if encoding not in ENCODINGS:
            raise BodyKindError(f"Content-Encoding is {encoding[:40]!r}: send gzip, deflate, or none")
        decompressor = zlib.decompressobj(ENCODINGS[encoding])
        try:
            body = decompressor.decompress(body, MAX_CONTENT + 1)
        except zlib.error as error:
            raise BodyError(f"the body is not {encoding}: {error}") from None
        if len(body) <= MAX_CONTENT and not decompressor.eof:
            raise BodyError(f"the body's {encoding} data is cut short")
    if len(body) > MAX_CONTENT:
        raise BodySizeError(f"the request is larger than {MAX_CONTENT} bytes: send fewer bitmaps at a time")
    return body


def split(body: bytes, header_length: str | None) -> tuple[bytes, bytes]:
    """A body's JSON, and the bytes of tensors that follow it."""
    if header_length is not None and not (header_length.isascii() and header_length.isdigit()):
        raise BodyError(f"{HEADER_LENGTH} is {header_length[:40]!r}, not a number of bytes")
    length = len(body) if header_length is None else int(header_length[:20])
    if length > len(body):
        raise BodyError(f"{HEADER_LENGTH} is {length}, more than the body's {len(body)} bytes")
    if length > MAX_JSON:
        raise BodySizeError(f"the JSON is larger than {MAX_JSON} bytes: send the tensor as binary data")
    return body[:length], body[length:]


def read_inference(text: bytes, tail: bytes) -> Inference:
    """Read a request's JSON and the bytes that follow it. Raises BodyError for what the model can't answer."""
    try:
        content = json.loads(text)
    except RecursionError:
        raise BodyError("the JSON is nested too deeply") from None
    except ValueError as error:
        raise BodyError(f"the request is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise BodyError("the request is not a JSON object")
    if not isinstance(content.get("id", ""), str):
        raise BodyError('"id" is not a string')
    inputs = content.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise BodyError('"inputs" is not a list of one tensor, bitmap')
    binary, classes = _output_form(content)
    return Inference(content.get("id"), _bitmaps(inputs[0], tail), binary, classes)


def _bitmaps(tensor: dict[str, Any], tail: bytes) -> NDArray[np.uint8]:
    name, datatype, shape = tensor.get("name"), tensor.get("datatype"), tensor.get("shape")
    if name != "bitmap":
        raise BodyError(f"there is no input {_quote(name)}: the model's one input is bitmap")
    if datatype != "UINT8":
        raise BodyError(f"bitmap's datatype is {_quote(datatype)}: it must be UINT8, ink 255 on 0")
    if not isinstance(shape, list) or len(shape) != 3 or shape[1:] != [28, 28] or not _is_whole(shape[0], 1):
        raise BodyError(f"bitmap's shape is {_quote(shape)}: it must be [N, 28, 28]")
    if shape[0] > MAX_BATCH:
        raise BodyError(f"the batch has {_quote(shape[0])} bitmaps: send at most {MAX_BATCH} at a time")
    parameters = _parameters(tensor, "bitmap")
    size = parameters.get("binary_data_size")
    if "binary_data_size" not in parameters:
        pixels, source = _pixels_of_json(tensor.get("data")), "data"
        if tail:
            raise BodyError(f"{len(tail)} bytes follow the JSON, but bitmap has no binary_data_size")
    elif _is_whole(size) and size == len(tail) and "data" not in tensor:
        pixels, source = tail, "binary data"
    else:
        raise BodyError(
            f"bitmap's binary_data_size is {_quote(size)}, with {len(tail)} bytes after the JSON: "
            f'they must be equal, without "data", and {HEADER_LENGTH} must tell where the JSON ends'
        )
    if len(pixels) != shape[0] * 784:
        raise BodyError(f"bitmap's {source} has {len(pixels)} pixels: shape {shape} has {shape[0] * 784:.0f}")
    return np.frombuffer(pixels, np.uint8).reshape(-1, 28, 28)


def _pixels_of_json(data: object) -> bytes:
    """A tensor's numbers in row-major order, whether they come flat or as lists of lists."""
    if not isinstance(data, list):
        raise BodyError("bitmap has neither data nor a binary_data_size")
    try:
        while data and isinstance(data[0], list):
            data = list(chain.from_iterable(data))
        kinds = set(map(type, data))
        whole = list(map(int, data)) if float in kinds else data
        if kinds <= {int, float} and whole == data:
            return bytes(whole)
    except (TypeError, ValueError, OverflowError):
        pass
    raise BodyError("bitmap's data holds something else than whole numbers from 0 to 255")


def _output_form(content: dict[str, Any]) -> tuple[bool, int]:
    """Whether the output is to be bytes after the JSON, and how many classes it names (0: it is all probabilities)."""
    outputs = content.get("outputs", [])
    if not isinstance(outputs, list) or len(outputs) > 1 or not all(isinstance(output, dict) for output in outputs):
        raise BodyError('"outputs" is not a list of one tensor, probabilities')
    output = outputs[0] if outputs else {"name": "probabilities"}  # who names none wants all
    name = output.get("name")
    if name != "probabilities":
        raise BodyError(f"there is no output {_quote(name)}: the model's one output is probabilities")
    parameters = _parameters(output, name)
    if "shared_memory_region" in parameters:
        raise BodyError("shared memory is not served: ask for binary data")
    binary = parameters.get("binary_data", _parameters(content, "the request").get("binary_data_output", False))
    classes = parameters.get("classification", 0)
    if type(binary) is not bool:
        raise BodyError("binary_data and binary_data_output are true or false")
    if not _is_whole(classes):
        raise BodyError(f"classification is {_quote(classes)}: it is how many classes to name")
    return binary, int(classes)


def _parameters(holder: dict[str, Any], name: str) -> dict[str, Any]:
    parameters = holder.get("parameters", {})
    if not isinstance(parameters, dict):
        raise BodyError(f"the parameters of {name} are not a JSON object")
    return parameters


def _is_whole(value: object, least: int = 0) -> bool:
    """JSON has one kind of number: 7.0 is 7."""
    return type(value) in (int, float) and value >= least and value % 1 == 0  # type: ignore[operator]


def classify(model: Recognizer, inference: Inference, bitmaps: NDArray[np.uint8]) -> bytes:
    """The part of the output tensor that belongs to these bitmaps: bytes, or JSON without the brackets around it."""
    probabilities = model.probabilities(bitmaps)
    if inference.classes:
        names = [name.encode() for row in probabilities for name in likeliest(model, row, inference.classes)]
        if inference.binary:
            return b"".join(struct.pack("<I", len(name)) + name for name in names)
        return json.dumps([name.decode() for name in names])[1:-1].encode()
    if inference.binary:
        return probabilities.astype("<f4").tobytes()
    return json.dumps(probabilities.ravel().tolist())[1:-1].encode()


def likeliest(model: Recognizer, probabilities: NDArray[np.float32], count: int) -> list[str]:
    """The `count` likeliest of one bitmap's labels, as "probability:index:label"."""
    ranking = np.argsort(-probabilities, kind="stable")[:count]
    return [f"{probabilities[i]:f}:{i}:{model.labels[i]}" for i in ranking]


def answer(model: Recognizer, inference: Inference, tensor: bytes) -> Response:
    """The response around the output tensor, which is already as it is to be sent."""
    classes = min(inference.classes, len(model.labels))
    output: dict[str, Any] = {
        "name": "probabilities",
        "datatype": "BYTES" if classes else "FP32",
        "shape": [len(inference.bitmaps), classes or len(model.labels)],
    }
    if inference.binary:
        output["parameters"] = {"binary_data_size": len(tensor)}
    head = {"model_name": model.name, "model_version": VERSION}
    if inference.id is not None:
        head["id"] = inference.id
    text = json.dumps({**head, "outputs": [output]}).encode()
    if inference.binary:
        return Response(text + tensor, 200, {HEADER_LENGTH: str(len(text))}, media_type="application/octet-stream")
    # the numbers are text already: to dump them all at once would keep everybody else waiting
    text = text.removesuffix(b"}]}") + b', "data": [' + tensor + b"]}]}"
    return Response(text, media_type="application/json")


def _model(request: Request) -> Recognizer:
    models: Mapping[str, Recognizer] = request.app.state.models
    name, version = request.path_params["model"], request.path_params.get("version", VERSION)
    if name not in models:
        raise UnknownModelError(f"no model is named {name!r}; there are: {', '.join(models)}")
    if version != VERSION:
        raise UnknownModelError(f"{name} has no version {version!r}; it has: {VERSION}")
    return models[name]


def _quote(value: object) -> str:
    """What a client sent, at a length that fits into a message."""
    return json.dumps(value)[:80]


def _json(content: object) -> Response:
    return Response(json.dumps(content), media_type="application/json")
