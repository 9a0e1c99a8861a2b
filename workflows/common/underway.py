"""How far something is that takes minutes: shown in place on a terminal, or in a log followed.

In a log what a carriage return begins stands for what stood in the line before, as on a terminal.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLLOWED = "REPRISE_FOLLOWED"
"""Set where somebody follows the logs of jobs: `src/snakemake_logger_plugin_reprise` sets it."""
PAUSE = 1.0
"""Seconds between two looks."""
EARLY = 0.02
"""A share done of which nothing can be foretold."""
MB = 1e6


def say(line: str) -> None:
    """Tell what goes on, on stderr, in a line that is fine in a log."""
    print(line, file=sys.stderr, flush=True)


def live() -> bool:
    """Say whether anybody sees at once what is written on stderr."""
    return sys.stderr.isatty() or bool(os.environ.get(FOLLOWED))


@contextmanager
def underway(words: Callable[[float], str]) -> Iterator[Callable[[str], None]]:
    """Show while the body is at work what `words` makes of the seconds so far; then nothing.

    Gives a function that writes a line which stays.
    """
    if not live():
        yield _write
        return
    over, lock, start = threading.Event(), threading.Lock(), time.monotonic()
    shown = 0

    def clear() -> str:
        nonlocal shown
        blank, shown = f"\r{' ' * shown}\r" if shown else "", 0
        return blank

    def say(line: str) -> None:
        with lock:
            _write(clear() + line)

    def show() -> None:
        nonlocal shown
        while True:
            text = words(time.monotonic() - start)
            with lock:
                _write(clear() + text)
                shown = len(text)
            if over.wait(PAUSE):
                return

    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    try:
        yield say
    finally:
        over.set()
        thread.join()
        _write(clear())


def _write(text: str) -> None:
    print(text, end="", file=sys.stderr, flush=True)


def of_all(what: str, done: float, total: float, unit: str, seconds: float) -> str:
    """Return how far something is: what, how much of all, and about how long it still takes."""
    done = min(done, total)
    left = seconds * (total - done) / done if done > EARLY * total else 0.0
    return f"{what}: {done:,.0f} of {total:,.0f} {unit}{about(left)}"


def about(left: float) -> str:
    """Return in round words how many seconds are left; nothing where that is not known, or soon."""
    if left < 5:
        return ""
    if left < 95:
        return f", about {10 * math.ceil(left / 10)} s left"
    return f", about {round(left / 60)} min left"


def size(folder: Path, pattern: str = "*") -> tuple[int, int]:
    """Return how many files a folder holds that fit a pattern, and their bytes, while it grows."""
    number = total = 0
    for path in folder.rglob(pattern):
        with suppress(FileNotFoundError):
            total += path.lstat().st_size
            number += 1
    return number, total
