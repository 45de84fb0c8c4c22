"""The server: its routes, whose handlers call what knows nothing of HTTP, and one place for errors."""

import json
from collections.abc import Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.classifier import Classifier
from serve.endpoint import ClassifyEndpoint
from serve.inference_protocol import inference_routes
from serve.problems import PROBLEMS, describe

WEB = Path(__file__).parent.parent / "web"


def create_app(models: Mapping[str, Classifier], default: str, web: Path = WEB) -> Starlette:
    """The server for these models; `default` answers where a request names none. `web` is the page's folder."""
    reports = [
        Mount(f"/models/{name}", StaticFiles(directory=model.report, html=True), name=f"report of {name}")
        for name, model in models.items()
        if model.report
    ]
    app = Starlette(
        routes=[
            Route("/classify", ClassifyEndpoint(models, default), methods=["POST"]),
            Route("/models", list_models),
            *reports,
            Route("/healthz", healthy),
            Route("/readyz", healthy),
            *inference_routes(models),
        ],
        exception_handlers={
            **dict.fromkeys(PROBLEMS, explain_problem),
            HTTPException: explain_http_error,
            Exception: explain_fault,
        },
        middleware=[Middleware(SecurityHeaders)],
    )
    # not a Mount at "/", which would answer "not found" where a route above is asked by a wrong method
    app.router.default = StaticFiles(directory=web, html=True)
    app.state.models, app.state.default = models, default
    return app


async def list_models(request: Request) -> Response:
    models, default = request.app.state.models, request.app.state.default
    descriptions = [
        {**model.description(), "default": name == default, "report": f"/models/{name}/" if model.report else None}
        for name, model in models.items()
    ]
    return _json({"models": descriptions})


async def healthy(request: Request) -> Response:
    # the models were loaded and run before the server began to listen, so to answer is to be ready
    return _json({"status": "ok"})


async def explain_problem(request: Request, error: Exception) -> Response:
    status, _ = PROBLEMS[type(error)]
    return _json(describe(error), status)


async def explain_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
    message = {
        404: f"there is nothing at {request.url.path}",
        405: f"{request.url.path} does not take {request.method}",
    }.get(error.status_code, error.detail)
    return _json({"error": {"code": code, "message": message}}, error.status_code, error.headers)


async def explain_fault(request: Request, error: Exception) -> Response:
    return _json({"error": {"code": "internal", "message": "the server failed; its log says how"}}, 500)


def _json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    # ASCII, as json.dumps writes it: whatever a client sent, half a surrogate pair even, can be quoted in an error
    return Response(json.dumps(content), status, headers, media_type="application/json")


class SecurityHeaders:
    """Says with every answer that the page loads nothing from elsewhere, and is framed by nobody."""

    HEADERS = (
        (b"content-security-policy", b"default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'"),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
    )

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self.HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_headers)
