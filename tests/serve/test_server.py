"""The server as a process: clients that are slow, gone or too many, and its end."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import time
import urllib.request
import zlib
from pathlib import Path

import pytest

pytestmark = [pytest.mark.linux, pytest.mark.slow]  # it is watched through /proc

BODY = json.dumps({"drawing": [[[0, 100], [0, 0]]]}).encode()
HEAD = b"POST /classify HTTP/1.1\r\nHost: here\r\n"
REQUEST = HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
STREAM = HEAD + b"Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def read_all(connection):
    received = b""
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionResetError:
        received += b"<reset>"
    return received


def receive(connection):
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response


def ask(server, body=BODY):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
    connection.request("POST", "/classify", body)
    response = connection.getresponse()
    answer = response.status, dict(response.headers), json.loads(response.read())
    connection.close()
    return answer


def eventually(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def test_silent_clients_are_told_so_and_let_go(start):
    server = start("--client-timeout-s", 1)
    beginnings = [
        HEAD + b"Content-Length: 1000\r\n\r\n{",
        HEAD + b"Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n",
        STREAM + chunk(BODY + b"\n") + b"5\r\n{",
    ]
    silent = [server.connect() for _ in beginnings]
    for connection, beginning in zip(silent, beginnings, strict=True):
        connection.sendall(beginning)
    first, second, stream = [receive(connection) for connection in silent]
    for answer in (first, second):
        assert answer.status == 408
        assert json.load(answer)["error"]["code"] == "timeout"
        assert answer.headers["connection"] == "close"
    assert stream.status == 200
    answer, end = map(json.loads, stream.read().splitlines())
    assert "label" in answer and end["error"]["code"] == "timeout"
    assert ask(server)[0] == 200


def test_dribbling_does_not_win_time(start):
    server = start("--client-timeout-s", 1)
    with server.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
        connection.settimeout(0.2)
        answer, sent = b"", 0
        while not answer and sent < 50:
            connection.sendall(b" ")
            sent += 1
            with contextlib.suppress(TimeoutError):
                answer = connection.recv(1000)
    assert answer.startswith(b"HTTP/1.1 408")


def test_idle_connections_are_closed(start):
    with start("--keep-alive-timeout-s", 1).connect() as connection:
        connection.sendall(REQUEST)
        assert receive(connection).read()
        assert connection.recv(100) == b""


def test_more_connections_than_it_keeps_get_503(start):
    server = start("--max-connections", 5)
    held = [server.connect() for _ in range(5)]

    def status():
        connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
        connection.request("GET", "/healthz")
        return connection.getresponse().status

    eventually(lambda: status() == 503)
    for connection in held:
        connection.close()
    eventually(lambda: status() == 200)


def test_more_requests_than_it_takes_on_are_told_to_come_again(start):
    server = start("--max-requests", 2)
    held = [server.connect() for _ in range(2)]
    for connection in held:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY))
    eventually(lambda: ask(server)[0] == 503)
    status, headers, answer = ask(server)
    assert status == 503
    assert answer["error"]["code"] == "busy"
    assert int(headers["retry-after"]) > 0
    health = http.client.HTTPConnection(server.host, server.port)
    health.request("GET", "/healthz")
    assert health.getresponse().status == 200
    for connection in held:
        connection.sendall(BODY)
        assert receive(connection).status == 200
        connection.close()
    assert ask(server)[0] == 200


def test_a_client_that_hangs_up_in_a_stream_leaves_nothing_behind(start):
    server = start()
    ask(server)
    before = server.files()
    for _ in range(20):
        with server.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # closes by a reset
            connection.sendall(STREAM + chunk((BODY + b"\n") * 50))
            connection.recv(100)
    eventually(lambda: server.files() <= before)
    assert ask(server)[0] == 200
    assert server.stop() == (0, "", "")


def test_a_client_of_http_1_0_gets_a_stream_without_chunks(start):
    connection = start().connect()
    lines = (BODY + b"\n") * 300
    head = b"POST /classify HTTP/1.0\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n"
    connection.sendall(head % len(lines) + lines)
    headers, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in headers.lower() and b"content-length: %d" % len(body) in headers.lower()
    assert len(body.splitlines()) == 300


def test_a_client_that_asks_before_it_sends_is_told_to_go_on_at_once(start):
    connection = start().connect()
    connection.sendall(HEAD + b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(BODY))
    connection.settimeout(5)
    assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(BODY)
    assert receive(connection).status == 200


@pytest.mark.parametrize("workers", [1, 2])
def test_told_to_stop_it_answers_what_is_in_flight(start, workers):
    server = start("--workers", workers)
    eventually(lambda: ask(server)[0] == 200)
    in_flight = [server.connect() for _ in range(8)]
    for connection in in_flight:
        connection.sendall(REQUEST[:-10])
    time.sleep(0.5)
    server.process.terminate()
    time.sleep(1)
    for connection in in_flight:
        connection.sendall(REQUEST[-10:])
        assert receive(connection).status == 200
    assert server.end() == (0, "", "")


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_waits_no_longer_than_the_shutdown_timeout(start, stop):
    server = start("--shutdown-timeout-s", 1)
    with server.connect(), server.connect() as connection:  # one says nothing, one not all
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
        assert ask(server)[0] == 200  # so the other was seen
        os.kill(server.process.pid, stop)
        answer = receive(connection)
        assert (answer.status, json.load(answer)["error"]["code"]) == (503, "busy")
        assert server.process.wait(timeout=60) == 0
    assert "Traceback" not in server.process.stderr.read()


def test_told_to_stop_it_finishes_a_stream(start):
    server = start()
    with server.connect() as connection:
        connection.sendall(STREAM + chunk(BODY + b"\n"))
        answer = connection.recv(65536)
        server.process.terminate()
        time.sleep(1.5)
        connection.sendall(chunk(BODY) + b"0\r\n\r\n")
        answer += read_all(connection)
    assert answer.count(b'"known"') == 2
    assert answer.endswith(b"0\r\n\r\n")
    assert server.end() == (0, "", "")


def test_nothing_is_written_to_disk(start):
    server = start()
    ask(server)
    before = server.written()
    for body in (BODY, b"BM", (BODY + b"\n") * 3, b"{" * 100_000):
        connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
        connection.request("POST", "/classify", body)
        connection.getresponse().read()
    assert server.written() == before


def test_bombs_and_long_streams_cost_no_memory(start):
    server = start()
    ask(server)
    before = server.status("VmHWM")
    header = b"\0\0\0\rIHDR\0\0\xc3\x50\0\0\xc3\x50\x08\0\0\0\0"  # 50,000 x 50,000 pixels
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + header
        + zlib.crc32(header[4:]).to_bytes(4, "big")
        + b"\0\x98\x96\x80IDAT"
        + b"\0" * 10_000_000
    )
    assert ask(server, bomb)[0] == 413
    millions = b'{"drawing": [[[' + b"1," * 5_000_000 + b"1], [1]]]}"
    assert ask(server, millions)[0] == 413
    stream = http.client.HTTPConnection(server.host, server.port, timeout=60)
    stream.request("POST", "/classify", iter([(BODY + b"\n") * 1000] * 20), {"content-type": "application/x-ndjson"})
    assert stream.getresponse().read().count(b"\n") == 20_000
    assert server.status("VmHWM") - before < 64 * 1024  # the two bodies themselves, and what was ready for them


def test_a_stream_through_the_shipped_cnn_fits_a_small_machine(start):
    server = start("--models", Path(__file__).parents[2] / "models", "--model", "cnn")
    client = http.client.HTTPConnection(server.host, server.port, timeout=60)
    client.request("POST", "/classify", (BODY + b"\n") * 2000, {"content-type": "application/x-ndjson"})
    assert client.getresponse().read().count(b'"label"') >= 2000
    assert server.status("VmHWM") < 150 * 1024


def workers_of(server):
    """The processes that answer; multiprocessing starts one more, its resource tracker."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return {int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}


def requests_counted(server):
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=20) as response:
        counts = re.findall(
            r'^doodle_requests_total{.*route="/classify".*} (.*)$', response.read().decode(), re.MULTILINE
        )
    return sum(map(float, counts))


def test_all_workers_count_together(start):
    server = start("--workers", 2)
    answers = [ask(server) for _ in range(40)]  # each on a connection of its own, so both get some
    assert {status for status, _, _ in answers} == {200}
    # whichever is asked, and as soon as the last answer, which the client has already, is counted
    eventually(lambda: {requests_counted(server) for _ in range(10)} == {40.0})
    assert server.stop() == (0, "", "")
    assert not list(Path("/dev/shm").glob(f"doodle-{server.process.pid}-*"))


def test_a_worker_that_dies_is_replaced(start):
    server = start("--workers", 2)
    eventually(lambda: ask(server)[0] == 200 and len(workers_of(server)) == 2)
    victim = min(workers_of(server))
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: len(workers_of(server) - {victim}) == 2)
    assert {ask(server)[0] for _ in range(20)} == {200}
    assert server.stop() == (0, "", "")
