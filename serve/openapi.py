"""The description of the API at `/openapi.json`, OpenAPI 3.1: what is served here, with these models and limits."""

from collections.abc import Collection, Mapping
from typing import Any

import serve
from doodle.recognizer import Recognizer
from doodle.strokes import MAX_POINTS, MAX_STROKES
from serve.inference_openapi import inference_paths
from serve.limits import Limits

Json = dict[str, Any]

PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp")


def describe_api(models: Mapping[str, Recognizer], default: str, limits: Limits, with_keys: bool) -> Json:
    """The whole document; `with_keys` where requests with a body need an API key."""
    reports = [name for name, model in models.items() if model.report]
    document: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "Doodle",
            "version": serve.__version__,
            "description": "Recognises Quick, Draw! doodles: strokes or pictures in, labels and probabilities out.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {
            "/classify": {"post": _classify(models, default, limits, with_keys)},
            "/models": {"get": _get("List the models", _json("Models"))},
            "/models/{model}.onnx": _of_model(models, "A model's ONNX file", _binary("application/octet-stream")),
            "/healthz": {"get": _get("Say whether the server is alive", _json("Health"))},
            "/readyz": {"get": _get("Say whether the server is ready to answer", _json("Health"))},
            "/metrics": {"get": _get("Prometheus metrics", _text("text/plain"))},
            "/models/{model}.bin": _of_model(
                models, "A model as browsers run it, where it was packed", _binary("application/octet-stream")
            ),
            "/openapi.json": {"get": _get("This description", _content("application/json", {"type": "object"}))},
            "/": {"get": _get("The page to draw on", _text("text/html"))},
            **inference_paths(models, _security(with_keys)),
        },
        "components": {"schemas": _schemas(list(models)), "responses": _refusals()},
    }
    if reports:
        summary = "How good a model is, and how it was trained"
        document["paths"]["/models/{model}/"] = _of_model(reports, summary, _text("text/html"))
    if with_keys:
        document["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
    return document


def _classify(models: Collection[str], default: str, limits: Limits, with_keys: bool) -> Json:
    refusals = (400, *([401] if with_keys else []), 404, 408, 413, 415, 422, 503)
    return {
        "summary": "Classify a drawing, or a stream of drawings",
        "description": "The kind of body is recognised by its content; only for a stream is its Content-Type needed, "
        f"and that not if its first line is a JSON object. A body, or a line of a stream, is at most {limits.body} "
        f"bytes, a picture {limits.pixels} pixels, a drawing {MAX_STROKES} strokes and {MAX_POINTS} points, a stream "
        f"{limits.lines} lines.",
        "parameters": [
            _query("model", {"enum": list(models), "default": default}, "The model that answers."),
            _query(
                "top",
                {"type": "integer", "minimum": 0, "maximum": 999_999_999, "default": 5},
                "How many labels to return; 0 for all.",
            ),
            _query("bitmap", {"enum": [0, 1], "default": 0}, "Whether to return what the model saw."),
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"anyOf": [_reference("Drawing"), _reference("Picture")]},
                    "example": {"drawing": [[[0, 255, 52, 128, 204, 0], [97, 97, 255, 0, 255, 97]]]},
                },
                "application/x-ndjson": {
                    "schema": {"type": "string", "description": "In each line a JSON object as above."}
                },
                **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in PICTURES},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["image"],
                        "properties": {"image": {"type": "string", "format": "binary"}},
                        "description": "A form with one file of any name, which holds any of the other kinds.",
                    },
                    "encoding": {"image": {"contentType": ", ".join(PICTURES)}},
                },
            },
        },
        "responses": {
            "200": {
                "description": "The answer; to a stream, in each line the answer or the error of its line.",
                "content": {
                    "application/json": {"schema": _reference("Answer")},
                    "application/x-ndjson": {"schema": {"type": "string"}},
                },
            },
            **{str(status): _refused(status) for status in refusals},
        },
        **_security(with_keys),
    }


