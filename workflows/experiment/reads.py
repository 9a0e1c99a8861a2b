"""What runs read of the project beyond their static identity, held against what is there now.

A record is fresh while its code and settings are today's and each file that it read is as it was.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

from pydantic import Field, ValidationError

from workflows.common.files import digest
from workflows.common.models import Model
from workflows.common.paths import ROOT
from workflows.common.sums import sha256

ABSENT = "absent"
"""Stands for the SHA-256 of a file that is not there."""
MANIFESTS = "results/data/"
"""Where manifests of data lie: where this is called, as all results, and not beside the code."""
CHANGED = "changed"
"""Stands for it where runs that belong together read other contents: they are stale."""


class Kept(Protocol):
    """Anything that says what it came from."""

    @property
    def identity(self) -> str | None:
        """What its job was given: the static identity, and `:` and more where that was stale."""

    @property
    def read(self) -> Mapping[str, str] | None:
        """The SHA-256 of each further file of the project that it read."""


class _Kept(Model, extra="ignore"):
    """A record, or another result, as far as it matters here."""

    identity: str = Field(pattern=r"^[0-9a-f]{64}(:[0-9a-f]{64})?$")
    read: dict[str, str] | None = None


def now(names: Iterable[str], root: Path = ROOT) -> dict[str, str]:
    """Return the SHA-256 that each file of the project has today, or `ABSENT`."""
    places = {name: Path.cwd() if name.startswith(MANIFESTS) else root for name in names}
    return {name: _contents(places[name] / name) for name in sorted(places)}


def _contents(path: Path) -> str:
    try:
        found = path.stat()
        stamp = found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
        return _hashed(path, stamp) if stat.S_ISREG(found.st_mode) else ABSENT
    except (OSError, ValueError):  # no such name
        return ABSENT


@cache
def _hashed(path: Path, _stamp: tuple[int, ...]) -> str:
    """Return the SHA-256 of a file that many records may name; once until it is written again."""
    return sha256(path)


def edited(read: Mapping[str, str] | None, root: Path = ROOT) -> list[str]:
    """Return the files that are no longer as they were read."""
    today = now(read or {}, root)
    return [name for name in today if today[name] != (read or {})[name]]


def union(kept: Iterable[Kept]) -> dict[str, str]:
    """Return what all of several records read; `CHANGED` for what they read unequally."""
    found: dict[str, str] = {}
    for each in kept:
        for name, contents in (each.read or {}).items():
            same = found.setdefault(name, contents) == contents
            found[name] = contents if same else CHANGED
    return dict(sorted(found.items()))


def static(identity: str | None) -> str | None:
    """Return the part of an identity that stands for code and settings alone."""
    return identity and identity.partition(":")[0]


def executed(kept: Kept) -> str | None:
    """Return the digest of code, settings and data: equal whenever these are."""
    own = static(kept.identity)
    return digest([own, dict(kept.read)]) if kept.read else own


def stale(kept: Kept, identity: str, root: Path = ROOT) -> str | None:
    """Say why what is kept does not come from today's static `identity` and today's files."""
    if static(kept.identity) != identity:
        return "ran other code or settings than there are now"
    changed = edited(kept.read, root)
    return f"read {changed[0]}, which has been edited since" if changed else None


def fresh(kept: Kept, identity: str, root: Path = ROOT) -> bool:
    """Say whether it does."""
    return stale(kept, identity, root) is None


def asked(path: Path, identity: str, root: Path = ROOT) -> str:
    """Return the identity that a job is to be given whose result is kept, or will be, at `path`.

    While the result is fresh it is the very one that its job was given, so that nothing is done;
    when a file that it read has been edited it is another one.
    """
    try:
        kept = _Kept.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return identity
    if static(kept.identity) != identity:
        return identity
    if not edited(kept.read, root):
        return kept.identity
    # With what was given before: an identity that was given once is never asked for again.
    return f"{identity}:{digest([kept.identity, now(kept.read or {}, root)])}"
