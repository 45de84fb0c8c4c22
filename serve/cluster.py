"""Past one machine, with Ray: the same app on Ray Serve, and a folder of .ndjson classified in parallel.

`python -m serve.cluster serve` and `python -m serve.cluster classify IN OUT` join the cluster that RAY_ADDRESS
names, or start one of this machine alone. On several machines the checkout, the packages, IN and OUT must be found at
the same place on each. A network in whole numbers answers with the same bits whichever of them it runs on.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from doodle.arguments import Parser, whole_number
from doodle.recognizer import MODELS, ModelError, choose_default, load_models

from .app import api_keys, create_app
from .folder import Job
from .settings import Settings

APP = "doodle"
OBJECT_STORE = 100 * 2**20  # bytes; what passes through it is names of files


def main(arguments: list[str] | None = None) -> int:
    """Run one of the two commands. Returns the exit code: 2 where there is nothing to run on or with."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if arguments[:1] == ["serve"]:
            _serve(Settings.from_arguments(arguments[1:], prog="python -m serve.cluster serve"))
        else:
            options = _parser().parse_args(arguments)
            name = choose_default(load_models(options.models), options.model)
            source, target, models = (path.resolve() for path in (options.source, options.target, options.models))
            classify_folder(Job(source, target, models, name, options.top), options.workers)
    except (ModelError, ModuleNotFoundError, OSError, ValueError) as error:
        print(f"cluster: {error}", file=sys.stderr)
        return 2
    return 0


def _serve(settings: Settings) -> None:
    name = choose_default(load_models(settings.models), settings.model)
    with cluster(settings.workers), served(settings, name), suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # Ray's own would exit with code 15
        print(f"Draw at http://{settings.host}:{settings.port} ({name} answers; Ctrl-C stops)", flush=True)
        threading.Event().wait()


@contextmanager
def cluster(workers: int) -> Iterator[None]:
    """Ray, joined or started, and left or stopped in the end; where this process has it already, as it is."""
    alone: dict[str, Any] = {}
    if "RAY_ADDRESS" not in os.environ:
        # Ray's switch for desktops keeps all of a cluster of one machine on the loopback interface, on Linux too
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        cpus = max(workers, os.cpu_count() or 1)
        alone = {"num_cpus": cpus, "object_store_memory": OBJECT_STORE, "include_dashboard": False}
    try:
        import ray  # here, so that a missing extra can be told in one line, and the switches count
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"{error}: the extra is missing, pip install '.[cluster]'") from None
    if ray.is_initialized():
        yield
        return
    ray.init(**alone, log_to_driver=False, logging_level="error")
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def served(settings: Settings, default: str) -> Iterator[None]:
    """The app on Ray Serve, as `settings.workers` replicas, which answer when this is entered."""
    from ray import serve

    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    keys, models = api_keys(settings.api_key_file), settings.models.resolve()
    app = serve.ingress(lambda: create_app(load_models(models), default, settings=settings, keys=keys))()
    deployment = serve.deployment(
        app,
        name=APP,
        num_replicas=settings.workers,
        max_ongoing_requests=settings.max_requests,
        ray_actor_options={"num_cpus": 1},
    )
    serve.start(http_options={"host": settings.host, "port": settings.port})
    serve.run(deployment.bind(), name=APP)
    try:
        yield
    finally:
        serve.delete(APP)


def classify_folder(job: Job, workers: int) -> None:
    """Do what is left to do of a job, so many files at a time, and tell how it goes."""
    files = job.files()
    to_do = [file for file in files if not job.is_done(file)]
    print(f"{len(files)} files, {len(files) - len(to_do)} of them done before", flush=True)
    if to_do:
        with cluster(workers):
            for number, row in enumerate(_answered(job, to_do, workers), 1):
                print(f"{number}/{len(to_do)}  {row['item']}: {row['lines']} lines", flush=True)
    job.tidy_up()


def _answered(job: Job, files: list[str], workers: int) -> Iterable[dict[str, Any]]:
    """Each file, and the number of its lines, when it is done. Ray gives a killed worker's file to another."""
    import ray.data

    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    rows = ray.data.from_items(files, override_num_blocks=len(files))
    answered: Iterable[dict[str, Any]] = rows.map(
        lambda row: {**row, "lines": job.answer(row["item"])},
        compute=ray.data.TaskPoolStrategy(size=min(workers, len(files))),
        num_cpus=1,
    ).iter_rows()
    return answered


def _parser() -> Parser:
    parser = Parser(prog="python -m serve.cluster", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "serve", help="the page and the routes, as replicas on Ray Serve; options as of python -m serve"
    )
    classify = commands.add_parser("classify", help="answer a folder of .ndjson, file for file")
    classify.add_argument("source", metavar="IN", type=Path, help="folder of .ndjson files, however deep")
    classify.add_argument(
        "target", metavar="OUT", type=Path, help="folder for the answers, of this model and top alone"
    )
    classify.add_argument("--models", type=Path, default=MODELS, help="folder of .onnx files (default: models)")
    classify.add_argument("--model", help="the model that answers (default: cnn, else mlp)")
    classify.add_argument(
        "--workers", type=whole_number(1, 4096), default=os.cpu_count() or 1, help="processes (default: one a core)"
    )
    classify.add_argument(
        "--top", type=whole_number(0, 10**9), default=5, help="labels in an answer, 0 for all (default: 5)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
