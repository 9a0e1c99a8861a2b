"""What is packed for another machine's Python: the program alone, and the tools that it needs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.small import wheel
from workflows.common.sums import sha256
from workflows.environments.definition import Pin
from workflows.environments.wheelhouse import Wheelhouse
from workflows.offline import pack, tools


def test_the_program_needs_no_package(tmp_path: Path) -> None:
    pack.write_program(tmp_path / "run.pyz")
    words = [sys.executable, "-I", "-S", str(tmp_path / "run.pyz")]
    done = subprocess.run([*words, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "--minutes" in done.stdout, done.stderr
    done = subprocess.run(
        [*words, "--work", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "SHA256SUMS: No such file" in done.stderr


def test_what_a_python_needs_beyond_the_lock_is_named(tmp_path: Path) -> None:
    wheels = [wheel(tmp_path, "one"), wheel(tmp_path, "two")]
    assert tools.unmet(wheels[0], wheels, "3.12") == []
    with zipfile.ZipFile(wheels[0], "a") as opened:
        info = next(name for name in opened.namelist() if name.endswith("METADATA"))
        text = opened.read(info).decode()
    needs = 'Requires-Dist: two>=1\nRequires-Dist: three; python_version >= "3.12"\n'
    with zipfile.ZipFile(tmp_path / "one-1.0-py3-none-any.whl", "w") as opened:
        opened.writestr(info, text + needs)
    assert tools.unmet(wheels[0], wheels, "3.11") == []
    assert tools.unmet(wheels[0], wheels, "3.12") == ["one needs three"]
    assert tools.unmet(wheels[0], wheels[:1], "3.11") == ["one needs two"]


def test_what_another_thread_is_fetching_is_not_taken(tmp_path: Path) -> None:
    fetched = tmp_path / ".fetch-1" / "one-1.0-py3-none-any.whl"
    fetched.parent.mkdir()
    fetched.write_bytes(b"whole")
    pin = Pin("one", "1.0", frozenset({sha256(fetched)}))
    house = Wheelhouse(tmp_path, "3.12", tools.GLIBC)
    assert tools._held(house, pin) is None
    kept = fetched.rename(tmp_path / fetched.name)
    assert tools._held(house, pin) == kept, "control"


@pytest.mark.parametrize(
    ("marker", "python", "needed"),
    [
        (None, "3.12", True),
        ("python_full_version < '3.12'", "3.11", True),
        ("python_full_version < '3.12'", "3.12", False),
        ("sys_platform == 'win32'", "3.12", False),
        ("platform_machine == 'aarch64' or platform_machine == 'x86_64'", "3.12", True),
    ],
)
def test_only_what_a_python_needs_is_packed(marker: str | None, python: str, needed: bool) -> None:
    assert tools.holds(marker, python) == needed
