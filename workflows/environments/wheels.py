"""Bring an environment's wheels into the shared wheelhouse: `python -m
workflows.environments.wheels cpu`.

Each wheel is accepted only if its SHA-256 stands in the lock. What is there already is not
asked for again, so an interrupted fetch goes on where it stopped, and a complete one needs no
network at all.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from workflows.common.errors import UserError, command
from workflows.common.paths import cache
from workflows.common.sums import sha256
from workflows.environments import definition as environments
from workflows.environments.definition import Environment, Pin, declaration

# The wheels are for the images' Python and C library, whatever Python this is. Debian 12 has
# glibc 2.36; the older names of the oldest platforms still stand in some wheels.
_PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(36, 4, -1)]


_PLATFORMS += [f"manylinux{name}_x86_64" for name in ("2014", "2010", "1")]

_POLL = 0.5  # seconds between two looks at a download's size
_MB = 1e6


def house() -> Path:
    """Return the folder of all wheels."""
    return cache("wheels")


def held(environment: Environment) -> dict[Pin, Path | None]:
    """Return each pin of a lock with the wheel in the house that has one of its hashes."""
    wheels: dict[str, list[Path]] = {}
    for path in sorted(house().glob("*.whl")):
        wheels.setdefault(path.name.split("-")[0].lower(), []).append(path)

    def find(pin: Pin) -> Path | None:
        named = wheels.get(re.sub(r"[-_.]+", "_", pin.name).lower(), [])
        versions = [path for path in named if path.name.split("-")[1] == pin.version]
        return next((path for path in versions if sha256(path) in pin.hashes), None)

    return {pin: find(pin) for pin in environment.pins}


def fetch(environment: Environment) -> list[Path]:
    """Return all wheels of an environment, fetching those that are not in the house.

    Raises `UserError` naming the wheel that cannot be had.
    """
    found = held(environment)
    missing = [pin for pin, path in found.items() if path is None]
    for number, pin in enumerate(missing, 1):
        label = f"wheel {number}/{len(missing)} of {environment.name}: {pin}"
        found[pin] = _bring(environment, pin, label)
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


def _bring(environment: Environment, pin: Pin, label: str) -> Path:
    """Download one wheel: as pip is configured here, then with the environment's own index."""
    house().mkdir(parents=True, exist_ok=True)
    indexes = [[], ["--extra-index-url", environment.index]] if environment.index else [[]]
    problem = "pip gave no wheel"
    for extra in indexes:
        # Beside the wheels, for the last step is a rename and /tmp may be too small.
        with tempfile.TemporaryDirectory(dir=house(), prefix=".fetch-") as folder:
            problem = _download(pin, Path(folder), extra, label) or ""
            wheel = next(Path(folder).glob("*.whl"), None)
            if wheel and sha256(wheel) in pin.hashes:
                wheel.chmod(0o644)
                return wheel.rename(house() / wheel.name)
    also = f" nor from {environment.index}" if environment.index else ""
    raise UserError(
        f"{pin}: no wheel with the lock's hash from pip's configured indexes{also} ({problem}); "
        f"let pip reach one (pip config), or put the wheel into {house()}"
    )


def _download(pin: Pin, folder: Path, extra: list[str], label: str) -> str | None:
    """Let pip download one wheel into `folder`; return its last complaint, or None."""
    requirement = folder / "requirement.txt"
    hashes = " ".join(f"--hash=sha256:{value}" for value in sorted(pin.hashes))
    # `===` compares the whole version: 2.13.0 is not 2.13.0+cpu.
    requirement.write_text(f"{pin.name}==={pin.version} {hashes}\n", encoding="utf-8")
    arguments = [
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
        "--only-binary", ":all:", "--implementation", "cp",
        "--python-version", declaration().python,
        *(f"--platform={name}" for name in _PLATFORMS),
        "--dest", str(folder), "--requirement", str(requirement), *extra,
    ]  # fmt: skip
    log = folder / "log"
    with log.open("wb") as output:
        environment = {**os.environ, "TMPDIR": str(folder)}
        process = subprocess.Popen(
            arguments, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _watch(process, folder, label)
        finally:
            process.kill()
            process.wait()
    lines = [line for line in log.read_text(errors="replace").splitlines() if "ERROR" in line]
    return (lines or ["pip said nothing"])[-1] if process.returncode else None


def _watch(process: subprocess.Popen[bytes], folder: Path, label: str) -> None:
    """Show how far a download is: in place on a terminal, else in one line at its end."""
    live, start = sys.stderr.isatty(), time.monotonic()
    while process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL)
        if live:
            print(f"\r{label}: {_size(folder) / _MB:.1f} MB ", end="", file=sys.stderr, flush=True)
    if process.returncode == 0:
        shown = f"{label}: {_size(folder) / _MB:.1f} MB in {time.monotonic() - start:.0f} s"
        print(("\r" if live else "") + shown, file=sys.stderr, flush=True)


def _size(folder: Path) -> int:
    """Return the bytes in a folder that changes while it is read."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def main() -> None:
    """Fetch the wheels of the environments named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.environments.wheels", description=__doc__
    )
    parser.add_argument("environment", nargs="+", help=", ".join(environments.names()))
    for name in parser.parse_args().environment:
        wheels = fetch(environments.find(name))
        size = sum(path.stat().st_size for path in wheels) / _MB
        print(f"{name}: {len(wheels)} wheels, {size:.0f} MB, all as locked")


if __name__ == "__main__":
    command(main)
