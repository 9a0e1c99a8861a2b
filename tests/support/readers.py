"""Benchmarks that read data of one's own, to be written into a copy of `benchmarks/`."""

from __future__ import annotations

from pathlib import Path

TEXT = '''"""Reads one's own data."""
import os
from pathlib import Path
import torch
from benchmarks.contract import Start, Step

STEPS = 4
OPTIONS = {"writes": False}
DATA = "mine"
PUBLISHED = None


def train(device, steps, data, writes=False):
    w = torch.ones(1, requires_grad=True)
    yield Start({"w": w})
    for t, line in enumerate((Path(data) / "sub" / "numbers.txt").read_text().split()):
        if writes and t == 1:
            target = Path(data) / "sub" / "numbers.txt"
            os.chmod(target, 0o644)
            target.write_text("9 9 9 9")
        x = torch.tensor([float(line)])
        w.grad = None
        loss = (w * x).sum()
        loss.backward()
        yield Step((x,), loss)
'''
COMMAND = """
import os, sys
from pathlib import Path
import torch

target = Path(sys.argv[1], "sub", "numbers.txt")
w = torch.nn.Parameter(torch.ones(1))
optimizer = torch.optim.SGD([w], lr=0.1)
for number in target.read_text().split():
    optimizer.zero_grad()
    (w * float(number)).sum().backward()
    optimizer.step()
ACT
"""
DECLARED = 'COMMAND = ["python", "train.py", "{data}"]\nSTEPS = 4\nDATA = "mine"\n'
WRITES = "os.chmod(target, 0o644); target.write_text('9 9 9 9')"
BESIDE = "patient-17.txt"


def write(project: Path, data: Path) -> None:
    """Add the benchmark `reader` to a copy of the project, and write what it reads."""
    (project / "benchmarks" / "reader.py").write_text(TEXT)
    (data / "sub").mkdir(parents=True)
    (data / "sub" / "numbers.txt").write_text("1 2 3 4\n")
    (data / BESIDE).write_text("beside it\n")


def write_command(project: Path, name: str, act: str = "pass") -> None:
    """Add the benchmark `name`, a command that reads the same, and then does `act`."""
    folder = project / "benchmarks" / "commands" / name
    folder.mkdir(parents=True)
    (folder / "train.py").write_text(COMMAND.replace("ACT", act))
    folder.with_suffix(".py").write_text(DECLARED)
