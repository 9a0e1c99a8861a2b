"""The disk that the default experiment needs, against what is free where it will be written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from workflows.common.errors import UserError
from workflows.common.paths import cache
from workflows.environments.checkup.finding import Finding, State, answer

GB = 1e9
DOWNLOADS = 3.5e9
"""Bytes of both environments' wheels, of a base, and of CIFAR-10 with its archive."""
INSTALLED = 6.5e9
"""Bytes of both environments, as folders or as images."""
BUILDING = 6e9
"""Bytes that a container engine holds besides while it builds the larger image."""

Free = Callable[[Path], int]
_STORES = {
    "docker": ("docker", "info", "--format", "{{.DockerRootDir}}"),
    "podman": ("podman", "info", "--format", "{{.Store.GraphRoot}}"),
}
"""What says where an engine keeps its images."""


def free(folder: Path) -> int:
    """Return the free bytes where a folder is, or will be."""
    return shutil.disk_usage(next(each for each in (folder, *folder.parents) if each.exists())).free


def size(folder: Path) -> int:
    """Return the bytes on disk of a folder; a file with two names counts once."""
    seen: dict[tuple[int, int], int] = {}
    for inside, _, names in os.walk(folder):
        for name in names:
            try:
                found = os.lstat(Path(inside, name))
            except FileNotFoundError:  # somebody is at work there
                continue
            seen[found.st_dev, found.st_ino] = 512 * found.st_blocks
    return sum(seen.values())


def disk(engine: str | None, available: Free = free) -> list[Finding]:
    """Hold what is free for the cache, and for the images of `engine`, against what is needed."""
    folder = cache("")
    if engine not in _STORES:
        return [_finding("disk", folder, DOWNLOADS + INSTALLED - size(folder), available)]
    found = [_finding("disk", folder, DOWNLOADS - size(folder), available)]
    try:
        store = Path(answer(*_STORES[engine]))
        needed = 0.0 if _built(engine) else INSTALLED + BUILDING
        return [*found, _finding(f"disk of {engine}", store, needed, available)]
    except (UserError, OSError) as error:  # it may be within a virtual machine
        fix = f"see that it has {(INSTALLED + BUILDING) / GB:.0f} GB for images"
        return [*found, Finding(f"disk of {engine}", State.POOR, str(error), fix)]


def _built(engine: str) -> bool:
    """Say whether an engine has the images of the default experiment."""
    names = answer(engine, "images", "--format", "{{.Repository}}").split()
    return all(f"localhost/reprise/{name}" in names for name in ("cpu", "cuda"))


def _finding(name: str, folder: Path, needed: float, available: Free) -> Finding:
    needed, room = max(0.0, needed) / GB, available(folder) / GB
    said = f"{room:.1f} GB free for {folder}, the default experiment needs {needed:.1f} more"
    if room < needed:
        fix = "free some, put the cache elsewhere (REPRISE_CACHE), or take environments: [cpu]"
        return Finding(name, State.BLOCKS, said, fix)
    return Finding(name, State.WORKS, said)
