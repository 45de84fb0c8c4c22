"""The first drawings of each category, by HTTP byte ranges, kept in a cache laid out like the source.

A cached file is the first bytes of the source's file and nothing else. So a fresh download, a resumed one and more
drawings later are the same thing: ask for the bytes that follow. While a file grows it is called NAME.part.
"""

import fcntl
import random
import re
import shutil
import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx2
from tqdm import tqdm

from train.bucket import BITMAP_BYTES, DatasetError, NoNetworkError, bitmap_file, read_header, stroke_file

CONNECTIONS = 4
TRIES = 5  # in a row that bring no byte
BACKOFF = 0.5  # seconds before the second try, doubled with each further one
TIMEOUT = httpx2.Timeout(30, connect=5)  # seconds
BUSY = {408, 429, 500, 502, 503, 504}  # answers that another try may change
USUAL_HEADER = 128  # bytes; older files have 80, and what is read too far is the start of the next drawing
USUAL_LINE = 1024  # bytes; a simplified drawing has about 600

# The length in bytes at which a file holds what is wanted, an estimate as long as it doesn't; the second argument is
# the length of the source's file where that is known. Raises DatasetError where the file is broken.
Wanted = Callable[[Path, int | None], int]


Door = Callable[[str], str]  # from a category to the name of the file of its drawings


class _BusyError(Exception):
    """The server answered, but with nothing that is of use; another try may bring more."""


class _AbsentError(Exception):
    """The source has no such file."""


def fetch(
    url: str, categories: Sequence[str], samples: int, cache: Path, doors: Sequence[Door] = (bitmap_file, stroke_file)
) -> Path:
    """Bring the first `samples` drawings of each category into the cache; return its folder, laid out like `url`.

    `doors` says in which forms. A file that the source lacks is not missed, and its name is kept with ".absent" added.
    What the cache holds is not asked for again. Raises NoNetworkError where no connection can be made and nothing of
    the categories is cached, and DatasetError for all else that keeps a file from being complete. What came until then
    is kept, and the next call goes on from there.
    """
    folder = cache / re.sub(r"[^\w.-]+", "_", url.split("://")[1].strip("/"))
    wanted: dict[Door, Wanted] = {bitmap_file: _wanted_bitmaps(samples), stroke_file: _wanted_lines(samples)}
    files = {door(category): wanted[door] for door in doors for category in categories}
    with one_process_at_a_time(folder):
        missing = {name: want for name, want in files.items() if not _complete(folder / name, want)}
        if not missing:
            return folder
        print(f"fetching {len(missing)} of {len(files)} files from {url} into {folder}", file=sys.stderr)
        try:
            _fetch_all(url.rstrip("/"), folder, missing)
        except NoNetworkError as error:
            if not any(_held(folder / name) for name in files):
                raise
            lacking = ", ".join(name for name, want in missing.items() if not _complete(folder / name, want))
            raise DatasetError(
                f"{error}. The cache {folder} holds some of what was asked for, and lacks {lacking}: connect and run "
                "again, or ask for less"
            ) from error
    return folder


def _wanted_bitmaps(samples: int) -> Wanted:
    def wanted(file: Path, whole: int | None) -> int:
        if _size(file) < USUAL_HEADER:
            return USUAL_HEADER + samples * BITMAP_BYTES
        with file.open("rb") as stream:
            promised, offset = read_header(stream, file)
        if whole is not None and whole != offset + promised * BITMAP_BYTES:
            raise DatasetError(f"{whole} bytes are not the {promised} drawings that the header of {file} promises")
        return offset + min(samples, promised) * BITMAP_BYTES

    return wanted


def _wanted_lines(samples: int) -> Wanted:
    def wanted(file: Path, whole: int | None) -> int:
        lines = 0
        if file.exists():
            with file.open("rb") as stream:
                lines = sum(line.endswith(b"\n") for line in stream)
        estimate = _size(file) + max(0, samples - lines) * USUAL_LINE
        return estimate if whole is None else min(estimate, whole)

    return wanted


def _fetch_all(url: str, folder: Path, files: Mapping[str, Wanted]) -> None:
    """Bring several files at once; the first error, or an interrupt, stops the others."""
    expected = sum(wanted(_part(folder / name), None) - _held(folder / name) for name, wanted in files.items())
    with (
        _client() as client,
        tqdm(total=expected, unit="B", unit_scale=True, unit_divisor=1024, disable=None) as bar,
        ThreadPoolExecutor(CONNECTIONS) as pool,
    ):
        download = _Download(client, bar)
        tasks = [
            pool.submit(download.complete, f"{url}/{quote(name)}", folder / name, wanted)
            for name, wanted in files.items()
        ]
        try:
            for done, task in enumerate(as_completed(tasks), start=1):
                bar.total += task.result()
                bar.set_description(f"{done} of {len(files)} files")
        except BaseException:
            download.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _client() -> httpx2.Client:
    """Raises DatasetError where the environment asks for what can't be had."""
    try:
        return httpx2.Client(timeout=TIMEOUT, follow_redirects=True, headers={"Accept-Encoding": "identity"})
    except ImportError as error:
        raise DatasetError("a SOCKS proxy, as ALL_PROXY names one, needs a package: pip install socksio") from error
    except OSError as error:
        names = "SSL_CERT_FILE or SSL_CERT_DIR"
        raise DatasetError(
            f"the certificates that {names} names cannot be read ({error}): correct or unset it"
        ) from error
    except ValueError as error:
        raise DatasetError(f"the proxy that the environment names is no URL of one: {error}") from error