def _security(with_keys: bool) -> Json:
    """What an operation with a body says of keys."""
    return {"security": [{"bearer": []}, {"header": []}]} if with_keys else {}


def _schemas(models: list[str]) -> Json:
    probability: Json = {"type": "number", "minimum": 0, "maximum": 1}
    labelled: Json = {"label": {"type": "string"}, "probability": probability}
    coordinates = {"type": "array", "items": {"type": "number"}}
    stroke = {
        "type": "array",
        "description": "[[x, ...], [y, ...]], y downwards, as many x as y; what follows, such as times, is ignored",
        "prefixItems": [coordinates, coordinates],
        "minItems": 2,
    }
    answer: Json = {
        **labelled,
        "known": {"type": "boolean", "description": "False where the model is not sure enough."},
        "top": {"type": "array", "items": _object(**labelled), "minItems": 1},
        "model": {"enum": models},
        "bitmap": {"type": "string", "contentEncoding": "base64", "description": "28 x 28 bytes, ink 255 on 0."},
    }
    return {
        "Drawing": _object(drawing={"type": "array", "items": stroke, "minItems": 1}),
        "Picture": _object(
            image={
                "type": "string",
                "format": "picture",
                "description": "A picture in base64, or a data URL with one.",
            }
        ),
        "Answer": _object(["bitmap"], **answer),
        "Models": _object(
            models={"type": "array", "minItems": 1, "items": _reference("Model")},
        ),
        "Model": _object(
            name={"enum": models},
            default={"type": "boolean"},
            labels={"type": "array", "items": {"type": "string"}, "minItems": 1},
            architecture={"type": "string"},
            parameters={"type": "integer"},
            data={"type": "object", "description": "The drawings that it was trained on."},
            figures={"type": "object", "description": "What it reaches on the test split."},
            threshold={**probability, "description": "The probability from which an answer is `known`."},
            version={"type": "string"},
            report={"type": ["string", "null"], "description": "Path of its report."},
        ),
        "Health": _object(status={"const": "ok"}),
        "Error": _object(error=_object(code={"type": "string"}, message={"type": "string"})),
    }


def _refusals() -> Json:
    reasons = {
        400: "The query or the body cannot be read.",
        401: "The key is missing or wrong.",
        404: "There is nothing of that name.",
        408: "The request did not arrive in time.",
        413: "The body, or the drawing or picture in it, is too large.",
        415: "The body is of no kind that is taken.",
        422: "The body can be read, but there is no drawing in it.",
        503: "The server is busy: come again after the seconds that Retry-After names.",
    }
    headers = {
        401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
        503: {"Retry-After": {"required": True, "schema": {"type": "integer"}}},
    }
    return {
        str(status): {
            "description": reason,
            "headers": headers.get(status, {}),
            "content": {"application/json": {"schema": _reference("Error")}},
        }
        for status, reason in reasons.items()
    }


def _get(summary: str, answer: Json) -> Json:
    return {"summary": summary, "responses": {"200": {"description": "As asked.", **answer}}}


def _of_model(models: Collection[str], summary: str, answer: Json) -> Json:
    """What a path answers that names one of these models."""
    operation = _get(summary, answer)
    operation["responses"]["404"] = _refused(404)
    name = {"name": "model", "in": "path", "required": True, "schema": {"enum": list(models)}}
    return {"get": {**operation, "parameters": [name]}}


def _query(name: str, schema: Json, description: str) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _content(kind: str, schema: Json) -> Json:
    return {"content": {kind: {"schema": schema}}}


def _json(schema: str) -> Json:
    return _content("application/json", _reference(schema))


def _text(kind: str) -> Json:
    return _content(kind, {"type": "string"})


def _binary(kind: str) -> Json:
    return _content(kind, {"type": "string", "format": "binary"})


def _object(optional: Collection[str] = (), /, **properties: Json) -> Json:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties}


def _reference(schema: str) -> Json:
    return {"$ref": f"#/components/schemas/{schema}"}


def _refused(status: int) -> Json:
    return {"$ref": f"#/components/responses/{status}"}
