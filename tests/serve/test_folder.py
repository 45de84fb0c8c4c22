import json
import os
from pathlib import Path

import numpy as np
import pytest

from doodle.recognizer import Recognizer
from serve.batch import Query
from serve.folder import Job
from serve.lines import answer_lines
from serve.settings import Settings

MODELS = Path(__file__).parents[2] / "models"


def write_lines(path, count, seed):
    """Random scribbles, among them lines that hold none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coordinates = np.random.default_rng(seed).integers(0, 256, (count, 3, 2, 9)).tolist()
    lines = [json.dumps({"drawing": drawing}) for drawing in coordinates]
    lines[2::90] = ["no drawing", '{"drawing": []}'] * (len(lines[2::90]) // 2) + ["{"] * (len(lines[2::90]) % 2)
    path.write_text("\n".join(lines))  # the last line has no newline of its own


@pytest.fixture
def job(tmp_path):
    for number, (name, count) in enumerate([("cat.ndjson", 700), ("deep/er/dog.ndjson", 30), ("one.ndjson", 1)]):
        write_lines(tmp_path / "in" / name, count, number)
    (tmp_path / "in" / "empty.ndjson").touch()
    (tmp_path / "in" / "README.md").write_text("not a drawing")
    (tmp_path / "in" / "._cat.ndjson").write_bytes(b"\0\5\x16\7 of a Mac")
    return Job(tmp_path / "in", tmp_path / "out", MODELS, "mlp", 3)


def test_each_file_is_answered_line_for_line(job):
    assert job.files() == ["cat.ndjson", "deep/er/dog.ndjson", "empty.ndjson", "one.ndjson"]
    model = Recognizer(MODELS / "mlp.onnx")
    for file, count in zip(job.files(), (700, 30, 0, 1), strict=True):
        assert job.answer(file) == count
        lines = (job.source / file).read_bytes().split(b"\n")
        assert (job.target / file).read_bytes() == answer_lines(lines, Query(model, 3), Settings())
    answers = [json.loads(line) for line in (job.target / "cat.ndjson").read_text().splitlines()]
    assert [i for i, answer in enumerate(answers) if "error" in answer] == list(range(2, 700, 90))
    assert {len(answer["top"]) for answer in answers if "top" in answer} == {3}


def test_what_is_done_is_left_alone_until_its_source_changes(job):
    assert job.answer("one.ndjson") == 1
    assert job.is_done("one.ndjson")
    (job.target / "one.ndjson").write_text("mine")
    assert job.answer("one.ndjson") == 0
    assert (job.target / "one.ndjson").read_text() == "mine"
    later = (job.target / "one.ndjson").stat().st_mtime + 10
    os.utime(job.source / "one.ndjson", (later, later))
    assert job.answer("one.ndjson") == 1


def test_what_was_half_written_is_never_taken_for_done(job, monkeypatch):
    def die(*_):
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr("os.fsync", die)  # all is written, and not yet in place
        job.answer("one.ndjson")
    assert not job.is_done("one.ndjson")
    assert job.answer("one.ndjson") == 1
    job.tidy_up()
    assert [path.name for path in job.target.rglob("*")] == ["one.ndjson"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(NotADirectoryError, match="nowhere"):
        Job(tmp_path / "nowhere", tmp_path, MODELS, "mlp", 5).files()
