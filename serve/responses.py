"""JSON responses."""

import json
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

NOSNIFF = {"x-content-type-options": "nosniff"}


def json_response(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    # json.dumps writes ASCII: whatever a client sent, half a surrogate pair even, can be quoted in an error
    return Response(json.dumps(content), status, NOSNIFF | dict(headers or {}), media_type="application/json")


def answering(content: object) -> Callable[[Request], Awaitable[Response]]:
    """A handler that always answers this."""

    async def answer(request: Request) -> Response:
        return json_response(content)

    return answer
