"""A benchmark of the tests' own, to be written into a copy of `benchmarks/`."""

from __future__ import annotations

from pathlib import Path

TEXT = '''"""A benchmark for tests."""
import os, signal, time
import torch
from benchmarks.contract import Start, Step

STEPS = 5
OPTIONS = {}
DATA = None
PUBLISHED = None


def train(device, steps, data):
    w = torch.rand(16, 4, requires_grad=True)
    yield Start({"w": w})
    for t in range(steps):
        BODY
        w.grad = None
        loss = (w * w).sum()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
        yield Step((), loss)
'''

SAMPLES = '''"""Reads in the workers of its loader alone."""
from pathlib import Path
import torch
from torch.utils.data import DataLoader, Dataset
from benchmarks.contract import Start, Step

STEPS = 8
OPTIONS = {"workers": 2}
DATA = None
PUBLISHED = None


class Files(Dataset):
    def __len__(self):
        return 16

    def __getitem__(self, i):
        return float((Path(__file__).parent / f"sample-{i}.txt").read_text())


def train(device, steps, data, workers=2):
    w = torch.ones(1, requires_grad=True)
    start = Start({"w": w})
    yield start
    for t, x in enumerate(DataLoader(Files(), batch_size=2, num_workers=workers)):
        if start.skips(t):
            continue
        w.grad = None
        loss = (w * x).sum()
        loss.backward()
        yield Step((x,), loss)
'''


def write_samples(project: Path) -> None:
    """Add the benchmark `samples`, whose workers read a file for each sample, and its files."""
    folder = project / "benchmarks"
    (folder / "samples.py").write_text(SAMPLES)
    for number in range(16):
        (folder / f"sample-{number}.txt").write_text(str(number))


def write(project: Path, name: str, body: str) -> None:
    """Add the benchmark `name`, whose every step runs `body` first, to a copy of the project."""
    (project / "benchmarks" / f"{name}.py").write_text(TEXT.replace("BODY", body))


def write_silent(project: Path) -> None:
    """Add the benchmark `silent`, whose `train` yields nothing."""
    lines = [line for line in TEXT.splitlines() if "BODY" not in line]
    text = "\n".join(lines).replace("yield Start", "Start").replace("yield Step", "Step")
    (project / "benchmarks" / "silent.py").write_text(f"{text}\n")
