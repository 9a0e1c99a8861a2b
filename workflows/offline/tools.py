"""The suite's own tools as wheels for another machine's Python: fetched as locked, complete."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from workflows.common.errors import UserError
from workflows.common.paths import ROOT, cache
from workflows.common.sums import sha256
from workflows.environments.definition import Pin, parse_lock

LOCK = ROOT / "requirements" / "setup.lock"
# glibc 2.28 and all before it: every PyTorch of today asks for as much.
_PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)]


_PLATFORMS += [f"manylinux{name}_x86_64" for name in ("2014", "2010", "1")]


def fetch(python: str) -> list[Path]:
    """Return the wheels of all tools for a version of Python, such as 3.12, on Linux x86-64.

    Raises `UserError` for a pin that has no wheel for it, and for a package that this version
    needs and the lock, made for another one, lacks.
    """
    if not re.fullmatch(r"3\.\d+", python):
        raise UserError(f"--python {python}: expected a version such as 3.12")
    locked = parse_lock(LOCK.read_text(encoding="utf-8"), LOCK)
    pins = [pin for pin in locked if holds(pin.marker, python)]
    house = cache("tools") / python
    house.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(4) as pool:
        wheels = list(pool.map(lambda pin: _held(house, pin) or _bring(house, pin, python), pins))
    if missing := [each for wheel in wheels for each in unmet(wheel, wheels, python)]:
        raise UserError(
            f"{LOCK.relative_to(ROOT)}: on Python {python} {missing[0]}, which is not locked; "
            "add it to setup.in, then: make lock"
        )
    return wheels


def lock(wheels: list[Path]) -> str:
    """Return the lock of exactly these wheels, as pip reads it."""
    lines = []
    for wheel in wheels:
        name, version, _, _ = parse_wheel_filename(wheel.name)
        lines.append(f"{name}=={version} --hash=sha256:{sha256(wheel)}\n")
    return "".join(lines)


def holds(marker: str | None, python: str) -> bool:
    """Say whether a requirement's marker holds on a version of Python, on Linux x86-64."""
    surroundings = {
        "python_version": python, "python_full_version": f"{python}.0", "extra": "",
        "implementation_name": "cpython", "platform_python_implementation": "CPython",
        "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix",
        "platform_machine": "x86_64",
    }  # fmt: skip
    return not marker or Marker(marker).evaluate(surroundings)


def unmet(wheel: Path, wheels: list[Path], python: str) -> list[str]:
    """Say what a wheel needs on a version of Python that these wheels do not give."""
    given = {
        name: version for name, version, _, _ in (parse_wheel_filename(w.name) for w in wheels)
    }
    with ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        asked = message_from_bytes(archive.read(name)).get_all("Requires-Dist") or []
    problems = []
    for requirement in map(Requirement, asked):
        if not holds(str(requirement.marker or ""), python):
            continue
        version = given.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            problems.append(f"{wheel.name.split('-')[0]} needs {requirement.name}")
    return problems


def _held(house: Path, pin: Pin) -> Path | None:
    """Return the wheel of a pin that is in the house: as locked, or built here."""
    # Not all below it: other threads' downloads come and go there.
    for path in (*house.glob("*.whl"), *house.glob("built/*.whl")):
        name, version, _, _ = parse_wheel_filename(path.name)
        same = (name, str(version)) == (canonicalize_name(pin.name), pin.version)
        if same and (path.parent.name == "built" or sha256(path) in pin.hashes):
            return path
    return None


def _bring(house: Path, pin: Pin, python: str) -> Path:
    """Download the wheel of a pin; where only its source is published, build it here."""
    platforms = [f"--platform={name}" for name in _PLATFORMS]
    binary = ["--only-binary", ":all:", "--implementation", "cp", "--python-version", python]
    with tempfile.TemporaryDirectory(dir=house, prefix=".fetch-") as name:
        folder = Path(name)
        problem = _pip(pin, folder, "download", "--dest", *[name], *binary, *platforms)
        if problem is None:
            return _moved(folder, house)
        # Its sdist is locked, too. Built for this Python, it fits another only if it is pure.
        if _pip(pin, folder, "wheel", "--wheel-dir", name) is None:
            if not next(folder.glob("*.whl")).name.endswith("-none-any.whl"):
                problem = "its source builds a wheel for this Python alone"
            else:
                return _moved(folder, house / "built")
    raise UserError(f"{pin}: no wheel for Python {python}: {problem}; let pip reach an index")


def _pip(pin: Pin, folder: Path, verb: str, *options: str) -> str | None:
    """Let pip bring one pin, checked by its hashes; return its last complaint, or None."""
    hashes = " ".join(f"--hash=sha256:{value}" for value in sorted(pin.hashes))
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{pin.name}=={pin.version} {hashes}\n", encoding="utf-8")
    arguments = [
        sys.executable, "-m", "pip", verb, "--quiet", "--no-deps", "--require-hashes",
        *options, "--requirement", str(requirement),
    ]  # fmt: skip
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if "ERROR" in line]
    return (lines or ["pip said nothing"])[-1] if done.returncode else None


def _moved(folder: Path, house: Path) -> Path:
    house.mkdir(exist_ok=True)
    wheel = next(folder.glob("*.whl"))
    wheel.chmod(0o644)
    return wheel.rename(house / wheel.name)
