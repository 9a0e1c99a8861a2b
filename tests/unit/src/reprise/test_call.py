"""`python -m reprise.call`: a function is called in the copy, under its own module's name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from src.reprise.call import PATH
from workflows.common.paths import ROOT

TRAIN = """
import os, sys
import helper
from . import beside

def train():
    print(helper.__file__, beside.NAME, __name__, sys.argv, %r in os.environ)
"""


def test_a_function_finds_what_its_tests_find(tmp_path: Path) -> None:
    for name, text in {
        "src/helper.py": "", "tests/__init__.py": "", "tests/beside.py": "NAME = 'beside'",
        "tests/test_mine.py": TRAIN % PATH,
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "reprise.call", "tests/test_mine.py", "tests.test_mine.train"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), PATH: f"src{os.pathsep}."},
    )  # fmt: skip
    found = tmp_path / "src" / "helper.py"
    expected = f"{found} beside tests.test_mine ['tests/test_mine.py'] False\n"
    assert (done.stdout, done.stderr) == (expected, "")
