"""A full disk, a missing right: one line with its fix; a fault of the program stays one."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Need
from workflows.common.errors import FIXES, UserError, command, surroundings
from workflows.common.files import atomic, write_text
from workflows.common.paths import ROOT


def ends(capsys: pytest.CaptureFixture[str], error: BaseException) -> tuple[int, str]:
    """Return the exit code and the words of a command that ends with an error."""

    def main() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        command(main)
    return int(ended.value.code or 0), capsys.readouterr().err


@pytest.mark.parametrize("number", [*FIXES])
def test_what_surrounds_the_program_is_one_line(
    capsys: pytest.CaptureFixture[str], number: int
) -> None:
    error = OSError(number, os.strerror(number), "results/matrix.json")
    code, said = ends(capsys, error)
    assert (code, said) == (
        2, f"error: results/matrix.json: {os.strerror(number)}; {FIXES[number]}\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "No such file or directory", "results/plan.json"),
        PermissionError(errno.EPERM, "Operation not permitted"),  # no file: a signal, for example
        OSError("odd"),
        ValueError("odd"),
    ],
    ids=repr,
)
def test_control_a_fault_keeps_its_traceback(
    capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    code, said = ends(capsys, error)
    assert code == 3
    assert said.startswith("Traceback") and "a fault of Reprise" in said


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


FULL = """
import sys
from pathlib import Path
from workflows.common.errors import command
from workflows.common.files import write_text
command(lambda: write_text(Path(sys.argv[1]), "x" * int(sys.argv[2])))
"""


@pytest.fixture
def full(need: Need, tmp_path: Path) -> list[str]:
    """Words that start a command on a disk of 64 KB at `tmp_path / "disk"`, for it alone."""
    (tmp_path / "disk").mkdir()
    mount = f"mount -t tmpfs -o size=64k tmpfs {tmp_path / 'disk'}"
    words = ["unshare", "--map-root-user", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh"]
    tried = subprocess.run([*words, "true"], capture_output=True, text=True, check=False)
    need("tmpfs", tried.stderr.strip() if tried.returncode else None)
    return words


@pytest.mark.parametrize(("size", "code"), [(1000, 0), (100_000, 2)])
def test_a_full_disk_is_one_line(full: list[str], tmp_path: Path, size: int, code: int) -> None:
    target = tmp_path / "disk" / "matrix.json"
    done = subprocess.run(
        [*full, sys.executable, "-c", FULL, str(target), str(size)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = f"error: {target}: No space left on device; {FIXES[errno.ENOSPC]}\n" if code else ""
    assert (done.returncode, done.stderr) == (code, said)


def test_a_user_error_stays_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends(capsys, UserError("config: seed")) == (2, "error: config: seed\n")
