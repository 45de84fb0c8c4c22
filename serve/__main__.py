"""The server's command line: `python -m serve` loads the models, says where to open the page, and answers."""

import argparse
import dataclasses
import os
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

from doodle.recognizer import ModelError, choose_default, load_models
from serve import server
from serve.limits import Limits

MODELS = Path(__file__).parent.parent / "models"
KEY = "DOODLE_API_KEY"


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop. Returns the exit code: 2 where the models, or the options, cannot be served."""
    options = _parser().parse_args(arguments)
    limits = Limits(**{field.name: getattr(options, f"max_{field.name}") for field in dataclasses.fields(Limits)})
    try:
        keys = api_keys(options.api_key_file)
        models = load_models(options.models)
        default = choose_default(models, options.model)
        listeners = server.listen(options.host, options.port, options.workers)
    except (ModelError, OSError, ValueError) as error:
        print(f"serve: {error}", file=sys.stderr)
        return 2
    host, port = listeners[0].getsockname()[:2]
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    print(f"Draw at http://{address} ({default} answers; Ctrl-C stops)", flush=True)

    def work(listener: socket.socket) -> None:
        from serve.app import create_app  # not before several workers have a place for their counts

        log = sys.stdout if options.access_log else None
        app = create_app(models, default, limits=limits, keys=keys, origins=options.cors_origin, log=log)
        server.run(app, listener, limits)

    if options.workers == 1:
        work(listeners[0])
    else:
        with server.shared_counts():
            from prometheus_client.multiprocess import mark_process_dead

            server.run_workers(work, listeners, forget=mark_process_dead)
    return 0


def api_keys(path: Path | None) -> list[bytes]:
    """The keys of a file, one in a line, and of the environment; ValueError where one should be and none is.

    A key is never an argument: those can be read by everybody on a machine.
    """
    texts = path.read_text().split("\n") if path else []
    keys = [text.strip() for text in (*texts, os.environ.get(KEY, "")) if text.strip()]
    if not keys and (path or KEY in os.environ):
        raise ValueError(f"there is no API key in {path or KEY}")
    if not all(key.isascii() and key.isprintable() and " " not in key for key in keys):
        raise ValueError("an API key is printable ASCII without spaces")
    return [key.encode() for key in keys]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m serve", description="Recognise drawings over HTTP.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen at, 0 for any free one (default: 8000)")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of .onnx files (default: models)")
    parser.add_argument("--model", help="the model that answers by default (default: cnn, else mlp)")
    parser.add_argument("--workers", type=_positive, default=1, help="processes that answer (default: 1)")
    parser.add_argument("--access-log", action="store_true", help="write a line of JSON for each request to stdout")
    parser.add_argument(
        "--cors-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let pages of this origin ask, such as https://example.org; may be given again",
    )
    parser.add_argument(
        "--api-key-file",
        type=Path,
        metavar="FILE",
        help=f"want one of this file's keys with each POST; one key in a line (or the variable {KEY})",
    )
    _add_limits(parser)
    return parser


def _add_limits(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("limits of each process")
    for option, field, text in (
        ("--max-body", "body", "bytes of a body, and of one line of a stream"),
        ("--max-pixels", "pixels", "pixels of a picture"),
        ("--max-lines", "lines", "lines of a stream"),
        ("--max-requests", "requests", "requests that are answered at a time; others get 503"),
        ("--max-connections", "connections", "open connections; others get 503"),
        ("--client-timeout", "patience", "seconds that a client may keep the server waiting"),
        ("--timeout", "answer", "seconds until an answer must begin, or the request gets 503"),
        ("--grace", "grace", "seconds that requests in flight are given when the server is told to stop"),
    ):
        group.add_argument(
            option,
            dest=f"max_{field}",
            type=_positive,
            default=getattr(Limits, field),
            metavar="N",
            help=f"{text} (default: %(default)s)",
        )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or f"{parts.scheme}://{parts.netloc}" != text or not parts.netloc:
        raise argparse.ArgumentTypeError(f"{text!r} is not an origin such as https://example.org")
    return text


if __name__ == "__main__":
    sys.exit(main())
