import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from serve.__main__ import main
from serve.app import api_keys
from serve.settings import Settings

CHECKOUT = Path(__file__).parents[2]
STROKES = json.dumps({"drawing": [[[0, 10], [0, 0]]]}).encode()


def ask(url, body=STROKES):
    with urllib.request.urlopen(f"{url}/classify", body, timeout=20) as response:
        return json.load(response)


def test_a_real_server_answers(start):
    server = start("--model", "other")
    assert ask(server.url)["model"] == "other"
    with urllib.request.urlopen(f"{server.url}/healthz", timeout=10) as response:
        assert response.status == 200
    assert server.stop() == (0, "", "")


def test_a_stream_is_answered_while_it_is_sent(start):
    line = STROKES + b"\n"
    with start().connect() as connection:
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


def test_bad_model_is_one_line_and_code_2(tmp_path, capsys):
    (tmp_path / "cut.onnx").write_bytes(b"no model")
    assert main(["--models", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert "cut.onnx" in message
    assert message.count("\n") == 1


def test_unknown_default_is_refused(models_folder, capsys):
    assert main(["--models", str(models_folder), "--model", "tree"]) == 2
    assert "no model is named 'tree'" in capsys.readouterr().err


def test_nothing_but_the_message_is_written(tmp_path):
    command = [sys.executable, "-m", "serve", "--models", str(tmp_path / "nowhere")]
    result = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "nowhere" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("part", [0, 1, 100, 0.5, 0.99])
def test_cut_model_is_refused(models_folder, tmp_path, capsys, part):
    whole = (models_folder / "mlp.onnx").read_bytes()
    (tmp_path / "mlp.onnx").write_bytes(whole[: part if isinstance(part, int) else int(part * len(whole))])
    assert main(["--models", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert "mlp.onnx" in message and message.count("\n") == 1


def test_taken_port_is_one_line_and_code_2(models_folder, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for workers in ("1", "2"):
            port = str(taken.getsockname()[1])
            assert main(["--models", str(models_folder), "--port", port, "--workers", workers]) == 2
            message = capsys.readouterr().err
            assert "in use" in message and message.count("\n") == 1


def test_keys_come_from_a_file_and_from_the_environment(tmp_path, monkeypatch):
    assert api_keys(None) == []
    file = tmp_path / "keys"
    file.write_text("old-key\n\nnew-key \n")
    assert api_keys(file) == [b"old-key", b"new-key"]
    monkeypatch.setenv("DOODLE_API_KEY", "third-key")
    assert api_keys(file) == [b"old-key", b"new-key", b"third-key"]


@pytest.mark.parametrize("content", ["", " \n", "two words", "schl\u00fcssel"])
def test_file_without_a_usable_key_is_refused(models_folder, tmp_path, capsys, content):
    (tmp_path / "keys").write_text(content)
    assert main(["--models", str(models_folder), "--api-key-file", str(tmp_path / "keys")]) == 2
    assert "API key" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--max-body-bytes", "0"),
        ("--max-body-bytes", "x"),
        ("--client-timeout-s", "1e9"),
        ("--workers", "-1"),
        ("--port", "99999"),
        ("--port", "-1"),
        ("--port", "http"),
        ("--cors-origin", "example.org"),
        ("--cors-origin", "https://a.org/"),
    ],
)
def test_senseless_option_is_one_line_and_code_2(option, value, capsys):
    with pytest.raises(SystemExit) as ended:
        main([option, value])
    assert ended.value.code == 2
    message = capsys.readouterr().err
    assert option in message and message.count("\n") == 1


def test_settings_read_every_option():
    origins = ["--cors-origin", "https://a.org", "--cors-origin", "https://b.org"]
    arguments = [*origins, "--access-log", "--models", "x", "--root-path", "/d"]
    settings = Settings.from_arguments([*arguments, "--client-timeout-s", "7"])
    assert settings.cors_origin == ("https://a.org", "https://b.org")
    assert (settings.access_log, settings.models, settings.root_path) == (True, Path("x"), "/d")
    assert settings.client_timeout_s == 7
    assert Settings.from_arguments([]) == Settings()


def test_counts_folder_of_another_program_is_not_used(start):
    assert ask(start(PROMETHEUS_MULTIPROC_DIR="/nonexistent").url)["label"]


def test_two_workers_where_shared_memory_is_not_writable(models_folder):
    program = (
        "import sys; from pathlib import Path; import serve.__main__ as m; "
        "m.SHARED_MEMORY = Path('/proc/1'); sys.exit(m.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, "--models", str(models_folder), "--port", "0", "--workers", "2"]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        assert ask(re.search(r"http://\S+", process.stdout.readline())[0])["label"]
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.mark.linux
def test_full_disk_behind_stdout(models_folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "serve", "--models", str(models_folder), "--port", str(port), "--access-log"]
    with Path("/dev/full").open("w") as full:
        process = subprocess.Popen(command, cwd=CHECKOUT, stdout=full, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(100):
            try:
                assert ask(f"http://127.0.0.1:{port}")["label"]
                break
            except OSError:
                time.sleep(0.1)
        else:
            pytest.fail("it does not answer")
    finally:
        process.terminate()
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")


@pytest.mark.slow
@pytest.mark.linux
@pytest.mark.parametrize("delay", [0.2, 0.5, 0.8, 1.2])
def test_told_to_stop_while_workers_start_all_stop(models_folder, delay):
    command = [sys.executable, "-m", "serve", "--models", str(models_folder), "--port", "0", "--workers", "3"]
    process = subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    time.sleep(delay)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)
    with pytest.raises(ProcessLookupError):  # no process of its group is left
        for _ in range(100):
            os.killpg(process.pid, 0)
            time.sleep(0.1)
