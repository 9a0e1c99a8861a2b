"""What of a program still runs when it has ended."""

from __future__ import annotations

import _thread
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

OF_LIBRARIES = ("multiprocessing.", "torch.", "tqdm.")
"""Packages whose threads serve a program and change nothing that it holds."""
WORKER = "pt_data_worker"
"""The name of a process that makes batches, which are watched."""
HELPERS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver", "_inductor")
"""What commands of processes contain that libraries start to serve them."""


def settle(before: set[threading.Thread]) -> list[str]:
    """Wait for a program's threads as the interpreter would; name, in words, what goes on.

    `before`: the threads that were there without the program.
    """
    for call in reversed(getattr(threading, "_threading_atexits", [])):
        call()  # pools end their idle threads: nobody could wait for those
    while waits := [thread for thread in of_program(before) if not thread.daemon]:
        waits[0].join()
    found = [f"thread that went on after its last step: {t.name}" for t in of_program(before)]
    if raw() > 0:
        found.append("thread that went on after its last step: one that `threading` does not know")
    if signal.getitimer(signal.ITIMER_REAL)[0]:
        found.append("timer that went on after its last step")
    found += [f"process that went on after its last step: {name}" for name in children()]
    return [f"a {words}" for words in found]


def raw() -> int:
    """Return how many threads of Python's run that the module `threading` does not know."""
    known = [t for t in threading.enumerate() if not isinstance(t, threading._DummyThread)]
    return _thread._count() + 1 - len(known)  # the main one is not counted


def of_program(before: set[threading.Thread]) -> list[threading.Thread]:
    """Return the threads that a program started, not those of its libraries."""
    found = set(threading.enumerate()) - before - {threading.current_thread()}
    return [thread for thread in found if not origin(thread).startswith(OF_LIBRARIES)]


def origin(thread: threading.Thread) -> str:
    """Return the name of the module whose code a thread runs."""
    target = getattr(thread, "_target", None)
    return str(getattr(target, "__module__", None) or type(thread).__module__)


def children() -> Iterator[str]:
    """Yield the names of the processes that a program started and that still run."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended in the meantime
            text = path.read_text(errors="replace")
            name, _, rest = text.partition("(")[2].rpartition(")")
            state, parent = rest.split()[:2]
            asked = path.with_name("cmdline").read_text(errors="replace")
            ours = int(parent) == os.getpid() and state != "Z" and name != WORKER
            if ours and not any(helper in asked for helper in HELPERS):
                yield name
