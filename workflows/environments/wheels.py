"""Bring an environment's wheels into the shared wheelhouse: `python -m
workflows.environments.wheels cpu`.

Each wheel is accepted only if its SHA-256 stands in the lock. What is there already is not
asked for again, so an interrupted fetch goes on where it stopped, and a complete one needs no
network at all.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workflows.common.errors import UserError, command
from workflows.common.paths import cache
from workflows.common.underway import MB, of_all, underway
from workflows.environments import definition as environments
from workflows.environments.definition import Environment, Pin, declaration
from workflows.environments.wheelhouse import Wheelhouse

GLIBC = 36
"""That of Debian 12, which lies under the images."""


def house() -> Path:
    """Return the folder of all wheels."""
    return cache("wheels")


def fetch(environment: Environment) -> list[Path]:
    """Return all wheels of an environment, fetching those that are not in the house.

    Raises `UserError` naming the wheel that cannot be had.
    """
    wheelhouse = Wheelhouse(house(), declaration().python, GLIBC)
    start = time.monotonic()
    found: dict[Pin, Path | None] = {}
    label = f"wheels of {environment.name}"
    with underway(lambda s: of_all(label, len(found), len(environment.pins), "checked", s)):
        for pin in environment.pins:
            found[pin] = wheelhouse.find(pin)
    if there := [path for path in found.values() if path]:
        size = sum(path.stat().st_size for path in there) / MB
        print(
            f"{label}: {len(there)} of {len(found)} in the cache, "
            f"{size:.0f} MB, checked in {time.monotonic() - start:.0f} s",
            file=sys.stderr, flush=True,
        )  # fmt: skip
    missing = [pin for pin, path in found.items() if path is None]
    for number, pin in enumerate(missing, 1):
        label = f"wheel {number}/{len(missing)} of {environment.name}: {pin}"
        found[pin] = _bring(wheelhouse, environment, pin, label)
    return [path for path in found.values() if path]


@contextmanager
def context(environment: Environment) -> Iterator[Path]:
    """Give a folder that holds the environment's lock and, in `wheels`, its wheels; then drop it.

    It lies in the cache, where the wheels can be linked instead of copied.
    """
    wheels = fetch(environment)
    cache("contexts").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache("contexts"), prefix=environment.name) as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "wheels").mkdir()
        shutil.copy(environment.lock, folder / "requirements.lock")
        for wheel in wheels:
            try:
                os.link(wheel, folder / "wheels" / wheel.name)
            except OSError:
                shutil.copy(wheel, folder / "wheels" / wheel.name)
        yield folder


def unpacked(folder: Path) -> int:
    """Return the bytes of what the wheels in a folder hold."""
    total = 0
    for path in folder.glob("*.whl"):
        with zipfile.ZipFile(path) as wheel:
            total += sum(each.file_size for each in wheel.infolist())
    return total


def _bring(wheelhouse: Wheelhouse, environment: Environment, pin: Pin, label: str) -> Path:
    """Download one wheel: as pip is configured here, then with the environment's own index."""
    problem = ""
    for options in [[], ["--extra-index-url", environment.index]] if environment.index else [[]]:
        try:
            return wheelhouse.bring(pin, *options, label=label)
        except UserError as error:
            problem = str(error)
    also = f" nor from {environment.index}" if environment.index else ""
    raise UserError(
        f"{pin}: no wheel with the lock's hash from pip's configured indexes{also} ({problem}); "
        f"let pip reach one (pip config), or put the wheel into {house()}"
    )


def main() -> None:
    """Fetch the wheels of the environments named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.environments.wheels", description=__doc__
    )
    parser.add_argument("environment", nargs="+", help=", ".join(environments.names()))
    for name in parser.parse_args().environment:
        wheels = fetch(environments.find(name))
        size = sum(path.stat().st_size for path in wheels) / MB
        print(f"{name}: {len(wheels)} wheels, {size:.0f} MB, all as locked")


if __name__ == "__main__":
    command(main)
