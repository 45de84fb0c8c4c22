"""The server: its routes, whose handlers call what knows nothing of HTTP, and one place for errors."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from doodle.recognizer import Recognizer
from serve.endpoint import ClassifyEndpoint
from serve.inference_protocol import inference_routes
from serve.limits import Limits
from serve.middleware import Admission, ApiKey, SecurityHeaders
from serve.openapi import describe_api
from serve.problems import PROBLEMS, error_content, refusal
from serve.telemetry import Metrics, Telemetry

WEB = Path(__file__).parent.parent / "web"


class FreshFiles(StaticFiles):
    """Files that a browser asks about before it takes its own copies, so it never mixes two versions of the page.

    Pages of any origin may read them: that is how they embed the drawing pad.
    """

    def file_response(self, *arguments: Any, **options: Any) -> Response:
        response = super().file_response(*arguments, **options)
        response.headers["cache-control"] = "no-cache"
        response.headers["access-control-allow-origin"] = "*"
        return response


def create_app(
    models: Mapping[str, Recognizer],
    default: str,
    web: Path = WEB,
    *,
    limits: Limits = Limits(),  # noqa: B008, it is frozen
    keys: Sequence[bytes] = (),
    origins: Sequence[str] = (),
    log: TextIO | None = None,
) -> Starlette:
    """The server for these models; `default` answers where a request names none. `web` is the page's folder.

    With `keys`, requests with a body need one of them. Pages of other `origins` may ask where they are named. A line of
    JSON for each request goes to `log`, if there is one.
    """
    metrics = Metrics()
    reports = [
        Mount(f"/models/{name}", FreshFiles(directory=model.report, html=True), name=f"report of {name}")
        for name, model in models.items()
        if model.report
    ]
    routes: list[Route | Mount] = [
        Route("/classify", ClassifyEndpoint(models, default, limits), methods=["POST"]),
        Route("/models", list_models),
        Route("/models/{model}.onnx", hand_out),
        Route("/models/{model}.bin", hand_out_packed),
        *reports,
        Route("/healthz", healthy),
        Route("/readyz", healthy),
        *inference_routes(),
        Route("/metrics", metrics.show),
        Route("/openapi.json", show_description),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={
            **dict.fromkeys(PROBLEMS, explain_problem),
            HTTPException: explain_http_error,
            Exception: explain_fault,
        },
        middleware=[
            Middleware(Telemetry, metrics, [route.path for route in routes], log),
            Middleware(SecurityHeaders),
            *([_cors(origins)] if origins else []),
            *([Middleware(ApiKey, keys)] if keys else []),
            Middleware(Admission, limits.requests, limits.answer),
        ],
    )
    # not a Mount at "/", which would answer "not found" where a route above is asked by a wrong method
    app.router.default = FreshFiles(directory=web, html=True)
    app.state.models, app.state.default = models, default
    app.state.description = describe_api(models, default, limits, with_keys=bool(keys))
    return app


def describe_models(models: Mapping[str, Recognizer], default: str) -> dict[str, Any]:
    """What GET /models answers."""
    descriptions = [
        {
            "name": name,
            **model.card.to_dict(),
            "default": name == default,
            "report": f"/models/{name}/" if model.report else None,
        }
        for name, model in models.items()
    ]
    return {"models": descriptions}


async def list_models(request: Request) -> Response:
    state = request.app.state
    return _json(describe_models(state.models, state.default))


async def hand_out(request: Request) -> Response:
    """A model's ONNX file."""
    return await _model_file(request, ".onnx")


async def hand_out_packed(request: Request) -> Response:
    """A model as the page's engine reads it, where export has written that beside the ONNX file."""
    return await _model_file(request, ".bin")


async def _model_file(request: Request, suffix: str) -> Response:
    model = request.app.state.models.get(request.path_params["model"])
    if model is None:
        raise HTTPException(404)
    files = FreshFiles(directory=model.path.parent, follow_symlink=True)
    return await files.get_response(model.path.with_suffix(suffix).name, request.scope)


async def healthy(request: Request) -> Response:
    # the models were loaded and run before the server began to listen, so to answer is to be ready
    return _json({"status": "ok"})


async def show_description(request: Request) -> Response:
    return _json(request.app.state.description)


async def explain_problem(request: Request, error: Exception) -> Response:
    return refusal(error, request.url.path)


async def explain_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
    message = {
        404: f"there is nothing at {request.url.path}",
        405: f"{request.url.path} does not take {request.method}",
    }.get(error.status_code, error.detail)
    return _json(error_content(code, message, request.url.path), error.status_code, error.headers)


async def explain_fault(request: Request, error: Exception) -> Response:
    return _json(error_content("internal", "the server failed; its log says how", request.url.path), 500)


def _json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(content), status, headers, media_type="application/json")


def _cors(origins: Sequence[str]) -> Middleware:
    return Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=("GET", "POST"),
        allow_headers=("authorization", "content-type", "x-api-key"),
        expose_headers=("retry-after",),
    )
