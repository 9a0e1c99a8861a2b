"""Reads a job's log while it is written."""

from __future__ import annotations

from pathlib import Path

FOLLOWED = "REPRISE_FOLLOWED"
"""Set for jobs whose log is read while they write it: they say all in it, and how far they are."""


class Log:
    """What a job says in its log, a file that may not be there yet or be of an earlier job."""

    def __init__(self, path: Path, since: float) -> None:
        """Read what is written from a time on, in seconds since 1970."""
        self._path, self._since = path, since
        self._at = 0
        self._rest = b""
        self._whole = ""

    def lines(self) -> list[str]:
        """Return the lines that were added since the last call, each as it stands at its end."""
        *whole, self._rest = (self._rest + self._added()).split(b"\n")
        found = [text for line in whole if (text := shown(line))]
        self._whole = found[-1] if found else self._whole
        return found

    @property
    def latest(self) -> str:
        """What it said last, also where that line goes on."""
        return shown(self._rest) or self._whole

    def _added(self) -> bytes:
        try:
            status = self._path.stat()
            if status.st_mtime < self._since:
                return b""
            if status.st_size < self._at:  # it was begun anew
                self._at, self._rest = 0, b""
            with self._path.open("rb") as file:
                file.seek(self._at)
                added = file.read()
        except OSError:
            return b""
        self._at += len(added)
        return added


def shown(line: bytes) -> str:
    """Return what a terminal shows of a line: what stands behind its last carriage return."""
    text = line.decode(errors="replace").rstrip("\r").rpartition("\r")[2]
    return "".join(each for each in text if each.isprintable()).rstrip()
