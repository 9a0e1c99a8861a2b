"""How a command ends where nobody listens to it any more."""

from __future__ import annotations

import subprocess
import sys

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
