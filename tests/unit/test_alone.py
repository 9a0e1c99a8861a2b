"""Runs on a GPU come one after the other, those on a CPU side by side."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import pytest

from workflows.alone import alone
from workflows.places import ROOT

CODE = (
    "import sys, tempfile, time; tempfile.tempdir = sys.argv[2]\n"
    "from workflows.alone import alone\n"
    "with alone(sys.argv[1]): print(time.time()); time.sleep(1); print(time.time())"
)


def spans(device: str, folder: Path) -> list[list[float]]:
    """Return when each of three processes held a device."""
    command = [sys.executable, "-c", CODE, device, str(folder)]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    return sorted([float(x) for x in process.communicate()[0].split()] for process in started)


def test_a_gpu_is_not_shared(tmp_path: Path) -> None:
    found = spans("cuda", tmp_path)
    assert all(a[1] <= b[0] + 0.01 for a, b in pairwise(found))


def test_a_cpu_is(tmp_path: Path) -> None:
    started = time.monotonic()
    spans("cpu", tmp_path)
    assert time.monotonic() - started < 60
    assert [*tmp_path.iterdir()] == [], "there is no lock to wait for"


def test_the_lock_is_left_after_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for _ in range(2):
        with pytest.raises(RuntimeError), alone("cuda"):
            raise RuntimeError
