"""Drawings that arrive together share a run of the network; whole numbers make an answer the same in any company."""

import asyncio
import base64
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import orjson

from doodle.drawing import Content, Drawn
from doodle.recognizer import Answer, Recognizer

MAX_BATCH = 32  # drawings of a run: more would gain little, and keep others waiting


class Query(NamedTuple):
    """What a request asks besides its body: which model, how many labels, the only possible ones, the bitmap or not."""

    model: Recognizer
    top: int
    columns: tuple[int, ...] | None = None
    show_bitmap: bool = False


def answer_each(contents: Sequence[Content | Exception], query: Query) -> list[Answer | Exception]:
    """The answer to each, from one run of the network, or what is wrong with it."""
    drawn = query.model.draw(contents)
    inputs = [each for each in drawn if not isinstance(each, Exception)]
    answers = iter(_answer_inputs(inputs, query) if inputs else [])
    return [each if isinstance(each, Exception) else next(answers) for each in drawn]


def _answer_inputs(inputs: Sequence[Drawn], query: Query) -> list[Answer]:
    stacked = np.array(inputs)
    answers = query.model.answers(stacked, query.top, query.columns)
    if query.show_bitmap:
        for answer, bitmap in zip(answers, stacked[:, 0] if query.model.motion else stacked, strict=True):
            answer["bitmap"] = base64.b64encode(bitmap.tobytes()).decode()
    return answers


class Batch:
    """Answers requests together: MAX_BATCH at once, or fewer where a turn of the event loop brings no more."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Content, Query, asyncio.Future[bytes]]] = []

    def answer(self, content: Content, query: Query) -> asyncio.Future[bytes]:
        """The answer as JSON; raises what is wrong with this content, whatever is wrong with others."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._run, 0)
        future: asyncio.Future[bytes] = loop.create_future()
        self._waiting.append((content, query, future))
        return future

    def _run(self, before: int) -> None:
        """Answer some, unless there are more than there were a turn `before`: then the next turn may bring yet more."""
        loop = asyncio.get_running_loop()
        if before < len(self._waiting) < MAX_BATCH:
            loop.call_soon(self._run, len(self._waiting))
            return
        some, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
        if self._waiting:
            loop.call_soon(self._run, 0)
        by_query: dict[Query, list[tuple[Content, asyncio.Future[bytes]]]] = {}
        for content, query, future in some:
            if not future.done():  # a cancelled one is
                by_query.setdefault(query, []).append((content, future))
        for query, asked in by_query.items():
            try:
                answers = answer_each([content for content, _ in asked], query)
            except Exception as error:  # a fault of ours: nobody may wait for ever
                answers = [error] * len(asked)
            for (_, future), answer in zip(asked, answers, strict=True):
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(orjson.dumps(answer))
