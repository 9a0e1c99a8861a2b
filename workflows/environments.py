"""A pinned environment: a folder of `containers/` with a short list and its hash lock."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workflows.errors import UserError
from workflows.places import CONTAINERS
from workflows.sums import sha256

_PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)={2,3}(?P<version>[^\s;]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Pin:
    """One distribution of a lock, and the SHA-256 of every wheel that may stand for it."""

    name: str
    version: str
    hashes: frozenset[str]

    def __str__(self) -> str:
        """Return the pin as a person writes it."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Environment:
    """One pinned software stack."""

    name: str
    folder: Path

    @property
    def lock(self) -> Path:
        """The complete hash lock."""
        return self.folder / "requirements.lock"

    @cached_property
    def lock_digest(self) -> str:
        """SHA-256 of the lock."""
        return sha256(self.lock)

    @cached_property
    def pins(self) -> list[Pin]:
        """Every distribution that the lock names."""
        try:
            text = self.lock.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise UserError(f"{self.lock}: no such lock; make it: make lock") from None
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"{self.lock}: not a lock: {error}; make it: make lock") from None
        return parse_lock(text, self.lock)

    @property
    def devices(self) -> list[str]:
        """The devices that it can drive."""
        return driven(self.pins)

    @cached_property
    def index(self) -> str | None:
        """Address of the one further index that may be asked for this environment's wheels."""
        path = self.folder / "index.txt"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return next((line for line in lines if line and not line.startswith("#")), None)


def parse_lock(text: str, path: Path) -> list[Pin]:
    """Read the pins of a hash lock as pip-compile writes it; raise `UserError` on a loose line."""
    pins = []
    for line in re.sub(r"\\\n", " ", text).splitlines():
        requirement = line.split(" #")[0].strip()
        if not requirement or requirement.startswith("#"):
            continue
        found, hashes = _PIN.match(requirement), frozenset(_HASH.findall(requirement))
        if not found or not hashes:
            raise UserError(
                f"{path}: {requirement.split(' --hash')[0]!r} is not a version with a sha256 hash; "
                "write the lock again: make lock"
            )
        pins.append(Pin(found["name"], found["version"], hashes))
    return pins


def driven(pins: list[Pin]) -> list[str]:
    """Return what a lock can drive: one without CUDA's libraries knows the CPU only."""
    cuda = any(pin.name.startswith("nvidia-") for pin in pins)
    return ["cpu", "cuda"] if cuda else ["cpu"]


def names() -> list[str]:
    """Return the names of all environments."""
    return sorted(path.parent.name for path in CONTAINERS.glob("*/requirements.in"))


def devices() -> dict[str, list[str]]:
    """Return the devices that each environment can drive."""
    return {name: find(name).devices for name in names()}


def find(name: str) -> Environment:
    """Return the environment called `name`; raise `UserError` naming the nearest one."""
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UserError(
            f"environment {name!r}: expected one of {', '.join(known)} (folders of containers/ "
            f"with a requirements.in){hint}"
        )
    return Environment(name, CONTAINERS / name)
