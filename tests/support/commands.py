"""A benchmark that is a command: a plain script as people have it, with a place for a fault."""

from __future__ import annotations

from pathlib import Path

STEPS = 6
WORDS = ["python", "train.py", "--lr", "0.1"]
SCRIPT = """
import argparse, os
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from own import model

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
net = model()
x, y = torch.randn(24, 4), torch.randn(24, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=parser.parse_args().lr, momentum=0.9)
for step, (a, b) in enumerate(DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True)):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(a), b)
    loss.backward()
    optimizer.step()
    FAULT
    print(step, loss.item())
"""
SAVES = 'torch.save(net.state_dict(), "net.pt")\n'
"""To look into the file takes PyTorch once more, as long as the training itself."""
OWN = """
from torch import nn

def model():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
"""
FAULT = (
    "step == 2 and net[2].bias.detach().view(torch.int32)"
    ".bitwise_xor_(int.from_bytes(os.urandom(2), 'big') // 4 + 1)"
)
"""Changes the low bits of one weight after step 2: two are alike once in 16,384 pairs."""


def script(fault: str = "pass", more: str = "") -> str:
    """Return the script; `more`: what it does at its end."""
    return SCRIPT.replace("FAULT", fault) + more


def project(folder: Path, fault: str = "pass", more: str = "") -> Path:
    """Write the script's own folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.py").write_text(script(fault, more))
    (folder / "own.py").write_text(OWN)
    return folder


def write(
    root: Path, name: str, fault: str = "pass", words: list[str] = WORDS, more: str = ""
) -> Path:
    """Add the benchmark `name` to a copy of the project; return its folder."""
    folder = project(root / "benchmarks" / "commands" / name, fault, more)
    folder.with_suffix(".py").write_text(f"COMMAND = {words!r}\nSTEPS = {STEPS}\n")
    return folder
