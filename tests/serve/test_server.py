"""The server as a process: clients that are slow, gone or too many, and its end."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import threading
import time
import urllib.request
import zlib
from pathlib import Path

import pytest

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


def test_clients_that_go_silent_are_told_so_and_let_go(start):
    server = start("--client-timeout", 1)
    beginnings = [
        b"",
        b"POST /classify HTTP/1.1\r\nHost: here\r\n",
        HEAD + b"Content-Length: 1000\r\n\r\n{",
        HEAD + b"Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n",
        STREAM + b"5\r\n{",
    ]
    silent = [server.connect() for _ in beginnings]
    for connection, beginning in zip(silent, beginnings, strict=True):
        connection.sendall(beginning)
    *answers, stream = map(read_all, silent)
    for answer in answers:
        assert b"HTTP/1.1 408" in answer
        assert json.loads(answer.rpartition(b"\r\n\r\n")[2])["error"]["code"] == "timeout"
    assert stream.startswith(b"HTTP/1.1 200")
    assert not stream.endswith(b"0\r\n\r\n")  # so a client can tell that it was cut off
    assert ask(server)[0] == 200


def test_a_client_that_dribbles_does_not_win_time(start):
    server = start("--client-timeout", 2)
    with server.connect() as connection:
        connection.sendall(b"GET /")
        connection.settimeout(0.2)
        answer, sent = b"", 0
        while not answer and sent < 100:
            connection.sendall(b"a")
            sent += 1
            with contextlib.suppress(TimeoutError):
                answer = connection.recv(1000)
    assert answer.startswith(b"HTTP/1.1 408")


def test_a_client_that_does_not_read_is_let_go(start):
    server = start("--client-timeout", 1)
    ask(server)
    before = server.files()
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((server.host, server.port))
    connection.settimeout(1)
    connection.sendall(STREAM)
    with pytest.raises(OSError):  # at first the server stops reading, too; then it hangs up
        while True:
            connection.sendall(chunk((BODY + b"\n") * 1000))
    eventually(lambda: server.files() == before)
    connection.close()
    assert ask(server)[0] == 200


def test_a_slow_line_is_given_the_time_that_a_large_body_takes(start):
    server = start("--client-timeout", 1)
    body = BODY + b" " * 20_000
    with server.connect() as connection:
        connection.sendall(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
        for place in range(0, len(body), 2000):
            connection.sendall(body[place : place + 2000])
            time.sleep(0.3)
        assert b"HTTP/1.1 200" in read_all(connection)


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


def test_more_connections_than_it_keeps_are_told_to_come_again(start):
    server = start("--max-connections", 5)
    held = [server.connect() for _ in range(5)]
    eventually(lambda: ask(server)[0] == 503)
    status, headers, answer = ask(server)
    assert (status, answer["error"]["code"], headers["retry-after"]) == (503, "busy", "1")
    crowd = [server.connect() for _ in range(20)]  # these go beyond what is even listened to
    for connection in (*held, *crowd):
        connection.close()

    def is_let_in():
        with contextlib.suppress(ConnectionResetError):  # by a server that has not seen yet that the crowd is gone
            return ask(server)[0] == 200

    eventually(is_let_in)


def test_a_connection_too_many_may_send_its_body_before_it_reads_why_it_is_refused(start):
    server = start("--max-connections", 1)
    with server.connect() as held, server.connect() as connection:
        held.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
        connection.sendall(HEAD + b"Content-Length: 500000\r\n\r\n")
        for _ in range(5):  # with time between in which the server might answer, close, and let the pipe break
            time.sleep(0.2)
            connection.sendall(b" " * 100_000)
        assert receive(connection).status == 503


def test_an_answer_that_would_come_too_late_is_not_waited_for(start):
    server = start("--timeout", 1)
    with server.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
        answer = receive(connection)
    assert answer.status == 503
    assert json.load(answer)["error"]["code"] == "busy"


def test_a_client_that_closes_its_side_still_gets_the_answer(start):
    with start().connect() as connection:
        connection.sendall(REQUEST)
        connection.shutdown(socket.SHUT_WR)
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"label"' in answer


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


def test_what_is_not_http_or_too_much_of_it_is_refused(start):
    server = start("--client-timeout", 2)
    for request, status in (
        (b"GET / HTTP/1.1\r\n" + b"X-Header: %s\r\n" % (b"a" * 1000) * 1000, 431),
        (b"GET / HTTP/1.1\r\nX-Header: " + b"a" * 1_000_000, 431),
        (b"GET /" + b"a" * 1_000_000, 431),
        (STREAM + b"1\r\n{\r\n0\r\n" + b"X-Trailer: a\r\n" * 100_000, 200),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\n\r\n", 400),
        (HEAD + b"Content-Length: -1\r\n\r\n", 400),
        (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (STREAM.replace(b"x-ndjson", b"json") + b"zz\r\n", 400),
    ):
        with server.connect() as connection:
            with contextlib.suppress(OSError):  # it has hung up already
                connection.sendall(request)
            answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 %d" % status) or answer == b"<reset>"
    assert ask(server)[0] == 200
    assert server.stop() == (0, "", "")


def test_a_client_that_asks_before_it_sends_is_told_to_go_on_at_once(start):
    connection = start().connect()
    connection.sendall(HEAD + b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(BODY))
    connection.settimeout(5)
    assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(BODY)
    assert receive(connection).status == 200


def test_an_upgrade_that_is_not_offered_is_passed_over(start):
    with start().connect() as connection:
        upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
        connection.sendall(HEAD + upgrade + b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY))
        assert receive(connection).status == 200


@pytest.mark.parametrize("workers", [1, 2])
def test_told_to_stop_it_answers_all_that_it_was_asked(start, workers):
    server = start("--workers", workers)
    answered, lost = [0] * 8, []

    def client(number):
        while True:
            try:
                connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
                connection.connect()
            except OSError:
                return  # it listens no more: as it should be
            try:
                for _ in range(10**6):
                    if connection.sock is None:  # it said that this was the last answer
                        break
                    connection.request("POST", "/classify", BODY)
                    response = connection.getresponse()
                    assert response.status == 200 and b'"label"' in response.read()
                    answered[number] += 1
            except (OSError, http.client.HTTPException) as error:
                lost.append(error)

    clients = [threading.Thread(target=client, args=[number]) for number in range(8)]
    for thread in clients:
        thread.start()
    eventually(lambda: all(count > 50 for count in answered))
    code, out, err = server.stop()
    for thread in clients:
        thread.join()
    assert (code, out, err) == (0, "", "")
    assert lost == []


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
    assert server.stop() == (0, "", "")


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_waits_no_longer_than_the_grace_time(start, stop):
    server = start("--grace", 1)
    with server.connect(), server.connect() as connection:  # one says nothing, one not all
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
        assert ask(server)[0] == 200  # so the other was seen
        os.kill(server.process.pid, stop)
        assert server.process.wait(timeout=60) == 0
    assert "Traceback" not in server.process.stderr.read()


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
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    return set(map(int, children.split()))


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
    eventually(lambda: len(workers_of(server)) == 2)
    victim = min(workers_of(server))
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: len(workers_of(server) - {victim}) == 2)
    assert {ask(server)[0] for _ in range(20)} == {200}
    code, _, err = server.stop()
    assert code == 0
    assert err.count("\n") == 1 and str(victim) in err
