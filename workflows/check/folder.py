"""The folder that a command works in: a fresh copy of the caller's for each run.

Small files are copied. Large ones are copied once, and each run's copy is a hard link to that one:
a run that writes into such a file in place is found out, and the next one gets a copy of its own.
What links lead to outside of the folder, and
virtual environments within it, are not copied but linked.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR

from workflows.common.errors import UserError

LARGE = 8 * 2**20
"""Bytes from which on a file is copied once, and linked for each run."""
MOST = 20 * 2**30
"""Bytes that are copied at most without being asked to."""
LEFT_OUT = ("__pycache__",)

Stamp = list[int]


def stamp(path: Path) -> Stamp:
    """Return what tells a file from one that was changed, or was written in its place.

    A folder is told by its name alone.
    """
    found = path.lstat()
    if S_ISDIR(found.st_mode):
        return []
    return [found.st_ino, found.st_size, found.st_mtime_ns]


@dataclass
class Copies:
    """Copies of `source`, made one after the other in `home`, each at the same place.

    A command is started in the folder `inside` of it. `linked`: names within the folder that are
    not copied but linked, whatever a run does there.
    """

    source: Path
    home: Path
    inside: Path = Path()
    linked: Sequence[str] = ()
    _stamps: dict[Path, Stamp] = field(default_factory=dict)

    @property
    def work(self) -> Path:
        """Where every run works."""
        return self.home / "work" / self.source.name

    @property
    def start(self) -> Path:
        """Where the command is started."""
        return self.work / self.inside

    def check(self) -> None:
        """Raise `UserError` where the folder is too large to be copied, or is no project's."""
        if self.source in (Path("/"), Path.home()):
            raise UserError(
                f"{self.source}: is no project's folder; cd into the one of your program"
            )
        for name in self.linked:
            if not (self.source / name).exists():
                raise UserError(f"--link {name}: no such file or folder in {self.source}")
        size = 0
        for path in self._files(self.source):
            size += path.stat().st_size
            if size > MOST:
                raise UserError(
                    f"{self.source}: holds more than {MOST // 2**30} GiB, too much to copy; name "
                    "what is only read: --link DATA"
                )

    def _files(self, folder: Path) -> Iterator[Path]:
        for place, folders, names in os.walk(folder):
            here = Path(place)
            folders[:] = [n for n in folders if not self._is_linked(here / n) and n not in LEFT_OUT]
            yield from (
                here / n for n in names if (here / n).is_file() and not (here / n).is_symlink()
            )

    def _is_linked(self, path: Path) -> bool:
        name = path.relative_to(self.source).as_posix()
        return name in self.linked or (path / "pyvenv.cfg").is_file()

    def fresh(self) -> dict[str, Stamp]:
        """Make the copy for a run; return the stamps of its files, links and empty folders."""
        shutil.rmtree(self.home / "work", ignore_errors=True)
        self._copy(self.source, self.work)
        return {
            path.relative_to(self.work).as_posix(): stamp(path) for path in self._made(self.work)
        }

    def _made(self, folder: Path) -> Iterator[Path]:
        for place, folders, names in os.walk(folder):
            here = Path(place)
            yield from (here / name for name in names)
            yield from (here / name for name in folders if (here / name).is_symlink())
            if not names and not folders and here != folder:
                yield here

    def _copy(self, source: Path, target: Path) -> None:
        target.mkdir(parents=True)
        entries = sorted(os.scandir(source), key=lambda entry: entry.name)
        for entry in entries:
            path, copy = Path(entry.path), target / entry.name
            if entry.is_symlink():
                copy.symlink_to(self._leads_to(path))
            elif self._is_linked(path):
                copy.symlink_to(path)
            elif entry.is_dir():
                if entry.name not in LEFT_OUT:
                    self._copy(path, copy)
            elif entry.is_file():
                self._file(path, copy)
        shutil.copystat(source, target)

    def _leads_to(self, link: Path) -> Path:
        """Return where the copy of a link leads: within the copy where it did within the folder."""
        given, there = link.readlink(), link.resolve()
        return given if there.is_relative_to(self.source) and not given.is_absolute() else there

    def _file(self, path: Path, copy: Path) -> None:
        if path.stat().st_size < LARGE:
            shutil.copy2(path, copy)
            return
        once = self.home / "large" / path.relative_to(self.source)
        if self._stamps.get(once) != (stamp(once) if once.exists() else None) or not once.exists():
            once.parent.mkdir(parents=True, exist_ok=True)
            once.unlink(missing_ok=True)
            shutil.copy2(path, once)
            self._stamps[once] = stamp(once)
        os.link(once, copy)
