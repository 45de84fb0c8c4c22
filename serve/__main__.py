"""The server's command line: `python -m serve` loads the models, says where to open the page, and answers."""

import argparse
import socket
import sys
from pathlib import Path

import uvicorn

from serve.app import create_app
from serve.classifier import ModelError, choose_default, load_models

MODELS = Path(__file__).parent.parent / "models"


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted. Returns the exit code: 2 where the models cannot be served."""
    options = _parser().parse_args(arguments)
    try:
        models = load_models(options.models)
        default = choose_default(models, options.model)
    except ModelError as error:
        print(f"serve: {error}", file=sys.stderr)
        return 2
    config = uvicorn.Config(create_app(models, default), options.host, options.port, log_level="warning", ws="none")
    listener = config.bind_socket()
    # asyncio does this for sockets of its own; without it every answer waits 40 ms for the client's delayed ACK
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.listen(config.backlog)  # so that whoever reads the address that follows can connect to it
    host, port = listener.getsockname()[:2]
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    print(f"Draw at http://{address} ({default} answers; Ctrl-C stops)", flush=True)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m serve", description="Recognise drawings over HTTP.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen at, 0 for any free one (default: 8000)")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of .onnx files (default: models)")
    parser.add_argument("--model", help="the model that answers by default (default: cnn, else mlp)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
