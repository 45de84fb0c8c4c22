"""What operators see: Prometheus metrics of all requests and, where they want it, a line of JSON for each.

One process counts in its own memory. Several keep their counts in a folder in memory that their parent made before this
module was imported (`serve.server.shared_counts`), and whichever is asked adds them all up: prometheus_client's own way
for several processes, with nothing on a disk.
"""

import json
import os
import time
from collections.abc import Collection
from datetime import UTC, datetime
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
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.server import SHARED_COUNTS

BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)  # seconds
LONGEST_PATH = 500  # characters of a path or query in the log

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
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "doodle_requests_in_flight",
            "Requests that are being answered.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        if SHARED_COUNTS in os.environ:
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
        return Response(generate_latest(self.all_workers), media_type="text/plain; version=0.0.4; charset=utf-8")


class Telemetry:
    """Counts every request and, where there is a log, writes a line about it.

    An endpoint tells which model answered, and what kind of body, by `scope["state"]["model"]` and `["kind"]`.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: Collection[str], log: TextIO | None = None) -> None:
        self.app, self.metrics, self.paths, self.log = app, metrics, frozenset(paths), log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, size = 500, 0

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
        finally:
            self.metrics.in_flight.dec()
            seconds = time.perf_counter() - start
            model, kind = state.get("model", ""), state.get("kind", "")
            self.metrics.count(self._route(scope), model, kind, status, seconds)
            if self.log:
                self._write(scope, status=status, seconds=round(seconds, 6), bytes=size, model=model, kind=kind)

    def _route(self, scope: Scope) -> str:
        """The route's pattern; of what never came to a route, its path if that is known, else the page's."""
        if "route" in scope:
            return str(scope["route"].path)
        return scope["path"] if scope["path"] in self.paths else "/"

    def _write(self, scope: Scope, **fields: object) -> None:
        assert self.log is not None
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "client": scope["client"][0] if scope.get("client") else None,
            "method": scope["method"],
            "path": scope["path"][:LONGEST_PATH],
            "query": scope["query_string"][:LONGEST_PATH].decode("latin-1"),
            **fields,
        }
        self.log.write(json.dumps(line) + "\n")  # short enough to stay whole where several processes write
        self.log.flush()
