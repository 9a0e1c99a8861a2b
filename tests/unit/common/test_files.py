"""Files that are written whole or not at all, in their caller's mode."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from workflows.common.errors import surroundings
from workflows.common.files import atomic, write_text


def test_the_file_that_was_to_be_written_is_named(tmp_path: Path) -> None:
    moved = OSError(errno.ENOSPC, "No space left on device", "from", None, "to")
    assert str(surroundings(moved)).startswith("to: No space left on device; free some room")
    path = tmp_path / "matrix.json"
    with pytest.raises(OSError, match=r"matrix\.json'$"), atomic(path):
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OSError, match=r"/matrix\.json'$"), atomic(path) as temporary:
        raise OSError(errno.ENOSPC, "No space left on device", str(temporary))
    with pytest.raises(OSError, match=r"other'$"), atomic(path):
        raise OSError(errno.ENOSPC, "No space left on device", "other")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("umask", [0o077, 0o022, 0o002])
def test_a_file_has_the_mode_that_the_umask_gives(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_text(tmp_path / "written", "text")
        (tmp_path / "control").write_text("text")
        with atomic(tmp_path / "anew") as temporary:
            temporary.unlink()
            temporary.touch(0o600)
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("written", "control", "anew"), 0o666 & ~umask)
