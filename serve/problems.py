"""What can be wrong with a request, the status and the code that tell it, and the JSON that every error is told in."""

from typing import Any

from starlette.requests import ClientDisconnect

from serve.body import BodyError, BodyKindError
from serve.drawing import DrawingError
from serve.picture import PictureError, PictureSizeError


class QueryError(ValueError):
    """A query parameter that makes no sense."""


class UnknownModelError(LookupError):
    """The request names a model that is not served."""


class BodySizeError(ValueError):
    """The body, or a line of it, is larger than we take."""


PROBLEMS: dict[type[Exception], tuple[int, str]] = {
    BodyError: (400, "unreadable"),
    PictureError: (400, "unreadable"),
    QueryError: (400, "bad_query"),
    ClientDisconnect: (400, "incomplete"),
    UnknownModelError: (404, "unknown_model"),
    BodySizeError: (413, "too_large"),
    PictureSizeError: (413, "too_large"),
    BodyKindError: (415, "unknown_kind"),
    DrawingError: (422, "no_drawing"),
}


def describe(error: Exception) -> dict[str, Any]:
    """An error as the JSON that every kind of request gets."""
    _, code = PROBLEMS[type(error)]
    return {"error": {"code": code, "message": str(error)}}
