"""Fit y = 10 x with a two-layer net: the first program of the LearnOpenCV article
"Ensuring Training Reproducibility in PyTorch".

Full-batch gradient descent written by hand, 1000 steps, summed squared error. The article
prints every hundredth loss; seeded with 3 on its GPU it printed the lines below. On a CPU
today (torch 2.13.0, seed 3) the same lines come back to five or six digits.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from benchmarks.contract import Start, Step

STEPS = 1000
OPTIONS: dict[str, int] = {}
DATA = None
PUBLISHED = {
    "seed": 3,
    "lines": [
        "99 10.655608177185059",
        "199 3.6195263862609863",
        "299 1.653144359588623",
        "399 0.9989959001541138",
        "499 0.712784469127655",
        "599 0.5509689450263977",
        "699 0.44407185912132263",
        "799 0.368024617433548",
        "899 0.3116675019264221",
        "999 0.2681158781051636",
    ],
}

LEARNING_RATE = 1e-4


def train(device: torch.device, steps: int, data: str | None) -> Iterator[Start | Step]:
    """Train for `steps` steps on `device`; `data` is not used."""
    x = torch.arange(8, dtype=torch.float32, device=device).unsqueeze(1)
    y = 10 * x
    model = nn.Sequential(nn.Linear(1, 100), nn.ReLU(), nn.Linear(100, 1)).to(device)
    loss_function = nn.MSELoss(reduction="sum")
    start = Start(model)
    yield start

    for t in range(steps):
        if start.skips(t):
            continue
        loss = loss_function(model(x), y)
        if t % 100 == 99:
            print(t, loss.item())
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.sub_(LEARNING_RATE * parameter.grad)
        yield Step((x, y), loss)
