"""The Starlette app: routes, middleware, exception handlers."""

import ctypes
import gc
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from doodle.recognizer import Recognizer, choose_default, load_models

from .classify import ClassifyEndpoint
from .errors import STATUS_AND_CODE, error_content, error_response, is_v2
from .metrics import Metrics, MetricsMiddleware
from .middleware import ApiKey, RequestLimit, SecurityHeaders
from .openapi import describe_api
from .page import WEB, FreshFiles, PageFiles
from .responses import answering, json_response
from .settings import API_KEY, Settings
from .v2 import HEADER_LENGTH, v2_routes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # glibc
ARGUMENTS = "DOODLE_ARGUMENTS"  # the variable by which workers know the command line, as JSON


def create_app(
    models: Mapping[str, Recognizer],
    default: str,
    web: Path = WEB,
    *,
    settings: Settings = Settings(),  # noqa: B008, it is frozen
    keys: Sequence[bytes] = (),
    log: TextIO | None = None,
) -> Starlette:
    """The app for these models; `default` answers where a request names none. `web` is the page's folder.

    With `keys`, POST requests need one of them. A line of JSON for each request goes to `log`, if there is one.
    """
    metrics = Metrics()
    routes: list[Route | Mount] = [
        Route("/classify", ClassifyEndpoint(models, default, settings), methods=["POST"]),
        Route("/models", list_models),
        Route("/models/{model}.onnx", onnx_file),
        Route("/models/{model}.bin", packed_file),
        *(
            Mount(f"/models/{name}", FreshFiles(directory=model.report, html=True), name=f"report of {name}")
            for name, model in models.items()
            if model.report
        ),
        # the models were loaded and run before the server began to listen, so to answer is to be ready
        Route("/healthz", answering({"status": "ok"})),
        Route("/readyz", answering({"status": "ok"})),
        *v2_routes(),
        Route("/metrics", metrics.show),
        Route("/openapi.json", show_openapi),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={
            **dict.fromkeys(STATUS_AND_CODE, explain_error),
            HTTPException: explain_http_error,
            Exception: explain_fault,
        },
        middleware=[
            Middleware(MetricsMiddleware, metrics, [route.path for route in routes], log),
            Middleware(SecurityHeaders),
            *([_cors(settings.cors_origin)] if settings.cors_origin else []),
            *([Middleware(ApiKey, keys)] if keys else []),
            Middleware(RequestLimit, settings.max_requests),
        ],
        lifespan=lifespan,
    )
    # not a Mount at "/", which would answer "not found" where a route above is asked by a wrong method
    app.router.default = GZipMiddleware(PageFiles(directory=web, html=True))
    app.state.models, app.state.default, app.state.settings = models, default, settings
    app.state.openapi = describe_api(models, default, settings, with_keys=bool(keys))
    return app


def app_from_settings(settings: Settings) -> Starlette:
    """Load the models and the keys. Raises ModelError, OSError or ValueError where they cannot be used."""
    keys = api_keys(settings.api_key_file)
    models = load_models(settings.models)
    default = choose_default(models, settings.model)
    log = sys.stdout if settings.access_log else None
    return create_app(models, default, settings=settings, keys=keys, log=log)


def app_of_worker() -> Starlette:
    """The app of one of several worker processes."""
    return app_from_settings(Settings.from_arguments(json.loads(os.environ[ARGUMENTS])))


def api_keys(path: Path | None) -> list[bytes]:
    """The keys of a file, one per line, and of the environment; ValueError where one should be and none is.

    A key is never an argument: everybody on a machine can read those.
    """
    texts = path.read_text().split("\n") if path else []
    keys = [text.strip() for text in (*texts, os.environ.get(API_KEY, "")) if text.strip()]
    if not keys and (path or API_KEY in os.environ):
        raise ValueError(f"there is no API key in {path or API_KEY}")
    if not all(key.isascii() and key.isprintable() and " " not in key for key in keys):
        raise ValueError("an API key is printable ASCII without spaces")
    return [key.encode() for key in keys]


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Tune the process: garbage collection looks at requests alone, rarely, and large blocks return to the system.

    Without the first, some answers came late. Without the second, glibc keeps freed blocks of up to 32 MiB, for each
    thread: after bodies of 15 MB from 8 clients the process kept 223 MB, not 110 MB.
    """
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, 8 * 2**20)  # more than drawing takes: memory new from the system is slow
        libc.mallopt(M_TRIM_THRESHOLD, 32 * 2**20)
        libc.mallopt(M_ARENA_MAX, 1)
    yield


def describe_models(models: Mapping[str, Recognizer], default: str) -> dict[str, Any]:
    """What GET /models answers."""
    descriptions = [
        {
            "name": name,
            **model.card.to_dict(),
            "default": name == default,
            "report": f"/models/{quote(name)}/" if model.report else None,
        }
        for name, model in models.items()
    ]
    return {"models": descriptions}


async def list_models(request: Request) -> Response:
    return json_response(describe_models(request.app.state.models, request.app.state.default))


async def onnx_file(request: Request) -> Response:
    return await _model_file(request, ".onnx")


async def packed_file(request: Request) -> Response:
    """A model as the page's engine reads it, where export has written that beside the ONNX file."""
    return await _model_file(request, ".bin")


async def _model_file(request: Request, suffix: str) -> Response:
    model = request.app.state.models.get(request.path_params["model"])
    if model is None:
        raise HTTPException(404)
    files = FreshFiles(directory=model.path.parent, follow_symlink=True)
    return await files.get_response(model.path.with_suffix(suffix).name, request.scope)


async def show_openapi(request: Request) -> Response:
    return json_response(request.app.state.openapi)


async def explain_error(request: Request, error: Exception) -> Response:
    return error_response(error, request.scope)


async def explain_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
    message = {
        404: f"there is nothing at {request.url.path}",
        405: f"{request.url.path} does not take {request.method}",
    }.get(error.status_code, error.detail)
    return json_response(error_content(code, message, is_v2(request.scope)), error.status_code, error.headers)


async def explain_fault(request: Request, error: Exception) -> Response:
    return json_response(error_content("internal", "the server failed; its log says how", is_v2(request.scope)), 500)


def _cors(origins: Sequence[str]) -> Middleware:
    return Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=("GET", "POST"),
        allow_headers=("authorization", "content-encoding", "content-type", HEADER_LENGTH, "x-api-key"),
        expose_headers=(HEADER_LENGTH, "retry-after"),
    )
