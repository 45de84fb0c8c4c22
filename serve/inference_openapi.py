"""The part of `/openapi.json` that describes /v2, the Open Inference Protocol."""

from collections.abc import Collection
from typing import Any

from serve.inference_protocol import HEADER_LENGTH, MAX_BATCH, MAX_CONTENT, MAX_JSON, VERSION

Json = dict[str, Any]


def inference_paths(models: Collection[str], security: Json) -> Json:
    """The paths under /v2 for models of these names; `security` is what else an operation with a body says."""
    paths: Json = {
        "/v2": _get("Describe the server", name={"const": "doodle"}, version=TEXT, extensions=_list(TEXT)),
        "/v2/health/live": _get("Say whether the server is alive", live={"type": "boolean"}),
        "/v2/health/ready": _get("Say whether the models are ready", ready={"type": "boolean"}),
    }
    model = {"name": "model", "in": "path", "required": True, "schema": {"enum": list(models)}}
    version = {"name": "version", "in": "path", "required": True, "schema": {"enum": [VERSION]}}
    for path, parameters in (("", [model]), ("/versions/{version}", [model, version])):
        path = f"/v2/models/{{model}}{path}"
        tensors = _list({**_object(**TENSOR, parameters=OBJECT), "required": list(TENSOR)})
        metadata: Json = {"name": {"enum": list(models)}, "versions": _list(TEXT), "platform": TEXT}
        paths[path] = _get("Describe a model", **metadata, inputs=tensors, outputs=tensors)
        paths[f"{path}/ready"] = _get("Say whether a model is ready", name=TEXT, ready={"type": "boolean"})
        paths[f"{path}/infer"] = {"post": {**_infer(models), **security}}
        for each in (path, f"{path}/ready", f"{path}/infer"):
            (operation,) = paths[each].values()
            operation["parameters"] = parameters
            operation["responses"]["404"] = _refused("There is no such model, or version of it.")
        if security:
            paths[f"{path}/infer"]["post"]["responses"]["401"] = _refused("The key is missing or wrong.")
    return paths


def _infer(models: Collection[str]) -> Json:
    bitmap: Json = {
        "name": {"const": "bitmap"},
        "datatype": {"const": "UINT8"},
        "shape": {"const": [1, 28, 28]},
        "data": {**_list({"type": "integer", "minimum": 0, "maximum": 255}), "minItems": 784, "maxItems": 784},
    }
    form: Json = {
        "binary_data": {"type": "boolean", "description": "Return the tensor as bytes after the JSON."},
        "classification": {
            "type": "integer",
            "minimum": 0,
            "description": 'Return so many of the likeliest as "probability:index:label"; 0 for all probabilities.',
        },
    }
    output = {**_object(name={"const": "probabilities"}, parameters=_optional(**form)), "required": ["name"]}
    request = {
        **_object(
            id=TEXT,
            inputs={**_list(_object(**bitmap)), "minItems": 1, "maxItems": 1},
            outputs={**_list(output), "maxItems": 1},
            parameters=_optional(binary_data_output={"type": "boolean"}),
        ),
        "required": ["inputs"],
    }
    answer = _object(
        model_name={"enum": list(models)},
        model_version={"const": VERSION},
        id=TEXT,
        outputs=_list({**_object(**TENSOR, parameters=OBJECT, data={"type": "array"}), "required": list(TENSOR)}),
    )
    return {
        "summary": "Classify bitmaps, as tensors",
        "description": f"The schema is that of one bitmap; N of them, at most {MAX_BATCH}, have the shape [N, 28, 28] "
        "and N times as much data, flat or nested. Instead of data a tensor may have the parameter binary_data_size: "
        f"its bytes then follow the JSON, whose length the header {HEADER_LENGTH} tells. The JSON is at most "
        f"{MAX_JSON} bytes, all of it {MAX_CONTENT}; it may be compressed by gzip or deflate.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": request}}},
        "responses": {
            "200": {
                "description": "The probabilities of all labels.",
                "headers": {HEADER_LENGTH: {"schema": {"type": "integer"}}},
                "content": {
                    "application/json": {"schema": {**answer, "required": ["model_name", "model_version", "outputs"]}},
                    "application/octet-stream": {},
                },
            },
            "400": _refused("The request is not what the protocol, or the model, takes."),
            "413": _refused("The request, or its JSON, is too large."),
            "415": _refused("The request is compressed in a way that is not taken."),
            "503": _refused("The server is busy: come again after the seconds that Retry-After names."),
        },
    }


def _get(summary: str, **properties: Json) -> Json:
    content = {"application/json": {"schema": _object(**properties)}}
    return {"get": {"summary": summary, "responses": {"200": {"description": "As asked.", "content": content}}}}


def _refused(reason: str) -> Json:
    return {"description": reason, "content": {"application/json": {"schema": _object(error=TEXT)}}}


def _object(**properties: Json) -> Json:
    return {"type": "object", "required": list(properties), "properties": properties}


def _optional(**properties: Json) -> Json:
    return {"type": "object", "properties": properties}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


TEXT: Json = {"type": "string"}
OBJECT: Json = {"type": "object"}
TENSOR: Json = {"name": TEXT, "datatype": {"enum": ["UINT8", "FP32", "BYTES"]}, "shape": _list({"type": "integer"})}
