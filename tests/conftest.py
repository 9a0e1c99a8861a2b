"""Real parts: a test that needs one skips where it is absent, or fails where it is required."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import signal
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from tests.support import environment
from workflows.common.errors import UserError
from workflows.common.paths import cache
from workflows.data.cifar10 import bring
from workflows.data.digests import CIFAR10
from workflows.data.sources import REMOTE
from workflows.environments.engines import ENGINES, emulator, get

Need = Callable[..., None]


FIRST = (
    "containers", "slurm", "pipeline", "differences", "failures", "costs", "ablation", "away",
    "conformance", "conditions", "documented", "engines", "cures", "edited", "repeats", "apptainer",
    "command",
)  # fmt: skip
"""Workflow and conformance tests, the longest first; the others take a minute or two."""
OVER = float(os.environ.get("REPRISE_TESTS_UNTIL", "inf"))
"""When the time for the tests is over, in seconds since 1970."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what may be left out last, and what takes longest first: no worker is left with it.

    In its module, what builds from scratch comes first: the tests after it take that image.
    """

    def place(item: pytest.Item) -> tuple[bool, int, bool]:
        late = item.get_closest_marker("late") is not None
        name = item.path.stem.removeprefix("test_")
        long = item.path.parent.name in ("workflow", "conformance") and name in FIRST
        where = FIRST.index(name) if long else len(FIRST)
        return late, where, "from_scratch" not in item.name

    items.sort(key=place)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave a late test out once the time is over: a slow machine ends in time, and says so."""
    if item.get_closest_marker("late") and time.time() > OVER:
        pytest.skip("not run: the time for the tests was over; `make test` by hand has no limit")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect tests without the collector of garbage: they stay, and it takes a third less."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long the tests of each part took; they run side by side, so the whole is less."""
    spent: dict[str, float] = defaultdict(float)
    for report in itertools.chain.from_iterable(terminalreporter.stats.values()):
        if isinstance(report, pytest.TestReport):
            spent["/".join(report.nodeid.split("/")[:2])] += report.duration
    told = ", ".join(f"{part} {seconds:.0f} s" for part, seconds in spent.items())
    terminalreporter.write_line(f"time of the tests, side by side: {told}")


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let Ctrl-C reach what the tests start, also where a shell started them in the background.

    Such a shell ignores the signal, and every child inherits that.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def need() -> Need:
    """Skip unless `part` is there; fail instead where REPRISE_REQUIRE (comma separated) lists it.

    For an engine that is found out here; for any other part, `problem` says what is missing.
    """

    def check(part: str, problem: str | None = None) -> None:
        if part in ENGINES:
            try:
                get(part).probe()
            except UserError as error:
                problem = str(error)
        if problem:
            required = part in os.environ.get("REPRISE_REQUIRE", "").split(",")
            (pytest.fail if required else pytest.skip)(f"needs {part}: {problem}")

    return check


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach; the tests' own are for their user alone."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def qemu(need: Need) -> None:
    """Skip unless QEMU's user mode is there, for this host and for containers."""
    absent = [name for name in emulator.ANY if not shutil.which(name)]
    need("qemu", f"{', '.join(absent)} not installed" if absent else None)


@pytest.fixture(scope="session")
def torch_python() -> Path:
    """The interpreter of the pinned environment `cpu`, with real PyTorch."""
    return environment.python()


@pytest.fixture(scope="session")
def cifar10_data(need: Need) -> Path:
    """The folder of data sets, with the real CIFAR-10 in it."""
    folder = cache("data")
    try:
        bring(folder / "cifar10", CIFAR10, None, tuple(REMOTE))
    except UserError as error:
        need("cifar10", str(error))
    return folder
