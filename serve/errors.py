"""What can be wrong with a request: its status, its code, and the JSON of every error."""

from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Scope

from doodle.parse import BodyError, BodyKindError, BodySizeError
from doodle.picture import PictureError, PictureSizeError
from doodle.recognizer import UnknownLabelError
from doodle.strokes import DrawingError, DrawingSizeError

from .responses import json_response


class QueryError(ValueError):
    """A query parameter makes no sense."""


class UnknownModelError(LookupError):
    """The request names a model that is not served."""


class BusyError(RuntimeError):
    """The server has as much to do as it accepts, or is shutting down."""


class ApiKeyError(PermissionError):
    """The request lacks an API key that it needs."""


class BodyTimeoutError(TimeoutError):
    """The body did not arrive in time."""


STATUS_AND_CODE: dict[type[Exception], tuple[int, str]] = {
    BodyError: (400, "unreadable"),
    PictureError: (400, "unreadable"),
    QueryError: (400, "bad_query"),
    UnknownLabelError: (400, "unknown_label"),
    ClientDisconnect: (400, "incomplete"),
    ApiKeyError: (401, "unauthorized"),
    UnknownModelError: (404, "unknown_model"),
    BodyTimeoutError: (408, "timeout"),
    BodySizeError: (413, "too_large"),
    PictureSizeError: (413, "too_large"),
    DrawingSizeError: (413, "too_large"),
    BodyKindError: (415, "unknown_kind"),
    DrawingError: (422, "no_drawing"),
    BusyError: (503, "busy"),
}

HEADERS = {
    401: {"www-authenticate": "Bearer"},
    408: {"connection": "close"},  # the rest of the body is not waited for
    413: {"connection": "close"},
    503: {"retry-after": "1"},
}


def is_v2(scope: Scope) -> bool:
    """Whether a request is about a path under /v2, where errors have the Open Inference Protocol's form."""
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return f"{path}/".startswith("/v2/")


def error_content(code: str, message: str, v2: bool = False) -> dict[str, Any]:
    return {"error": message if v2 else {"code": code, "message": message}}


def describe(error: Exception) -> dict[str, Any]:
    """The JSON of an error that STATUS_AND_CODE knows."""
    _, code = STATUS_AND_CODE[type(error)]
    return error_content(code, str(error))


def error_response(error: Exception, scope: Scope) -> Response:
    """The response to a request that has an error that STATUS_AND_CODE knows."""
    status, code = STATUS_AND_CODE[type(error)]
    return json_response(error_content(code, str(error), is_v2(scope)), status, HEADERS.get(status))
