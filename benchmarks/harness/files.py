"""What a run leaves in its working folder: bytes, and part by part where the kind is known."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.harness.events import NAME, events
from benchmarks.harness.packed import (
    TARRED,
    Parts,
    members,
    readable,
    sha256,
    tarred,
    unique,
    unpacked,
)

FILES = 1000
"""Files that are looked at."""
LARGE = 2 * 2**30
"""Bytes above which a file is not taken apart."""

PLAIN = "= "
"""What stands before a value that is its own part: a time can be told from a loss by it."""
LONG = 200
"""Characters above which a value is only its SHA-256."""
LINK, EMPTY, REMOVED = "link", "empty folder", "removed"
"""Kinds of what is no file: by its target, by its name, and one that is gone."""


def left(folder: Path) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return what lies below a folder by name, and in words what was not looked at."""
    paths = sorted(entries(folder))
    unwatched = []
    if len(paths) > FILES:
        unwatched.append(f"{len(paths) - FILES} of {len(paths)} files in its working folder")
    seen = {}
    for path in paths[:FILES]:
        name = path.relative_to(folder).as_posix()
        try:
            seen[name] = described(path, folder)
        except OSError as error:
            unwatched.append(f"the file {name}: {error.strerror}")
    return seen, unwatched


def found(folder: Path) -> Iterator[Path]:
    """Yield all regular files below a folder; links are not followed."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if path.is_file() and not path.is_symlink():
                yield path


def entries(folder: Path) -> Iterator[Path]:
    """Yield the regular files below a folder, the links, and the folders with nothing in them."""
    for place, folders, names in os.walk(folder):
        here = Path(place)
        for path in (here / name for name in (*names, *folders)):
            if path.is_symlink() or path.is_file():
                yield path
        if not names and not folders and here != folder:
            yield here


def described(path: Path, work: Path | None = None) -> dict[str, Any]:
    """Return SHA-256, size in bytes, kind and parts (None: none that is known) of a file.

    `work`: the folder that the program worked in, which no link's target is told by.
    """
    if path.is_symlink():
        return link(path, work or path.parent)
    if path.is_dir() or not path.exists():
        kind = EMPTY if path.is_dir() else REMOVED
        return {"sha256": sha256(kind.encode()), "size": 0, "kind": kind, "parts": None}
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    kind = kind_of(path)
    parts: Parts = None
    if kind in KINDS and size <= LARGE:
        with suppress(Exception):  # it is not what its name says: its bytes count
            parts = KINDS[kind](path)
    return {"sha256": digest, "size": size, "kind": kind if parts else None, "parts": parts or None}


def kind_of(path: Path) -> str:
    """Return the kind that a file is by its name."""
    if NAME in path.name:
        return "tfevents"
    name = path.name.lower()
    return "tar" if name.endswith(TARRED) else path.suffix.lower().removeprefix(".")


def link(path: Path, work: Path) -> dict[str, Any]:
    """Describe a link by its target's text, from the program's folder where it leads into it."""
    target = str(path.readlink())
    for top in (work, work.resolve()):
        if Path(target).is_relative_to(top):
            target = Path(target).relative_to(top).as_posix()
    content = os.fsencode(target)
    text = readable(target)
    parts = {"target": f"{PLAIN}{text}" if len(text) <= LONG else sha256(content)}
    return {"sha256": sha256(content), "size": len(content), "kind": LINK, "parts": parts}


def checkpoint(path: Path) -> Parts:
    """Take apart what `torch.save` wrote, without running anything of it."""
    import torch

    content = torch.load(path, map_location="cpu", weights_only=True)
    return unique([(name, digest(value)) for name, value in flat(content)])


def flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves of nested mappings and sequences by their path."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from flat(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple) and value:
        for index, item in enumerate(value):
            yield from flat(item, f"{name}[{index}]")
    else:
        yield name or "content", value


def digest(value: Any) -> str:
    """Return the SHA-256 of a tensor or a plain value, a short one itself behind `PLAIN`.

    Raises `TypeError` for a value of another kind.
    """
    import torch

    from benchmarks.harness.forms import octets, parts

    if isinstance(value, torch.Tensor):
        kind = f"{parts(value)[0]} {value.dtype} {list(value.shape)}"
        return sha256(kind.encode(), octets(value))
    if isinstance(value, (int, float, str)) and len(text := repr(value)) <= LONG:
        return f"{PLAIN}{text}"
    if value is None or isinstance(
        value, (bool, int, float, complex, str, bytes, dict, list, tuple)
    ):
        return sha256(repr(value).encode(errors="surrogatepass"))
    raise TypeError(type(value).__name__)


def arrays(path: Path) -> Parts:
    """Take apart what numpy wrote: `.npz` by name, `.npy` as a whole."""
    import numpy as np

    content = np.load(path, allow_pickle=False)
    named = {"content": content} if isinstance(content, np.ndarray) else dict(content)
    return {
        name: sha256(f"{array.dtype!r} {list(array.shape)}".encode(), array.tobytes())
        for name, array in named.items()
    }


def safetensors(path: Path) -> Parts:
    """Take apart a `.safetensors` file: a header in JSON behind its length, then the bytes."""
    content = path.read_bytes()
    begin = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:begin])
    found = {}
    for name, entry in header.items():
        first, last = entry.pop("data_offsets", (0, 0))  # `__metadata__` has none
        about = json.dumps(entry, sort_keys=True).encode()
        found[name] = sha256(about, content[begin + first : begin + last])
    return found


def table(path: Path) -> Parts:
    """Take JSON apart by the names at its top, whatever order and spaces it has."""
    content = json.loads(path.read_bytes(), object_pairs_hook=unique)
    named = content if isinstance(content, dict) and content else {"content": content}
    return {name: sha256(json.dumps(each, sort_keys=True).encode()) for name, each in named.items()}


def text(path: Path) -> Parts:
    """Take a text as it is but for how its lines end."""
    return {"lines": sha256(path.read_bytes().replace(b"\r\n", b"\n"))}


KINDS: dict[str, Callable[[Path], Parts]] = {
    **dict.fromkeys(("pt", "pth", "bin", "ckpt"), checkpoint),
    **dict.fromkeys(("npz", "npy"), arrays),
    "safetensors": safetensors,
    "json": table,
    **dict.fromkeys(("csv", "txt"), text),
    "tfevents": events,
    "zip": members,
    "tar": tarred,
    "gz": unpacked,
}
