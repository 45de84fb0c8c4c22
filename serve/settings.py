"""The server's settings: one field each, which is its option too, --max-body-bytes for max_body_bytes."""

import argparse
import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from doodle.arguments import Parser, whole_number
from doodle.picture import MAX_PIXELS
from doodle.recognizer import MODELS

MOST = 2**40  # of whatever a limit counts
DAY_S = 24 * 60 * 60
API_KEY = "DOODLE_API_KEY"
API_KEY_HELP = f"require an API key from this file (one per line), or from the variable {API_KEY}, for POST requests"


def option(default: Any, help: str, **argument: Any) -> Any:
    """A field whose option has this help, and what else argparse is told of it."""
    return field(default=default, metadata={"help": help, **argument})


def limit(default: int, help: str, least: int = 1, most: int = MOST) -> Any:
    return option(default, help, type=whole_number(least, most), metavar="N")


def origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or f"{parts.scheme}://{parts.netloc}" != text:
        raise argparse.ArgumentTypeError(f"{text!r} is not an origin such as https://example.org")
    return text


@dataclass(frozen=True)
class Settings:
    """How the server is run. Limits are of each process."""

    host: str = option("127.0.0.1", "address to listen at")
    port: int = limit(8000, "port to listen at, 0 for any free one", 0, 65535)
    models: Path = field(default=MODELS, metadata={"help": "folder of .onnx files"})
    model: str | None = option(None, "the model that answers by default (default: cnn, else mlp)")
    workers: int = limit(1, "processes that answer", most=256)
    access_log: bool = option(False, "write a line of JSON for each request to stdout")
    api_key_file: Path | None = field(default=None, metadata={"help": API_KEY_HELP})
    cors_origin: tuple[str, ...] = option(
        (), "allow pages of this origin, such as https://example.org, to ask; may be repeated", type=origin
    )
    root_path: str = option("", "path under which a proxy offers the server, such as /doodle")
    forwarded_allow_ips: str = option("127.0.0.1", "proxies whose X-Forwarded headers are trusted, with commas between")
    backlog: int = limit(2048, "connections that the system keeps until they are accepted", most=65535)

    max_body_bytes: int = limit(16 * 2**20, "bytes of a body, and of one line of a stream")
    max_pixels: int = limit(MAX_PIXELS, "pixels of a picture")
    max_lines: int = limit(10_000_000, "lines of a stream")
    max_requests: int = limit(256, "POST requests that are answered at a time; others get 503")
    max_connections: int = limit(1000, "open connections; others get 503")
    client_timeout_s: int = limit(20, "seconds for a body, or for the next part of a stream, to arrive", most=DAY_S)
    response_timeout_s: int = limit(60, "seconds until an answer must begin, else the request gets 503", most=DAY_S)
    keep_alive_timeout_s: int = limit(5, "seconds that an idle connection is kept", most=DAY_S)
    shutdown_timeout_s: int = limit(20, "seconds that requests in flight get when the server stops", most=DAY_S)

    @classmethod
    def from_arguments(cls, arguments: list[str], prog: str = "serve") -> "Settings":
        """Read the command line. Ends the process with one line and code 2 where it makes no sense."""
        options = vars(_parser(prog).parse_args(arguments))
        return cls(**{**options, "cors_origin": tuple(options["cors_origin"])})


def _parser(prog: str) -> Parser:
    parser = Parser(prog=prog, description="Recognise doodles over HTTP.")
    for each in dataclasses.fields(Settings):
        argument = dict(each.metadata)
        default = list(each.default) if type(each.default) is tuple else each.default
        if each.default is not None and type(each.default) not in (bool, tuple):
            argument["help"] += " (default: %(default)s)"
        if type(each.default) is bool:
            argument["action"] = "store_true"
        elif type(each.default) is tuple:
            argument |= {"action": "append", "metavar": "ORIGIN"}
        elif each.type is Path or Path in get_args(each.type):
            argument["type"] = Path
        parser.add_argument(f"--{each.name.replace('_', '-')}", default=default, **argument)
    return parser
