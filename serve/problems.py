"""What can be wrong with a request, the status and the code that tell it, and the JSON that every error is told in."""

import json
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from doodle.parse import BodyError, BodyKindError, BodySizeError
from doodle.picture import PictureError, PictureSizeError
from doodle.strokes import DrawingError, DrawingSizeError


class QueryError(ValueError):
    """A query parameter that makes no sense."""


class UnknownModelError(LookupError):
    """The request names a model that is not served."""


class BusyError(RuntimeError):
    """The server has as much to do as it takes on."""


class CredentialsError(PermissionError):
    """The request does not carry the key that it needs."""


PROBLEMS: dict[type[Exception], tuple[int, str]] = {
    BodyError: (400, "unreadable"),
    PictureError: (400, "unreadable"),
    QueryError: (400, "bad_query"),
    ClientDisconnect: (400, "incomplete"),
    CredentialsError: (401, "unauthorized"),
    UnknownModelError: (404, "unknown_model"),
    BodySizeError: (413, "too_large"),
    PictureSizeError: (413, "too_large"),
    DrawingSizeError: (413, "too_large"),
    BodyKindError: (415, "unknown_kind"),
    DrawingError: (422, "no_drawing"),
    BusyError: (503, "busy"),
}

HEADERS = {
    401: {"www-authenticate": "Bearer"},
    413: {"connection": "close"},  # what is left of a body that is too large is not waited for
    503: {"retry-after": "1"},
}


def describe(error: Exception, path: str = "") -> dict[str, Any]:
    """One of the PROBLEMS as the JSON that it is told in."""
    _, code = PROBLEMS[type(error)]
    return error_content(code, str(error), path)


def error_content(code: str, message: str, path: str) -> dict[str, Any]:
    """An error in our own form, or in the Open Inference Protocol's where it is about a path under /v2."""
    return {"error": message if f"{path}/".startswith("/v2/") else {"code": code, "message": message}}


def refusal(error: Exception, path: str) -> Response:
    """The answer to a request for `path` that has one of the PROBLEMS."""
    status, _ = PROBLEMS[type(error)]
    # ASCII, as json.dumps writes it: whatever a client sent, half a surrogate pair even, can be quoted in an error
    return Response(json.dumps(describe(error, path)), status, HEADERS.get(status), media_type="application/json")
