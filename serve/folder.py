"""A folder of .ndjson answered file for file, so that any number of workers can share it, and any of them may die.

An answer's file is written beside and renamed when it is whole; what is there, and no older than its source, is left
alone. So whoever is killed, and whoever does the same file twice, no line is lost or repeated.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from doodle.recognizer import Recognizer

from .batch import Query
from .lines import CHUNK_BYTES, stream_answers
from .settings import Settings

SETTINGS = Settings(max_lines=sys.maxsize)  # a file is ours, and as long as it is


@dataclass(frozen=True)
class Job:
    """Answer each .ndjson file under `source` by a file of the same place under `target`, line for line as /classify.

    `models` is the folder of the model `name`; `top` is how many labels an answer has, 0 for all.
    """

    source: Path
    target: Path
    models: Path
    name: str
    top: int

    def files(self) -> list[str]:
        """The files under `source`, each as its path from there. Raises NotADirectoryError."""
        if not self.source.is_dir():
            raise NotADirectoryError(f"{self.source}: no such folder of .ndjson files")
        files = (path for path in self.source.rglob("*.ndjson") if not path.name.startswith("."))
        return sorted(str(path.relative_to(self.source)) for path in files)

    def is_done(self, file: str) -> bool:
        source, target = self.source / file, self.target / file
        return target.exists() and target.stat().st_mtime >= source.stat().st_mtime

    def answer(self, file: str) -> int:
        """Write a file's answers, unless that is done, and return how many there are."""
        return 0 if self.is_done(file) else asyncio.run(self._answer(self.source / file, self.target / file))

    async def _answer(self, source: Path, target: Path) -> int:
        query = Query(_recognizer(self.models / f"{self.name}.onnx"), self.top)
        target.parent.mkdir(parents=True, exist_ok=True)
        # a name of this process alone: another may write the same file, and be only believed dead
        part = target.with_name(f".{target.name}.{socket.gethostname()}.{os.getpid()}.part")
        count = 0
        with part.open("wb") as stream:
            async for answers in stream_answers(_chunks(source), query, SETTINGS, _at_once):
                stream.write(answers)
                count += answers.count(b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        part.rename(target)
        return count

    def tidy_up(self) -> None:
        """Remove what killed workers left half-written; only when no worker is at work."""
        for part in self.target.rglob(".*.part"):
            part.unlink()


@cache
def _recognizer(path: Path) -> Recognizer:
    return Recognizer(path)


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


async def _at_once(function: Callable[..., bytes], *arguments: object) -> bytes:
    return function(*arguments)