class _Download:
    """What the downloads of one fetch share: the connections, the progress bar, and the word to stop."""

    def __init__(self, client: httpx2.Client, bar: "tqdm[None]") -> None:
        self.client, self.bar, self.stop = client, bar, threading.Event()

    def complete(self, url: str, file: Path, wanted: Wanted) -> int:
        """Let a file grow until it holds what is wanted, or all there is; return the bytes more than were expected."""
        part = _part(file)
        part.parent.mkdir(parents=True, exist_ok=True)
        if _size(file) > _size(part):
            shutil.copyfile(file, part)
        expected = end = wanted(part, None)
        while _size(part) < end:
            try:
                whole = self._grow(url, part, end)
            except _AbsentError:
                _absent(file).touch()
                return -expected
            try:
                end = wanted(part, whole)
            except DatasetError as error:
                part.unlink()
                raise DatasetError(f"{url}: {error}; it is broken, or has changed since {file} was cached") from error
        part.replace(file)
        return end - expected

    def _grow(self, url: str, part: Path, end: int) -> int | None:
        """Append what the source has up to `end`; return how long its file is, where it tells."""
        failures = 0
        while True:
            before = _size(part)
            try:
                return self._append(url, part, end)
            except (httpx2.TransportError, _BusyError) as error:
                failures = failures + 1 if _size(part) == before else 1
                if failures == TRIES:
                    raise _given_up(url, error) from error
            except (httpx2.RequestError, httpx2.InvalidURL) as error:
                raise DatasetError(f"{url}: {error}") from error
            if self.stop.wait(BACKOFF * 2 ** (failures - 1) * random.uniform(0.5, 1.5)):
                raise DatasetError("stopped")

    def _append(self, url: str, part: Path, end: int) -> int | None:
        """Make one request for the bytes after those in `part`; where it is answered from byte 0, skip what is here."""
        start = _size(part)
        with self.client.stream("GET", url, headers={"Range": f"bytes={start}-{end - 1}"}) as response:
            if response.status_code == httpx2.codes.RANGE_NOT_SATISFIABLE:
                return start
            position, whole = _place(url, response, start)
            with part.open("ab") as stream:
                for chunk in response.iter_raw():
                    if self.stop.is_set():
                        raise DatasetError("stopped")
                    new = chunk[max(0, start - position) : end - position]
                    stream.write(new)
                    position += len(chunk)
                    with self.bar.get_lock():
                        self.bar.update(len(new))
                    if position >= end:
                        break
        if response.status_code == httpx2.codes.OK and position < end:
            return position
        if position == start:
            raise _BusyError("the server sent nothing")
        return whole


def _place(url: str, response: httpx2.Response, start: int) -> tuple[int, int | None]:
    """Where in the source's file the body of a response begins, and how long that file is, if the server tells."""
    if response.status_code == httpx2.codes.NOT_FOUND:
        raise _AbsentError
    if response.status_code == httpx2.codes.OK:
        return 0, None if "content-length" not in response.headers else int(response.headers["content-length"])
    span = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("content-range", ""))
    if response.status_code == httpx2.codes.PARTIAL_CONTENT and span and int(span[1]) == start:
        return start, None if span[2] == "*" else int(span[2])
    answer = f"the server answers {response.status_code} {response.reason_phrase}"
    raise _BusyError(answer) if response.status_code in BUSY else DatasetError(f"{url}: {answer}")


def _given_up(url: str, error: Exception) -> DatasetError:
    """What is said, and to whom, after the last try."""
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError) and not _untrusted(error):
        return NoNetworkError(f"no connection to {httpx2.URL(url).host}: {error}")
    return DatasetError(f"{url}: {str(error) or repr(error)}, {TRIES} times in a row; run again to go on from there")


def _untrusted(error: BaseException | None) -> bool:
    """Whether a connection failed because its certificate did: somebody is there, and it isn't whom we know."""
    return error is not None and (isinstance(error, ssl.SSLError) or _untrusted(error.__cause__ or error.__context__))


def _complete(file: Path, wanted: Wanted) -> bool:
    """Whether a file, or its part, holds what is wanted, or the source lacks it. A whole part is put in its place."""
    if _absent(file).exists():
        return True
    for candidate in (file, _part(file)):
        try:
            if _size(candidate) >= wanted(candidate, None):
                candidate.replace(file)
                return True
        except DatasetError as error:
            print(f"{error}; removed, to be fetched again", file=sys.stderr)
            candidate.unlink()
    return False


def _part(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")


def _absent(file: Path) -> Path:
    return file.with_name(f"{file.name}.absent")


def _held(file: Path) -> int:
    return max(_size(file), _size(_part(file)))


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


@contextmanager
def one_process_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the folder, made where it is absent, against other processes that do so too."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
