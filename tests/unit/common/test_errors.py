"""How a command ends: what surrounds it is one line with its fix, a fault keeps its traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Need
from workflows.common.errors import FIXES, UserError, command
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


PROGRAM = """
from workflows.common.errors import command

def main():
    for line in range(100_000):
        print(line)

command(main)
"""


def test_a_listener_that_has_heard_enough_is_no_fault() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b"0\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


def test_control_one_that_hears_all_ends_well() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    assert done.stdout.count(b"\n") == 100_000
