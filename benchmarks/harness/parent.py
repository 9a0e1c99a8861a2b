"""The parent of a run: starts its process, keeps what that prints, and writes its record.

What the program does in its own process does not reach this one, which outlives it: it keeps what
was printed until the very end, looks at files when nobody writes them any more, and writes the
record itself, over any that the program may have written.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NoReturn, cast

from benchmarks.harness.files import left
from benchmarks.harness.output import Printed
from benchmarks.harness.record import text_of

PATIENCE = 5.0
"""Seconds in which an interrupted run has to end."""
LOOK = 0.2
"""Seconds after which a run is looked at that says nothing: others may hold its streams open."""


class Run:
    """One run, in one process or in two."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        """Run with these variables in this working folder."""
        self._environment, self._folder = environment, folder
        self.streams = Printed(1), Printed(2)

    def process(self, command: list[str]) -> tuple[int, dict[str, Any] | None]:
        """Carry out one process; return its exit code, and what it reported last.

        It finds the descriptor of its channel behind `--channel`.
        """
        ours, theirs = socket.socketpair()
        words = [*command, "--channel", str(theirs.fileno())]
        child = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[theirs.fileno()],
            cwd=self._folder, env=self._environment,
        )  # fmt: skip
        theirs.close()
        with ours, child:
            try:
                said = self._listen(child, ours)
            except KeyboardInterrupt:
                end(child)
                raise
        return child.returncode, said

    def _listen(self, child: subprocess.Popen[bytes], ours: socket.socket) -> dict[str, Any] | None:
        """Take all that comes until the process has ended; return the last message."""
        ends = [cast(IO[bytes], each).fileno() for each in (child.stdout, child.stderr)]
        pipes = dict(zip(ends, self.streams, strict=True))
        for descriptor in (*pipes, ours.fileno()):
            os.set_blocking(descriptor, False)
        said, last = b"", None
        with selectors.DefaultSelector() as selector:
            for descriptor in (*pipes, ours.fileno()):
                selector.register(descriptor, selectors.EVENT_READ)
            ended = False
            while not ended:
                ended = child.poll() is not None  # before the last look: nothing comes after it
                for key, _ in selector.select(0 if ended else LOOK):
                    if key.fd == ours.fileno() and not (content := drained(ours.fileno())):
                        selector.unregister(key.fd)
                    elif key.fd == ours.fileno():
                        *whole, said = (said + content).split(b"\n")
                        for line in whole:
                            last = json.loads(line)
                            if "mark" in last:
                                self._mark(pipes)
                                ours.sendall(b"\n")
                    elif content := drained(key.fd):
                        pipes[key.fd].take(content)
                    else:
                        selector.unregister(key.fd)
        return last

    def _mark(self, pipes: dict[int, Printed]) -> None:
        """Mark both streams; what was printed before is in the pipes already."""
        for descriptor, stream in pipes.items():
            stream.take(drained(descriptor))
            stream.mark()


def drained(descriptor: int) -> bytes:
    """Return all that can be read at once (a pipe holds less); nothing at its end."""
    try:
        return os.read(descriptor, 1 << 20)
    except (BlockingIOError, ConnectionResetError):
        return b""


def end(child: subprocess.Popen[bytes]) -> None:
    """Pass a person's interrupt on."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()


@contextmanager
def working_folder(output: Path, repeat: int) -> Iterator[Path]:
    """Give an empty folder to work in, and remove it afterwards.

    It lies where the run was started, where that is in `output`: the launcher chose its name. Else
    its name has the form of the launcher's, so that a printed path is known to be of one run alone.
    """
    here = Path.cwd()
    launched = here.resolve().is_relative_to(output.resolve())
    folder = here / "work" if launched else output / f".{repeat}.work_dir"
    shutil.rmtree(folder, ignore_errors=True)  # of one that was killed
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def parent(command: list[str], environment: dict[str, str], output: Path, repeat: int) -> int:
    """Carry out a run and write its record in `output`; return the exit code.

    A run whose process ended without a report leaves no record, and this one ends as it did.
    """
    output.mkdir(parents=True, exist_ok=True)
    target = output / f"{repeat}.json"
    before = stamp(target)
    with working_folder(output, repeat) as folder:
        run = Run(environment, folder)
        try:
            code, said = run.process(command)
            if code == 0 and said and "checkpoint" in said:
                code, said = run.process([*command, "--checkpoint", said["checkpoint"]])
        except KeyboardInterrupt:
            code, said = -signal.SIGINT, None
        if code == 0 and said and "record" in said:
            record = said["record"]
            record["printed"], record["printed_errors"] = (each.lines for each in run.streams)
            record["files"], more = left(folder)
            if record["held"]:
                record["held"]["process"]["folder"] = Path.cwd().name  # where it was launched
            record["trace"]["unwatched"] += more
            partial = output / f".{repeat}.partial.json"
            partial.write_text(text_of(record), encoding="utf-8")
            partial.replace(target)
            print(f"{record['status']}: {target}", file=sys.stderr)
            return 0
    if stamp(target) != before:  # the program's own
        target.unlink(missing_ok=True)
    if code < 0:
        die(-code)
    return code


def stamp(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from one that was written in its place."""
    return (path.stat().st_ino, path.stat().st_mtime_ns) if path.exists() else None


def die(number: int) -> NoReturn:
    """End by the signal that ended the run."""
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)  # the first process of a container is not ended by its own signals
