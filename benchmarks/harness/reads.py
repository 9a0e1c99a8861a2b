"""What a run reads of the project's own files: each path with its SHA-256 when it was opened.

Seen is whatever Python opens for reading in the run's process and in those that it forks (the
workers of a DataLoader), and the files of its modules. Not seen is what native code opens by
itself (OpenCV, SQLite, HDF5, torch.from_file), what other programs open that the run starts, what
workers open that are not forked, what is opened relative to a folder's descriptor (dir_fd) or has
a name that is not UTF-8, and what is looked at without being opened: names in a folder, sizes,
ages.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from importlib.util import source_from_cache
from pathlib import Path
from types import ModuleType
from typing import Any

ABSENT = "absent"
"""Stands for the SHA-256 of a file that the run looked for and did not find."""
WRITTEN = "written"
CHANGES = {
    "os.rename": (0, 1), "os.remove": (0,), "os.truncate": (0,),
    "os.link": (1,), "os.symlink": (1,),
}  # fmt: skip
"""Events of files that a run changes, and which of their arguments those are."""
COMPILED = f"{os.sep}__pycache__{os.sep}"


class Reads:
    """Listens to every file that is opened; all processes of a run write to one list, `log`.

    What lies in a folder of `apart`, in `results/` or in a folder whose name begins with a dot is
    not the project's: data sets, outputs, environments, caches.
    """

    def __init__(self, root: Path, apart: list[Path], log: Path) -> None:
        """Name the project's folder and the list, which may hold what an earlier process saw."""
        self._root = os.path.realpath(root) + os.sep
        # The interpreter's packages are the environment's.
        places = (*apart, Path(sys.prefix), Path(sys.base_prefix))
        folders = [str(path.absolute()) for path in places]
        folders += [os.path.realpath(folder) for folder in folders]
        self._apart = tuple(f + os.sep for f in folders if f.startswith(self._root))
        self._log = log.absolute()
        self._known = {(str(self._log), False), (str(self._log), True)}
        self._listens = True
        self._own: list[tuple[str, str]] = []
        self._lost: OSError | None = None

    def listen(self) -> None:
        """Begin; an audit hook stays as long as its process."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        sys.addaudithook(self._hear)

    def found(self) -> dict[str, str]:
        """End, and return the SHA-256 of every file by its path within the project.

        What the run wrote itself, or changed after it had read it, is not among them. Raises
        `RuntimeError` where the list is not whole, `OSError` where it could not be written.
        """
        modules = [module for module in sys.modules.values() if isinstance(module, ModuleType)]
        for module in modules:
            if isinstance(path := vars(module).get("__file__"), str):
                self._note(path, reads=True)
        self._listens = False
        lines = self._log.read_text(encoding="utf-8").splitlines() if self._log.exists() else []
        self._log.unlink(missing_ok=True)
        if self._lost:
            raise self._lost
        noted = [entry for line in lines if (entry := _entry(line))]
        if not set(self._own) <= set(noted):
            raise RuntimeError(
                f"the list of the project's files that the run opened ({self._log.name}, in its "
                "working directory) was removed or cut"
            )
        first: dict[str, str] = {}
        for path, mark in noted:
            first.setdefault(path, mark)
        written = {path for path, mark in noted if mark == WRITTEN}
        kept = {path for path in written if contents(self._root + path) == first[path]}
        return {path: first[path] for path in sorted(first) if path not in written - kept}

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if not self._listens:
            return
        if event == "open" and not isinstance(args[0], int):
            path, flags = args[0], args[2]
            mode = flags & os.O_ACCMODE
            reads = mode != os.O_WRONLY and not flags & os.O_TRUNC
            self._note(path, reads=reads, writes=mode != os.O_RDONLY)
        elif event in CHANGES:
            for path in (args[index] for index in CHANGES[event]):
                if not isinstance(path, int):
                    self._note(path, writes=True)
        elif event == "shutil.rmtree":
            below = os.path.abspath(os.fsdecode(args[0])) + os.sep  # noqa: PTH100
            for full in [full for full, _ in self._known if full.startswith(below)]:
                self._note(full, writes=True)
        elif event == "ctypes.dlopen" and args[0]:
            self._note(args[0], reads=True)

    def _note(self, path: Any, *, reads: bool = False, writes: bool = False) -> None:
        """Write a file of the project down; the first time that it is read, and written."""
        full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 (a link keeps its own name)
        if reads and (full, False) not in self._known:
            self._known.add((full, False))  # first: to hash it is to open it
            if name := self._name(full, compiled=True):
                self._write(name, contents(self._root + name))
        if writes and (full, True) not in self._known:
            self._known.add((full, True))
            if name := self._name(full, compiled=False):
                self._write(name, WRITTEN)

    def _name(self, full: str, *, compiled: bool) -> str | None:
        """Return a file's path within the project; None for what lies elsewhere.

        Compiled code stands for its source, or for nothing.
        """
        if COMPILED in full:
            if not compiled:
                return None
            with suppress(ValueError):
                full = source_from_cache(full)
        if not full.startswith(self._root):
            full = os.path.realpath(full)
        if not full.startswith(self._root) or full.startswith(self._apart):
            return None
        name = Path(full.removeprefix(self._root))
        folders = name.parts[:-1]
        own = folders[:1] != ("results",) and not any(part.startswith(".") for part in folders)
        return name.as_posix() if own else None

    def _write(self, name: str, mark: str | None) -> None:
        with suppress(UnicodeEncodeError):
            name.encode()
            if mark is not None:
                self._own.append((name, mark))
                try:
                    with self._log.open("a", encoding="utf-8") as log:
                        log.write(json.dumps([name, mark], ensure_ascii=False) + "\n")
                except OSError as error:  # told at the end, not within the program's own call
                    self._lost = self._lost or error


def _entry(line: str) -> tuple[str, str] | None:
    """Return what a line of the list says; None for one that was cut."""
    with suppress(ValueError):
        name, mark = json.loads(line)
        return name, mark
    return None


def contents(path: str) -> str | None:
    """Return a file's SHA-256, `ABSENT`, or None for what is no file or cannot be read."""
    if not os.path.exists(path):  # noqa: PTH110 (called within every first open)
        return ABSENT
    if os.path.isfile(path):  # noqa: PTH113
        with suppress(OSError), open(path, "rb") as file:  # noqa: PTH123
            return hashlib.file_digest(file, "sha256").hexdigest()
    return None
