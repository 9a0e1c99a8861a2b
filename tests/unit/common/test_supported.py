"""Machines and Pythons that cannot work are told so in one line; those that can are not."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from workflows.common.paths import ROOT
from workflows.common.supported import NEWEST, OLDEST, Host, problem

SOUND = Host("Linux", "x86_64", 64, "glibc", (3, 11))


@pytest.mark.parametrize("minor", range(OLDEST[1], NEWEST[1] + 1))
def test_control_what_works_is_told_nothing(minor: int) -> None:
    assert problem(SOUND._replace(python=(3, minor))) is None


@pytest.mark.parametrize(
    ("fault", "told", "fix"),
    [
        ({"system": "Darwin", "processor": "arm64"}, "Darwin on arm64", "x86_64 machine"),
        ({"system": "Darwin"}, "Darwin on x86_64", "virtual machine with Linux"),
        ({"system": "Windows", "processor": "AMD64"}, "Windows on AMD64", "WSL2"),
        ({"system": "MINGW64_NT-10.0"}, "MINGW64_NT-10.0 on x86_64", "WSL2"),
        ({"processor": "aarch64"}, "Linux on aarch64", "x86_64 machine"),
        ({"processor": "i686"}, "Linux on i686", "x86_64 machine"),
        ({"libc": ""}, "Linux without glibc", "Debian"),
        ({"bits": 32}, "Python of 32 bits", "64 bits"),
        ({"python": (3, 10)}, "Python 3.10: expected 3.11 to 3.14", "PYTHON="),
        ({"python": (3, 15)}, "Python 3.15: expected 3.11 to 3.14", "PYTHON="),
        ({"python": (3, 14), "compiler": False}, "Python 3.14: expected a C compiler", "gcc"),
    ],
)
def test_what_cannot_work_is_told_in_one_line(fault: dict[str, Any], told: str, fix: str) -> None:
    line = problem(SOUND._replace(**fault))
    assert line and told in line and fix in line
    assert "\n" not in line and "expected" in line


def test_control_an_older_python_needs_no_compiler() -> None:
    assert problem(SOUND._replace(python=(3, 13), compiler=False)) is None


@pytest.mark.parametrize(("before", "code"), [([], 0), (["setarch", "i686"], 2)])
def test_make_asks_before_it_installs(before: list[str], code: int) -> None:
    program = [sys.executable, "-I", str(ROOT / "workflows/common/supported.py")]
    done = subprocess.run([*before, *program], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stderr.count("\n") == (1 if code else 0)
    assert done.stderr.startswith("error: Linux on i686" if code else "")
