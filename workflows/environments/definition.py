"""What `containers/` declares: pinned environments with their hash locks, and the base."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from workflows.common.errors import UserError
from workflows.common.models import Model, fault
from workflows.common.paths import CONTAINERS, ROOT
from workflows.common.sums import sha256

_PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)={2,3}(?P<version>[^\s;]+)")
_MARKER = re.compile(r";\s*(?P<marker>.+?)\s*(?=--hash|$)")
_IMAGE = re.compile(
    r"\A# image: (?P<repository>\S+)@(?P<digest>sha256:[0-9a-f]{64})$", re.MULTILINE
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")

DECLARATION = CONTAINERS / "base" / "base.yaml"


@dataclass(frozen=True)
class Pin:
    """One distribution of a lock, and the SHA-256 of every wheel that may stand for it."""

    name: str
    version: str
    hashes: frozenset[str]
    marker: str | None = None
    """Where it is needed, as in `python_full_version < '3.12'`; None: everywhere."""

    def __str__(self) -> str:
        """Return the pin as a person writes it."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Image:
    """A registry's image that is a whole environment: nothing is installed beside what it holds."""

    repository: str
    digest: str
    """`sha256:` and 64 hexadecimal digits."""

    def __str__(self) -> str:
        """Return the address that can only mean this image."""
        return f"{self.repository}@{self.digest}"

    @property
    def lock(self) -> str:
        """The lock of the environment: a comment, for there is nothing for pip to do."""
        return f"# image: {self}\n# The whole environment is that image.\n"


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

    @cached_property
    def image(self) -> Image | None:
        """The image that the whole environment is; None where the lock pins wheels, or is none."""
        return named_image(self.lock.read_text(encoding="utf-8")) if self.lock.is_file() else None

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
    """Read the pins of a hash lock, as uv or pip-compile write it; loose ones raise `UserError`."""
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
        marker = _MARKER.search(requirement)
        pins.append(Pin(found["name"], found["version"], hashes, marker and marker["marker"]))
    if pins and named_image(text):
        raise UserError(f"{path}: names an image and pins {pins[0]}; expected one or the other")
    return pins


def named_image(text: str) -> Image | None:
    """Return the image that a lock names in its first line; None where it names none."""
    found = _IMAGE.match(text)
    return Image(**found.groupdict()) if found else None


def driven(pins: list[Pin]) -> list[str]:
    """Return what a lock can drive: one without CUDA's libraries knows the CPU only.

    No pin is an image's lock: what it can drive is seen in the runs.
    """
    cuda = not pins or any(pin.name.startswith("nvidia-") for pin in pins)
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


class Registry(Model):
    """An image that a registry holds under a digest."""

    reference: str = Field(pattern=r"^[a-z0-9./_-]+:[\w.-]+$", description="repository:tag")
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")

    @property
    def pinned(self) -> str:
        """The address that can only mean one image."""
        return f"{self.reference.partition(':')[0]}@{self.digest}"


class Bootstrap(Model):
    """A Debian root file system made on this host from its packages."""

    suite: str
    variant: str
    packages: list[str]
    epoch: int = Field(description="time stamp of every file, in seconds since 1970")

    @property
    def reference(self) -> str:
        """What was asked for, in words."""
        packages = ", ".join(self.packages)
        return f"Debian {self.suite}, {self.variant} with {packages}, epoch {self.epoch}"


class Declaration(Model):
    """What `containers/base/base.yaml` says."""

    python: str = Field(pattern=r"^3\.\d+$", description="the version that all locks are for")
    registry: Registry
    bootstrap: Bootstrap


def declaration(path: Path = DECLARATION) -> Declaration:
    """Read the base's declaration; raise `UserError` naming the key that is wrong."""
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    try:
        return Declaration.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise UserError(f"{shown}: {fault(error)}") from None
    except (OSError, yaml.YAMLError) as error:
        raise UserError(f"{shown}: {' '.join(str(error).split())}") from None
