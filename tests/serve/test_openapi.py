"""The description of the API is complete and true."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from starlette.routing import Mount, Route

import doodle
from doodle.recognizer import load_models
from serve.app import create_app
from serve.errors import STATUS_AND_CODE
from serve.settings import Settings
from tests.tiny_model import write_model

schemathesis = pytest.importorskip("schemathesis")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Two models that share some of their labels: a schema can't say that `among` depends on `model`."""
    folder = tmp_path_factory.mktemp("models")
    write_model(folder / "mlp.onnx")
    write_model(folder / "other.onnx", labels=["left", "bottom", "top"])
    for name in ("mlp", "other"):
        (folder / f"{name}.bin").touch()
        (folder / name).mkdir()
        (folder / name / "index.html").write_text("<!doctype html><p>how good it is</p>")
    return create_app(load_models(folder), "mlp")


def check_as_described(operation, mode):
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    def check(case):
        case.call_and_validate()

    check()


@pytest.fixture
def api(app):
    config = schemathesis.Config.from_path(Path(__file__).parents[2] / "schemathesis.toml")
    return schemathesis.openapi.from_asgi("/openapi.json", app, config=config)


@pytest.mark.slow
def test_what_is_described_is_taken_and_answered_so(api):
    for operation in api.get_all_operations():
        check_as_described(operation.ok(), schemathesis.GenerationMode.POSITIVE)


@pytest.mark.slow
def test_what_is_not_described_is_refused_as_described(api):
    check_as_described(api["/classify"]["POST"], schemathesis.GenerationMode.NEGATIVE)


def test_every_route_is_described(app):
    described = app.state.openapi["paths"]
    for route in app.routes:
        assert isinstance(route, Route | Mount)
        if isinstance(route, Mount):
            assert "/models/{model}/" in described
        else:
            methods = {method.lower() for method in route.methods - {"HEAD"}}
            assert described[route.path].keys() - {"parameters"} == methods


def test_every_refusal_is_described(app):
    described = app.state.openapi["paths"]["/classify"]["post"]["responses"]
    assert {str(status) for status, _ in STATUS_AND_CODE.values()} - {"401"} <= set(described)
    assert "401" not in described


def test_a_key_is_described_where_one_is_wanted(models_folder):
    operation = create_app(load_models(models_folder), "mlp", keys=[b"secret"]).state.openapi["paths"]["/classify"]
    assert operation["post"]["security"]
    assert "401" in operation["post"]["responses"]


def test_names_limits_and_version_are_filled_in(app):
    document = app.state.openapi
    assert document["components"]["schemas"]["ModelName"] == {"enum": ["mlp", "other"], "default": "mlp"}
    assert document["info"]["version"] == doodle.__version__
    assert "<" not in json.dumps(document)
    assert str(Settings().max_pixels) in document["paths"]["/classify"]["post"]["description"]
