"""Prometheus metrics of all requests and, on request, a line of JSON for each.

One process counts in its memory. Several keep their counts in files of a folder that the parent names in COUNTS before
this module is imported, and whichever is asked adds them up: prometheus_client's own way for several processes.
"""

import asyncio
import json
import os
import time
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import BusyError, error_response

COUNTS = "PROMETHEUS_MULTIPROC_DIR"  # the variable by which prometheus_client knows the folder
BUCKETS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)
MAX_LOGGED = 500  # characters of a path or query in the log

disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Requests by route, status, model and kind of body: strokes, picture, lines, tensor, or nothing where none is."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("route", "model", "kind")
        self.requests = Counter("doodle_requests", "Requests answered.", (*labels, "status"), registry=self.registry)
        self.seconds = Histogram(
            "doodle_request_seconds",
            "Time from a request's headers to the end of its answer.",
            labels,
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "doodle_requests_in_flight",
            "Requests that are being answered.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        if COUNTS in os.environ:
            self.all_workers = CollectorRegistry()
            MultiProcessCollector(self.all_workers)  # type: ignore[no-untyped-call]
        else:
            self.all_workers = self.registry
            ProcessCollector(registry=self.registry)
            PlatformCollector(registry=self.registry)
        self._known: dict[tuple[str, str, str, int], tuple[Counter, Histogram]] = {}

    def count(self, route: str, model: str, kind: str, status: int, seconds: float) -> None:
        key = (route, model, kind, status)
        if key not in self._known:
            self._known[key] = (
                self.requests.labels(route, model, kind, str(status)),
                self.seconds.labels(route, model, kind),
            )
        requests, histogram = self._known[key]
        requests.inc()
        histogram.observe(seconds)

    async def show(self, request: Request) -> Response:
        """The endpoint of /metrics, in Prometheus' text format."""
        if COUNTS in os.environ:
            _forget_dead_workers(Path(os.environ[COUNTS]))
        return Response(generate_latest(self.all_workers), media_type="text/plain; version=0.0.4; charset=utf-8")


def _forget_dead_workers(counts: Path) -> None:
    """Remove the gauges of workers that died: their requests are not in flight any more."""
    for file in counts.glob("gauge_live*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]


class MetricsMiddleware:
    """Counts every request and, where there is a log, writes a line about it.

    An endpoint tells which model answered, and what kind of body, by `scope["state"]["model"]` and `["kind"]`.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: Collection[str], log: TextIO | None = None) -> None:
        self.app, self.metrics, self.paths, self.log = app, metrics, frozenset(paths), log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, size = 0, 0

        async def send_and_note(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                size += len(message.get("body", b""))
            await send(message)

        state = scope.setdefault("state", {})
        start = time.perf_counter()
        self.metrics.in_flight.inc()
        try:
            await self.app(scope, receive, send_and_note)
        except asyncio.CancelledError:  # uvicorn's, when a request has not ended in the shutdown's time
            if not status:
                busy = BusyError("the server is shutting down; retry later")
                await error_response(busy, scope)(scope, receive, send_and_note)
        finally:
            self.metrics.in_flight.dec()
            seconds = time.perf_counter() - start
            model, kind = state.get("model", ""), state.get("kind", "")
            self.metrics.count(self._route(scope), model, kind, status or 500, seconds)
            if self.log:
                fields = {"status": status or 500, "seconds": round(seconds, 6), "bytes": size}
                self._write(scope, {**fields, "model": model, "kind": kind})

    def _route(self, scope: Scope) -> str:
        """The route's pattern; of what never came to a route, its path if that is known, else the page's."""
        if "route" in scope:
            return str(scope["route"].path)
        return scope["path"] if scope["path"] in self.paths else "/"

    def _write(self, scope: Scope, fields: dict[str, object]) -> None:
        assert self.log is not None
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "client": scope["client"][0] if scope.get("client") else None,
            "method": scope["method"],
            "path": scope["path"][:MAX_LOGGED],
            "query": scope["query_string"][:MAX_LOGGED].decode("latin-1"),
            **fields,
        }
        with suppress(OSError):  # a full disk is no reason to answer nobody
            self.log.write(json.dumps(line) + "\n")  # short enough to stay whole where several processes write
            self.log.flush()
