"""One place for each run: of two launches of it the later one has it, the earlier leaves nothing.

A cluster starts a second one where it takes a node for dead that still works, or where a person
submits again what still runs. Both see one file system, and no lock that all of them keep.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from workflows.common.errors import UserError
from workflows.runs.record import dense

# Beside each launch's folder from its start, out of the way of what its run does there: a folder
# of that name that something made again has none.
MARK = ".claim"


@contextmanager
def claimed(target: Path) -> Iterator[Path]:
    """Give the folder to make the record `target` in; remove it, and those before it.

    Raises `UserError` where a later launch of the same run took the place in the meantime.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.stem}."))
    try:
        folder.chmod(0o711)  # a run may be another user's
        (folder / MARK).touch()
        own = folder / "run"
        own.mkdir()
        # After its own is there: of two that start at once, each sees the other's.
        for other in set(folder.parent.glob(f".{target.stem}.*")) - {folder}:
            turn_out(other)
        yield own
    except (UserError, OSError) as error:
        if is_claimed(own):
            if isinstance(error, OSError) and str(error.filename).startswith(str(folder)):
                error.filename = str(target)  # the folder's name tells a person nothing
            raise
        raise UserError(
            f"{target}: a later launch of the same run has taken its place; this one leaves nothing"
        ) from None
    finally:
        remove_whole(folder)


def remove_whole(folder: Path) -> None:
    """Remove a launch's folder, to its end also where a signal comes in the midst of that."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except BaseException:  # the first signal's: those after it are not heard
        shutil.rmtree(folder, ignore_errors=True)
        raise


def turn_out(folder: Path) -> None:
    """Take a launch's folder away from it, whether it still works or was killed outright."""
    gone = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{folder.name}."))
    with suppress(OSError):
        folder.replace(gone)  # at once, whatever is being written
    remove_whole(gone)


def is_claimed(folder: Path) -> bool:
    """Say whether a launch still has its place."""
    return (folder.parent / MARK).exists()


def clear(folder: Path) -> None:
    """Remove what a run left in a launch's folder: it may have filled the disk with it."""
    for path in folder.iterdir():
        remove = shutil.rmtree if path.is_dir() and not path.is_symlink() else Path.unlink
        with suppress(OSError):
            remove(path)


def leave(folder: Path, source: Path, target: Path) -> None:
    """Move the record `source`, made in the launch's own folder, to `target`; its trace goes first.

    All have the record's mode, whatever umask the run had. Each move needs the folder, so that
    nothing of this launch mixes with what a later one leaves.
    Raises `FileNotFoundError` where the launch has lost its place.
    """
    if not is_claimed(folder):
        raise FileNotFoundError(folder)
    trace, tensors = source.with_suffix(".npz"), dense(source)
    for path in filter(Path.exists, (trace, tensors)):
        path.chmod(source.stat().st_mode)
    if tensors.exists():
        tensors.replace(dense(target))
    else:
        dense(target).unlink(missing_ok=True)
    trace.replace(target.with_suffix(".npz"))
    source.replace(target)
