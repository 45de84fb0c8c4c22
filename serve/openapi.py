"""`/openapi.json`: openapi.yaml with the models' names, the limits and the need for keys filled in."""

import dataclasses
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import yaml

from doodle import __version__
from doodle.recognizer import Recognizer

from .settings import Settings

FILE = Path(__file__).parent / "openapi.yaml"
METHODS = ("get", "post")


def describe_api(models: Mapping[str, Recognizer], default: str, settings: Settings, with_keys: bool) -> dict[str, Any]:
    """The document for these models and settings; `with_keys` where POST requests need an API key."""
    text = FILE.read_text().replace("<version>", __version__)
    for name, value in dataclasses.asdict(settings).items():
        text = text.replace(f"<{name}>", str(value))
    document: dict[str, Any] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    schemas = document["components"]["schemas"]
    schemas["ModelName"] = {"enum": list(models), "default": default}
    shared = [label for label in models[default].labels if all(label in model.labels for model in models.values())]
    schemas["CommonLabel"]["enum"] = shared or models[default].labels
    tensor, model = schemas["InputTensor"]["properties"], models[default]
    tensor["name"]["const"], tensor["shape"]["const"] = model.input_name, [1, *model.input_shape]
    tensor["data"]["minItems"] = tensor["data"]["maxItems"] = prod(model.input_shape)
    if not with_keys:
        del document["components"]["securitySchemes"]
        for path in document["paths"].values():
            for method in METHODS:
                path.get(method, {}).pop("security", None)
                path.get(method, {}).get("responses", {}).pop("401", None)
    return document
