import json
import re
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from serve.__main__ import api_keys, main

CHECKOUT = Path(__file__).parents[2]


@contextmanager
def server(*arguments):
    """A real `python -m serve`; gives the address that it prints."""
    command = [sys.executable, "-m", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield re.search(r"http://\S+", process.stdout.readline())[0]
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_a_real_server_answers(models_folder):
    with server("--models", models_folder, "--model", "other") as address:
        drawing = json.dumps({"drawing": [[[0, 10], [0, 0]]]}).encode()
        with urllib.request.urlopen(f"{address}/classify", drawing, timeout=10) as response:
            assert json.load(response)["model"] == "other"
        with urllib.request.urlopen(f"{address}/healthz", timeout=10) as response:
            assert response.status == 200


def test_a_stream_is_answered_while_it_is_sent(models_folder):
    line = b'{"drawing": [[[0, 10], [0, 0]]]}\n'
    with server("--models", models_folder) as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(
                b"POST /classify HTTP/1.1\r\nHost: here\r\nContent-Type: application/x-ndjson\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%s\r\n" % (len(line), line)
            )
            received = b""
            while b'"label"' not in received:  # the body has not ended
                received += connection.recv(65536)
            connection.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(line), line))
            while not received.endswith(b"0\r\n\r\n"):
                received += connection.recv(65536)
    assert received.count(b'"known"') == 2


def test_a_bad_model_is_refused_with_a_message_and_code_2(tmp_path, capsys):
    (tmp_path / "cut.onnx").write_bytes(b"no model")
    assert main(["--models", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert "cut.onnx" in message
    assert message.count("\n") == 1


def test_a_default_that_is_not_there_is_refused(models_folder, capsys):
    assert main(["--models", str(models_folder), "--model", "tree"]) == 2
    assert "no model named 'tree'" in capsys.readouterr().err


def test_nothing_but_the_message_is_written_and_the_exit_code_is_2(tmp_path):
    command = [sys.executable, "-m", "serve", "--models", str(tmp_path / "nowhere")]
    result = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "nowhere" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("part", [0, 1, 100, 0.5, 0.99])
def test_a_model_that_is_cut_short_is_refused(models_folder, tmp_path, capsys, part):
    whole = (models_folder / "mlp.onnx").read_bytes()
    (tmp_path / "mlp.onnx").write_bytes(whole[: part if isinstance(part, int) else int(part * len(whole))])
    assert main(["--models", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert "mlp.onnx" in message and message.count("\n") == 1


def test_a_port_that_is_taken_is_refused_with_a_message_and_code_2(models_folder, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for workers in ("1", "2"):
            port = str(taken.getsockname()[1])
            assert main(["--models", str(models_folder), "--port", port, "--workers", workers]) == 2
            assert "in use" in capsys.readouterr().err


def test_keys_come_from_a_file_and_from_the_environment(tmp_path, monkeypatch):
    assert api_keys(None) == []
    file = tmp_path / "keys"
    file.write_text("old-key\n\nnew-key \n")
    assert api_keys(file) == [b"old-key", b"new-key"]
    monkeypatch.setenv("DOODLE_API_KEY", "third-key")
    assert api_keys(file) == [b"old-key", b"new-key", b"third-key"]


@pytest.mark.parametrize("content", ["", " \n", "two words", "schl\u00fcssel"])
def test_a_file_without_a_usable_key_is_refused(models_folder, tmp_path, capsys, content):
    (tmp_path / "keys").write_text(content)
    assert main(["--models", str(models_folder), "--api-key-file", str(tmp_path / "keys")]) == 2
    assert "API key" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value"),
    [("--max-body", "0"), ("--workers", "-1"), ("--cors-origin", "example.org"), ("--cors-origin", "https://a.org/")],
)
def test_an_option_that_makes_no_sense_is_refused(option, value, capsys):
    with pytest.raises(SystemExit) as ended:
        main([option, value])
    assert ended.value.code == 2
    assert option in capsys.readouterr().err
