import base64
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from doodle.recognizer import Recognizer, load_models
from serve.app import create_app
from serve.batch import Query
from serve.cluster import classify_folder, cluster, main, served
from serve.folder import Job
from serve.lines import answer_lines
from serve.settings import Settings

CHECKOUT = Path(__file__).parents[2]
MODELS = CHECKOUT / "models"
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]  # Ray's own
STAR = {"drawing": [[[0, 255, 52, 128, 204, 0], [97, 97, 255, 0, 255, 97]]]}


@pytest.fixture(scope="module")
def ray():
    """A local cluster of two workers."""
    if importlib.util.find_spec("ray") is None:  # not imported here: what the cluster sets must come first
        pytest.skip("needs Ray: the extra cluster")
    with cluster(2):
        yield


def write_lines(path, count, seed):
    path.parent.mkdir(parents=True, exist_ok=True)
    coordinates = np.random.default_rng(seed).integers(0, 256, (count, 3, 2, 9)).tolist()
    lines = [json.dumps({"drawing": drawing}) for drawing in coordinates]
    lines[1::50] = ["no drawing"] * len(lines[1::50])
    path.write_text("\n".join(lines) + "\n")


def check_answers(source, target, name, top):
    """All files of the source have the answers of a single process, and there is nothing else."""
    query = Query(Recognizer(MODELS / f"{name}.onnx"), top)
    files = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    assert {path.relative_to(target) for path in target.rglob("*") if path.is_file()} == files
    for file in files:
        lines = (source / file).read_bytes().split(b"\n")
        assert (target / file).read_bytes() == answer_lines(lines, query, Settings())


def test_a_folder_is_answered_as_by_one_process(ray, tmp_path, capfd):
    for number, name in enumerate(["a.ndjson", "b.ndjson", "deep/c.ndjson"]):
        write_lines(tmp_path / "in" / name, 200, number)
    command = ["classify", str(tmp_path / "in"), str(tmp_path / "out"), "--model", "mlp", "--workers", "2"]
    assert main(command) == 0
    check_answers(tmp_path / "in", tmp_path / "out", "mlp", 5)
    assert "3/3" in capfd.readouterr().out
    (tmp_path / "out" / "b.ndjson").unlink()
    assert main(command) == 0
    check_answers(tmp_path / "in", tmp_path / "out", "mlp", 5)
    output = capfd.readouterr().out
    assert "3 files, 2 of them done before" in output
    assert "1/1  b.ndjson: 200 lines" in output


def test_a_killed_worker_loses_and_repeats_nothing(ray, tmp_path):
    job = Job(tmp_path / "in", tmp_path / "out", MODELS, "cnn", 2)
    for number in range(4):
        write_lines(job.source / f"{number}.ndjson", 1000, number)
    killed = []

    def kill_the_first_that_has_written_something():
        while not killed:
            for part in job.target.glob(".*.part"):
                if part.stat().st_size:
                    killed.append(int(part.name.split(".")[-2]))
                    os.kill(killed[0], signal.SIGKILL)
                    return
            time.sleep(0.01)

    killer = threading.Thread(target=kill_the_first_that_has_written_something, daemon=True)
    killer.start()
    classify_folder(job, 2)
    killer.join(1)
    assert killed
    check_answers(job.source, job.target, "cnn", 2)


@pytest.fixture
def settings(tmp_path):
    """For two replicas that require a key, have a limit and allow an origin."""
    (tmp_path / "keys").write_text("secret\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Settings(
        port=port,
        models=MODELS,
        workers=2,
        api_key_file=tmp_path / "keys",
        cors_origin=("https://example.org",),
        max_body_bytes=1_000_000,
    )


def test_ray_serve_answers_as_the_plain_server_does(ray, settings):
    bitmap = {"name": "bitmap", "datatype": "UINT8", "shape": [1, 28, 28], "data": [0, 255] * 392}
    lines = b"".join(json.dumps(STAR).encode() + b"\nbad\n" for _ in range(2000))
    star = json.dumps(STAR).encode()
    picture = base64.b64encode((CHECKOUT / "tests/web/page.png").read_bytes()).decode()
    requests = [
        ("/classify", star),
        ("/classify?model=cnn&top=0&bitmap=1&among=star,cannon", star),
        ("/classify", b"neither a picture nor JSON"),
        ("/classify", b" " * 1_000_001),
        ("/classify?model=nothing", star),
        ("/classify", lines),
        ("/classify", json.dumps({"image": picture}).encode()),
        ("/v2/models/mlp/infer", json.dumps({"inputs": [bitmap]}).encode()),
        ("/v2/models/mlp/infer", b"{}"),
        ("/models", None),
        ("/", None),
        ("/nowhere", None),
    ]
    plain = TestClient(create_app(load_models(MODELS), "mlp", settings=settings, keys=[b"secret"]))
    with served(settings, "mlp"):
        for path, body in requests:
            for headers in (
                {"X-API-Key": "secret", "Origin": "https://example.org"},
                {"Origin": "https://example.com"},
            ):
                request = urllib.request.Request(f"http://127.0.0.1:{settings.port}{path}", body, headers)
                headers = dict(request.header_items())
                expected = (
                    plain.get(path, headers=headers)
                    if body is None
                    else plain.post(path, content=body, headers=headers)
                )
                try:
                    answer = urllib.request.urlopen(request, timeout=60)
                except urllib.error.HTTPError as error:
                    answer = error
                with answer:
                    assert (answer.status, answer.read()) == (expected.status_code, expected.content)
                    for name in ("access-control-allow-origin", "www-authenticate"):
                        assert answer.headers.get(name) == expected.headers.get(name)


def test_without_ray_it_says_what_to_install(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ndjson").touch()
    program = "import sys; sys.modules['ray'] = None; from serve.cluster import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "classify", str(tmp_path / "in"), str(tmp_path / "out")]
    process = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    assert process.returncode == 2
    assert "pip install '.[cluster]'" in process.stderr
    assert process.stderr.count("\n") == 1


def test_a_folder_that_is_not_there_is_named(tmp_path, capsys):
    assert main(["classify", str(tmp_path / "nowhere"), str(tmp_path)]) == 2
    assert "nowhere" in capsys.readouterr().err
