"""The suite's own tools as wheels for another machine's Python: fetched as locked, complete."""

from __future__ import annotations

import re
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
from workflows.environments.wheelhouse import Wheelhouse, is_of, pip, settle

LOCK = ROOT / "requirements" / "setup.lock"
GLIBC = 28
"""Every PyTorch of today asks for as much."""


def fetch(python: str) -> list[Path]:
    """Return the wheels of all tools for a version of Python, such as 3.12, on Linux x86-64.

    Raises `UserError` for a pin that has no wheel for it, and for a package that this version
    needs and the lock, made for another one, lacks.
    """
    if not re.fullmatch(r"3\.\d+", python):
        raise UserError(f"--python {python}: expected a version such as 3.12")
    locked = parse_lock(LOCK.read_text(encoding="utf-8"), LOCK)
    pins = [pin for pin in locked if holds(pin.marker, python)]
    house = Wheelhouse(cache("tools") / python, python, GLIBC)
    with ThreadPoolExecutor(4) as pool:
        wheels = list(pool.map(lambda pin: _held(house, pin) or _bring(house, pin), pins))
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


def _held(house: Wheelhouse, pin: Pin) -> Path | None:
    """Return the wheel of a pin that is in the house: as locked, or built here."""
    built = (path for path in _built(house).glob("*.whl") if is_of(path, pin))
    return house.find(pin) or next(built, None)


def _bring(house: Wheelhouse, pin: Pin) -> Path:
    """Download the wheel of a pin; where only its source is published, build it here."""
    try:
        return house.bring(pin)
    except UserError as error:
        problem = str(error)
    with tempfile.TemporaryDirectory(dir=house.folder, prefix=".build-") as name:
        # Its sdist is locked, too. Built for this Python, it fits another only if it is pure.
        if pip("wheel", pin, Path(name), "--wheel-dir", name) is None:
            wheel = next(Path(name).glob("*.whl"))
            if wheel.name.endswith("-none-any.whl"):
                return settle(wheel, _built(house))
            problem = "its source builds a wheel for this Python alone"
    raise UserError(f"{pin}: no wheel for Python {house.python}: {problem}; let pip reach an index")


def _built(house: Wheelhouse) -> Path:
    return house.folder / "built"
