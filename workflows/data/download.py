"""Bring one file over HTTP: resumed where it stopped, verified, there whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import requests
import urllib3

from workflows.common.errors import UserError
from workflows.common.sums import sha256
from workflows.common.underway import say

CHUNK = 1 << 20
FAILURES = 3  # connections in a row that brought nothing new
PAUSE = 1.0  # seconds between two connections
TIMEOUT = (10.0, 30.0)  # seconds: to connect, and of silence while receiving


def download(
    url: str, path: Path, expected: str, *, timeout: tuple[float, float] = TIMEOUT
) -> None:
    """Bring `url` to `path`, whose SHA-256 must be `expected`.

    Until then the bytes stand in `path`.part, where the next call goes on. A part that turns out
    wrong is dropped, and fetched once more from the start if it came in pieces. Raises `UserError`
    where the host cannot be reached, refuses, keeps on breaking off, or sends something else.
    """
    if path.is_file() and sha256(path) == expected:
        return
    part = path.with_name(path.name + ".part")
    while True:
        pieces = _size(part) > 0
        _fill(url, part, timeout)
        actual = sha256(part)
        if actual == expected:
            part.replace(path)
            return
        part.unlink()
        if not pieces:
            raise UserError(f"{url}: sha256 {actual}, expected {expected}; dropped")
        say(f"{path.name}: the resumed file is not the expected one; once more from the start")


def _fill(url: str, part: Path, timeout: tuple[float, float]) -> None:
    """Receive `url` into `part`, over as many connections as it takes while there is progress."""
    best, failures = _size(part), 0
    while True:
        try:
            return _receive(url, part, timeout)
        except urllib3.exceptions.HTTPError as error:
            size = _size(part)
            failures = 0 if size > best else failures + 1
            best = max(best, size)
            if failures == FAILURES:
                raise UserError(
                    f"{url}: the connection broke off {FAILURES} times at {size} bytes "
                    f"({root(error)}); run again to go on from there"
                ) from None
            say(f"{part.stem}: connection lost after {size} bytes; going on")
            time.sleep(PAUSE)


def _receive(url: str, part: Path, timeout: tuple[float, float]) -> None:
    """Receive what `part` lacks over one connection; start over where the server must.

    The body is taken as it is sent: `requests` would unpack a file that a server declares as
    gzip-encoded. urllib3 raises if fewer bytes come than were announced.
    """
    have = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        response = requests.get(url, headers=headers, stream=True, timeout=timeout)
    except requests.RequestException as error:
        raise UserError(f"{url}: cannot be reached ({root(error)})") from None
    with response:
        if response.status_code == 416:  # nothing left to send: the digest will tell
            return
        if response.status_code not in (200, 206):
            raise UserError(f"{url}: the server answers {response.status_code} {response.reason}")
        if response.status_code == 200:
            have = 0
        report = _progress(part.stem, have, response.headers.get("Content-Length"))
        with part.open("ab" if have else "wb") as file:
            for chunk in response.raw.stream(CHUNK, decode_content=False):
                file.write(chunk)
                report(len(chunk))


def _progress(name: str, done: int, rest: str | None) -> Callable[[int], None]:
    """Return a function to call with each chunk's length: at most one line per 10 %."""
    total = done + int(rest) if rest else None
    told = 10 * done // total if total else 0

    def report(length: int) -> None:
        nonlocal done, told
        done += length
        if total and 10 * done // total > told:
            told = 10 * done // total
            say(f"{name}: {told * 10} % ({done / 1e6:.0f} of {total / 1e6:.0f} MB)")

    return report


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def root(error: BaseException) -> str:
    """Return the innermost cause of a network error, in the system's words."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return str(getattr(error, "strerror", None) or error)
