"""The downloader against a local server with every bad habit."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from workflows.common.errors import UserError
from workflows.data import download as module
from workflows.data.download import download

CONTENT = random.Random(3).randbytes(1_000_003)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Server:
    """A server of CONTENT and its faults; `asked` holds the Range header of each request."""

    url: str = ""
    content: bytes = CONTENT
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)  # bytes after which each answer breaks off
    status: int = 200
    silent: bool = False
    encoding: str | None = None
    asked: list[str | None] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append(wanted)
        if self.silent:
            time.sleep(2)
            return
        start = int(wanted.removeprefix("bytes=")[:-1]) if wanted and self.ranges else 0
        if self.status != 200 or (start and start >= len(self.content)):
            request.send_error(self.status if self.status != 200 else 416)
            return
        body = self.content[start:]
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(body)))
        if self.encoding:
            request.send_header("Content-Encoding", self.encoding)
        request.end_headers()
        request.wfile.write(body[: self.cuts.pop(0)] if self.cuts else body)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(module, "PAUSE", 0.0)
    monkeypatch.setattr(module, "CHUNK", 1 << 14)
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}/data.tar.gz"
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield server
    http.shutdown()
    http.server_close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data.tar.gz"


def part_of(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def check_landed(path: Path) -> None:
    assert path.read_bytes() == CONTENT
    assert not part_of(path).exists()


def test_whole_with_at_most_one_line_per_ten_percent(
    server: Server, path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    download(server.url, path, DIGEST)
    check_landed(path)
    out, err = capfd.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert [line.split()[1] for line in lines] == [str(n) for n in range(10, 101, 10)]
    assert lines[-1] == "data.tar.gz: 100 % (1 of 1 MB)"
    download(server.url, path, DIGEST)
    assert server.asked == [None], "a verified file is not asked for again"


def test_a_truncated_part_is_resumed(server: Server, path: Path) -> None:
    part_of(path).write_bytes(CONTENT[:700_000])
    download(server.url, path, DIGEST)
    check_landed(path)
    assert server.asked == ["bytes=700000-"]


def test_without_range_it_starts_over(server: Server, path: Path) -> None:
    server.ranges = False
    part_of(path).write_bytes(b"x" * 700_000)
    download(server.url, path, DIGEST)
    check_landed(path)
    assert server.asked == ["bytes=700000-"]


def test_a_complete_part_needs_no_bytes(server: Server, path: Path) -> None:
    part_of(path).write_bytes(CONTENT)
    download(server.url, path, DIGEST)
    check_landed(path)


@pytest.mark.parametrize("length", [500_000, len(CONTENT), len(CONTENT) + 5])
def test_a_wrong_part_is_dropped_and_fetched_once_more(
    server: Server, path: Path, length: int
) -> None:
    part_of(path).write_bytes(b"x" * length)
    download(server.url, path, DIGEST)
    check_landed(path)
    assert server.asked == [f"bytes={length}-", None]


def test_a_cut_connection_is_taken_up(server: Server, path: Path) -> None:
    server.cuts = [300_000, 0, 0, 300_000, 0, 0]  # progress resets the count of failures
    download(server.url, path, DIGEST)
    check_landed(path)
    assert server.asked[1] == "bytes=300000-"
    assert server.asked[4] == "bytes=600000-"


def test_a_cut_without_range_starts_over_each_time(server: Server, path: Path) -> None:
    server.ranges = False
    server.cuts = [300_000, 600_000]
    download(server.url, path, DIGEST)
    check_landed(path)


def test_a_connection_that_keeps_breaking_is_given_up_and_resumed_by_the_next_call(
    server: Server, path: Path
) -> None:
    server.cuts = [300_000, 0, 0, 0]
    with pytest.raises(UserError, match="broke off 3 times at 300000 bytes") as caught:
        download(server.url, path, DIGEST)
    assert "\n" not in str(caught.value)
    assert not path.exists(), "an interrupted download never looks finished"
    assert part_of(path).stat().st_size == 300_000
    download(server.url, path, DIGEST)
    check_landed(path)
    assert server.asked[-1] == "bytes=300000-"


@pytest.mark.parametrize("position", [0, 500_000, len(CONTENT) - 1])
def test_one_flipped_byte_is_refused(server: Server, path: Path, position: int) -> None:
    flipped = bytearray(CONTENT)
    flipped[position] ^= 1
    server.content = bytes(flipped)
    with pytest.raises(UserError, match=f"expected {DIGEST}; dropped"):
        download(server.url, path, DIGEST)
    assert list(path.parent.iterdir()) == []


def test_an_encoding_header_does_not_unpack_the_archive(server: Server, path: Path) -> None:
    server.encoding = "gzip"
    download(server.url, path, DIGEST)
    check_landed(path)


@pytest.mark.parametrize("status", [403, 404, 503])
def test_a_refusal_is_one_line(server: Server, path: Path, status: int) -> None:
    server.status = status
    with pytest.raises(UserError, match=f"the server answers {status} "):
        download(server.url, path, DIGEST)


def test_a_silent_host_fails_soon(server: Server, path: Path) -> None:
    server.silent = True
    start = time.monotonic()
    with pytest.raises(UserError, match=r"cannot be reached \(timed out\)"):
        download(server.url, path, DIGEST, timeout=(0.2, 0.2))
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:9/x", "Connection refused"),
        ("http://nowhere.invalid/x", "Name or service not known|Temporary failure"),
    ],
)
def test_an_unreachable_host_fails_at_once(
    path: Path, monkeypatch: pytest.MonkeyPatch, url: str, reason: str
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(UserError, match=rf"cannot be reached \(({reason})") as caught:
        download(url, path, DIGEST)
    assert "\n" not in str(caught.value)
