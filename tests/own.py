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


def write(project: Path, name: str, body: str) -> None:
    """Add the benchmark `name`, whose every step runs `body` first, to a copy of the project."""
    (project / "benchmarks" / f"{name}.py").write_text(TEXT.replace("BODY", body))
