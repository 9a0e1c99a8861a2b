"""A program that watching cannot reach is named as it is started, and no other is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.harness.unchanged.carry import surroundings
from benchmarks.harness.unchanged.reports import seen
from workflows.check.processes import processes

BEGIN = "import os, subprocess, sys\nchild = [sys.executable, 'child.py', '--epochs', '1']\n"
OUTSIDE = {
    "an environment of its own": "subprocess.run(child, env={'PATH': os.environ['PATH']})",
    "another PYTHONPATH": "subprocess.run(child, env={**os.environ, 'PYTHONPATH': 'src'})",
    "a variable taken away": "del os.environ['PYTHONPATH']; subprocess.run(child)",
    "replaced by another": "os.execve(child[0], child, {})",
    "spawned": "os.waitpid(os.posix_spawn(child[0], child, {}), 0)",
}
WITHIN = {
    "as it is": "subprocess.run(child)",
    "with a variable more": "subprocess.run(child, env={**os.environ, 'LR': '1'})",
    "a longer path": "os.environ['PYTHONPATH'] += ':src'; subprocess.run(child)",
    "with options of the program's": "subprocess.run([*child, '-E', '3', '-S', '-I'])",
    "with others": "subprocess.run([child[0], '-W', 'ignore', *child[1:]])",
    "replaced": "os.execv(child[0], child)",
}


def unwatched(folder: Path, body: str) -> list[str]:
    """Carry a program out as commands are; return what is said not to have been watched."""
    (folder / "left").mkdir()
    (folder / "child.py").write_text("")
    (folder / "main.py").write_text(BEGIN + body)
    variables = surroundings(folder / "left", {})
    subprocess.run([sys.executable, "main.py"], cwd=folder, env=variables, check=True)
    found = processes(folder / "left").unwatched
    assert seen(folder / "left").unwatched == found, "as a benchmark it says the same"
    return found


@pytest.mark.parametrize("how", OUTSIDE)
def test_what_watching_cannot_reach_is_named(tmp_path: Path, how: str) -> None:
    name = Path(sys.executable).name
    said = f"programs started without the variables of watching: {name} child.py --epochs"
    assert unwatched(tmp_path, OUTSIDE[how]) == [said]


@pytest.mark.parametrize("option", ["-I", "-BE"])
def test_python_that_shuts_watching_out_is_named(tmp_path: Path, option: str) -> None:
    found = unwatched(tmp_path, f"subprocess.run([child[0], '{option}', *child[1:]])")
    assert len(found) == 1 and found[0].endswith(f" {option} child.py")


@pytest.mark.parametrize("how", WITHIN)
def test_control_what_is_reached_is_not(tmp_path: Path, how: str) -> None:
    assert unwatched(tmp_path, WITHIN[how]) == []


def test_a_start_that_cannot_be_read_fails_as_it_does_unwatched(tmp_path: Path) -> None:
    body = (
        "try:\n    subprocess.run(child, env={1: 2})\n    sys.exit(1)\nexcept TypeError:\n    pass"
    )
    (said,) = unwatched(tmp_path, body)
    assert said.startswith("a process that could not be watched: TypeError: ")
