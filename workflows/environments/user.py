"""Whose a run is. What root starts is not root's, and a run may ask to be somebody else's."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from workflows.common.errors import CannotError, UserError

NOBODY = "nobody"
"""Who runs what root starts without a container of root's: a user that every machine knows."""


def as_user(user: int, group: int) -> list[str]:
    """Return the words that start a program as somebody else; they need root."""
    if not shutil.which("setpriv"):
        raise CannotError("setpriv is not installed: apt-get install util-linux")
    return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]


def unprivileged() -> list[str]:
    """Return the words that start a program without root's rights: none but for root."""
    return [] if os.getuid() else as_user(*_nobody())


def lend(folder: Path) -> None:
    """Give a folder to the user of what `unprivileged` starts."""
    if not os.getuid():
        hand_over(folder, *_nobody())


def _nobody() -> tuple[int, int]:
    found = pwd.getpwnam(NOBODY)
    return found.pw_uid, found.pw_gid


def take_back(folder: Path) -> None:
    """Give a folder, if it is there, to the caller again; only root could give it away."""
    if not os.getuid() and folder.is_dir():
        hand_over(folder, os.getuid())


def hand_over(folder: Path, owner: int, group: int | None = None) -> None:
    """Give a folder and all in it to user `owner` and its group; links are not followed."""
    group = owner if group is None else group
    os.chown(folder, owner, group)
    for inside, folders, names in os.walk(folder):
        for name in (*folders, *names):
            os.chown(Path(inside) / name, owner, group, follow_symlinks=False)


def check_access(words: list[str], who: str, reads: list[Path], writes: list[Path]) -> None:
    """Raise `CannotError` unless the user that `words` start a program as reaches all paths."""
    for right, paths in (("-r", reads), ("-w", writes)):
        for path in paths:
            # Asked of the user itself: every folder above counts as well.
            asked = subprocess.run([*words, "test", right, str(path.resolve())], check=False)
            if asked.returncode:
                verb = "read" if right == "-r" else "write to"
                raise CannotError(
                    f"{who}: that user cannot {verb} {path.resolve()}; chmod o+rX it and "
                    "the folders above it, or choose engine: docker"
                )


def check_mounted(folder: Path, user: int) -> None:
    """Raise `UserError` unless a folder that a container is shown is readable to others.

    The folders above it do not count: root's daemon shows it.
    """
    mode = folder.stat().st_mode & 0o777
    if mode & 0o005 != 0o005:
        raise UserError(
            f"{folder}: mode {mode:03o}, but a run started by root has user {user} "
            f"and must read it; chmod -R go+rX {folder}"
        )
