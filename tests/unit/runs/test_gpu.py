"""Runs on a GPU come one after the other, those on a CPU side by side."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import pytest

from workflows.common.errors import UserError
from workflows.common.paths import ROOT
from workflows.runs.gpu import alone, chosen, gpu_lock

CODE = (
    "import sys, tempfile, time; tempfile.tempdir = sys.argv[2]\n"
    "from workflows.runs.gpu import alone\n"
    "with alone(sys.argv[1]): print(time.time()); time.sleep(1); print(time.time())"
)


def spans(device: str, folder: Path, **variables: str) -> list[list[float]]:
    """Return when each of three processes held a device."""
    command = [sys.executable, "-c", CODE, device, str(folder)]
    started = [
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | variables
        )
        for _ in range(3)
    ]
    return sorted([float(x) for x in process.communicate()[0].split()] for process in started)


def test_a_gpu_is_not_shared(tmp_path: Path) -> None:
    found = spans("cuda", tmp_path)
    assert all(a[1] <= b[0] + 0.01 for a, b in pairwise(found))


def test_a_gpu_is_shared_by_as_many_as_are_said(tmp_path: Path) -> None:
    first, second, third = spans("cuda", tmp_path, REPRISE_GPU_RUNS="2")
    assert third[0] >= min(first[1], second[1]) - 0.01, "the third waits for a place"
    assert len([*tmp_path.rglob("gpu-*.lock")]) == 2


@pytest.mark.parametrize("said", ["0", "-1", "two", "1.5"])
def test_a_number_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("REPRISE_GPU_RUNS", said)
    with pytest.raises(UserError, match=rf"^REPRISE_GPU_RUNS={said}: expected"), alone("cuda"):
        pass
    with alone("cpu"):  # control: nothing to share
        pass


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


@pytest.mark.parametrize(
    ("visible", "seen"), [(None, "0"), ("", "0"), ("2,3", "2"), (" GPU-5e, GPU-6f", "GPU-5e")]
)
def test_a_run_sees_the_first_gpu_that_its_caller_sees(
    monkeypatch: pytest.MonkeyPatch, visible: str | None, seen: str
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert chosen() == seen
    with alone("cuda") as gpu:
        assert gpu == seen
    with alone("cpu") as gpu:
        assert gpu is None


def test_two_names_of_one_gpu_are_one_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smi = tmp_path / "nvidia-smi"
    smi.write_text(
        "#!/bin/sh\ncase $1 in --id=0|--id=GPU-5e) echo GPU-5e;; *) echo GPU-6f;; esac\n"
    )
    smi.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert gpu_lock("0") == gpu_lock("GPU-5e")
    assert gpu_lock("0") != gpu_lock("1")
    smi.write_text("#!/bin/sh\necho 'no devices were found'\nexit 6\n")
    assert gpu_lock("0").name.endswith("-0.lock"), "as it was named, where none can be asked"
