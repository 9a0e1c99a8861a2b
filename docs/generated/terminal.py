"""`python -m docs.generated.terminal`: what a terminal of 80 columns shows of a whole small matrix.

Runs `config/try.yaml` in an empty folder and writes `docs/how-to/terminal.md`. With an empty cache
of wheels all of them are downloaded.
"""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from workflows.common.errors import UserError, command
from workflows.common.files import write_text
from workflows.common.paths import ROOT

PAGE = ROOT / "docs" / "how-to" / "terminal.md"
COLUMNS, ROWS = 80, 24
OFTEN = 20.0
"""Seconds between two lines that are shown of one that lives, where only its numbers change."""
NUMBERS = re.compile(r": [\d,]+ of .*")
LIVING = re.compile(r"\r\x1b\[J\n([^\x1b]*)\x1b\[A\r")
OTHER = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\r(?=\n|$)")
TEXT = """# What the terminal shows

<!-- Written by python -m docs.generated.terminal -->
A terminal of {columns} columns while `make try` works, with its wheels in the cache. Behind a `|`
stands the screen's last line as it was from time to time; all other lines stay.

```text
{shown}
```
"""


def main() -> None:
    """Record, and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "workflows", "matrix", "--configfile"]
        words += [str(ROOT / "config" / "try.yaml"), "--cores", "2"]
        shown = "\n".join(transcript(recorded(words, Path(folder)))).strip("\n")
    write_text(PAGE, TEXT.format(columns=COLUMNS, shown=f"$ make try\n{shown}"))


def recorded(words: list[str], folder: Path) -> Iterator[tuple[float, str]]:
    """Run a command in `folder` on a terminal; yield what reaches it, and after how many seconds.

    Raises `UserError` where it fails.
    """
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    begun, said = time.monotonic(), b""
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    start = {"cwd": folder, "env": environment, "stdin": theirs, "stdout": theirs, "stderr": theirs}
    with subprocess.Popen(words, **start) as process:  # type: ignore[call-overload]
        os.close(theirs)
        while piece := _read(ours):
            said += piece
            yield time.monotonic() - begun, piece.decode(errors="replace").replace("\r\n", "\n")
    os.close(ours)
    if process.returncode:
        raise UserError(f"{' '.join(words)}: exit code {process.returncode}: {said[-500:]!r}")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # the last that had it open has ended
        return b""


def transcript(pieces: Iterable[tuple[float, str]]) -> Iterator[str]:
    """Yield the lines that stayed and, behind a bar, now and then the one that lived below."""
    last, at = "", -OFTEN
    rest = ""
    for seconds, piece in pieces:
        rest += piece
        while found := LIVING.search(rest):
            yield from _stayed(rest[: found.start()])
            rest, line = rest[found.end() :], found[1]
            name = NUMBERS.sub("", line.partition(" … ")[0])
            if name != last or seconds - at >= OFTEN:
                last, at = name, seconds
                yield f"| {line}"
    yield from _stayed(rest)


def _stayed(text: str) -> Iterator[str]:
    plain = OTHER.sub("", text).lstrip("\r")
    if plain.strip():
        yield from (line.rstrip() for line in plain.removesuffix("\n").split("\n"))


if __name__ == "__main__":
    command(main)
