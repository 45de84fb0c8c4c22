"""The page's files as browsers get them: asked about each time, and without comments and indentation."""

import hashlib
import os
import re
from pathlib import Path
from typing import Any

from rcssmin import cssmin
from rjsmin import jsmin
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

WEB = Path(__file__).parents[1] / "web"  # beside this package in a checkout and in a wheel
SLIM = {".js": "text/javascript", ".css": "text/css"}  # what goes without comments and indentation


def read_slim(path: Path) -> bytes:
    """A script or a style sheet without comments and indentation.

    A script with template literals within template literals stays as it is: rjsmin takes the inner ones for code.
    """
    text = path.read_text("utf-8")
    if path.suffix == ".css":
        return str(cssmin(text)).encode()
    templates = re.findall(r"`(?:\\.|[^`\\])*`", text)
    nests = any(template.count("{") != template.count("}") for template in templates)  # one ends within ${...}
    return (text if nests else str(jsmin(text))).encode()


class FreshFiles(StaticFiles):
    """Files that a browser asks about before it takes its own copies, so it never mixes two versions of the page.

    Pages of any origin may read them: that is how they embed the drawing pad.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        response.headers["access-control-allow-origin"] = "*"
        return response


class PageFiles(FreshFiles):
    """The page's folder, with scripts and style sheets as read_slim gives them."""

    def file_response(
        self, full_path: Any, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        path = Path(full_path)
        if path.suffix not in SLIM:
            return super().file_response(full_path, stat_result, scope, status_code)
        content = read_slim(path)
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        response = Response(content, status_code, {"etag": etag}, SLIM[path.suffix])
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response
