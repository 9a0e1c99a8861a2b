"""`python -m benchmarks.harness.unchanged.carry ORDER`: carries out a command once, to its end.

Standard library only. ORDER is a JSON file with `command`, `start` (the folder that it is started
in), `work` (the one whose files are looked at, which holds it), `folder` (where processes leave
their traces), `settings`, `variables`, `before` (files by name: what they are told from changed
ones by) and `timeout` (seconds, or null). What came of it is written to `carried.json` in `folder`.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import selectors
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.harness.files import entries
from benchmarks.harness.output import lines
from benchmarks.harness.unchanged import addresses

HERE = Path(__file__).parent
VARIABLE = "REPRISE_UNCHANGED"
PATIENCE = 10.0
"""Seconds in which a command that is ended may still leave its traces."""
LOOK = 0.2
"""Seconds after which a silent command is looked at."""
COMPILED = re.compile(r"(?:^|/)__pycache__(?:/[^/]+\.(?:pyc(?:\.\d+)?|nbc|nbi))?$")
"""What Python and Numba leave of what they compile; with a number: not written to its end."""


def surroundings(folder: Path, variables: dict[str, str]) -> dict[str, str]:
    """Return the variables that a command gets: those that stand here, and a way in."""
    path = [str(HERE / "start"), *filter(None, [os.environ.get("PYTHONPATH")])]
    ours = {"PYTHONPATH": os.pathsep.join(path), VARIABLE: str(folder)}
    return {**os.environ, **variables, **ours}


def carried(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out a command; return how it ended, what it printed, and its files."""
    folder, work = Path(order["folder"]), Path(order["work"])
    began = time.monotonic()
    child = subprocess.Popen(
        order["command"], cwd=order["start"], env=surroundings(folder, order["variables"]),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    try:
        printed, in_time = listen(child, order["timeout"])
    finally:
        end(child)
    return {
        "exit_code": child.returncode,
        "in_time": in_time,
        "seconds": round(time.monotonic() - began, 3),
        "printed": lines(printed[0]),
        "printed_errors": lines(printed[1]),
        "written": written(work, order["before"]),
        "interpreter": interpreter(folder),
    }


def listen(child: subprocess.Popen[bytes], timeout: float | None) -> tuple[list[bytes], bool]:
    """Return what a command prints until it ends, on each stream, and whether it did in time."""
    streams = [stream.fileno() for stream in (child.stdout, child.stderr) if stream]
    kept = {descriptor: bytearray() for descriptor in streams}
    last = None if timeout is None else time.monotonic() + timeout
    with selectors.DefaultSelector() as selector:
        for descriptor in streams:
            os.set_blocking(descriptor, False)
            selector.register(descriptor, selectors.EVENT_READ)
        ended = in_time = False
        while not ended:
            ended = child.poll() is not None  # before the last look
            for key, _ in selector.select(0 if ended else LOOK):
                if content := os.read(key.fd, 1 << 20):
                    kept[key.fd] += content
                    ended = False
                else:
                    selector.unregister(key.fd)
            if ended:
                in_time = True
            elif last is not None and time.monotonic() > last:
                break
    return [bytes(kept[descriptor]) for descriptor in streams], in_time


def end(child: subprocess.Popen[bytes]) -> None:
    """End a command, and all that it has started and left behind."""
    for number, patience in ((signal.SIGINT, PATIENCE), (signal.SIGKILL, None)):
        if child.poll() is None:
            os.killpg(child.pid, number)
            try:
                child.wait(patience)
            except subprocess.TimeoutExpired:
                continue
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def stamp(path: Path) -> list[int]:
    """Return what tells a file from one that was changed, or was written in its place.

    A folder is told by its name alone.
    """
    found = path.lstat()
    if stat.S_ISDIR(found.st_mode):
        return []
    return [found.st_ino, found.st_size, found.st_mtime_ns]


def written(work: Path, before: dict[str, list[int]]) -> list[str]:
    """Return the names of the files, links and empty folders that are new, changed or gone.

    Compiled Python is none, nor is the folder that it is kept in.
    """
    names = {path.relative_to(work).as_posix(): path for path in entries(work)}
    changed = [name for name, path in names.items() if before.get(name) != stamp(path)]
    gone = [name for name in before if not os.path.lexists(work / name)]
    return sorted(name for name in (*changed, *gone) if not COMPILED.search(name))


def interpreter(folder: Path) -> str | None:
    """Return an interpreter that the command has used, one with torch where there is any."""
    reached = {path.name.partition("-")[2]: path for path in folder.glob("python-*")}
    with_torch = [path.name.partition("-")[2] for path in folder.glob("torch-*")]
    order = [*with_torch, *reached]
    paths = [reached[pid] for pid in order if pid in reached]
    return paths[0].read_text(encoding="utf-8").splitlines()[0] if paths else None


def ends_with_parent() -> None:
    """Let the kernel (Linux) end this process when what has started it ends, however that does."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def main() -> None:
    """Do what the file says that is named on the command line."""
    order = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    ends_with_parent()
    if addresses.NAME in order["settings"]:
        addresses.fix()
    target = Path(order["folder"], "carried.json")
    target.write_text(json.dumps(carried(order)), encoding="utf-8")


if __name__ == "__main__":
    main()
