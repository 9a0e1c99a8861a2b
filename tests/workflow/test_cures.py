"""Faults of several kinds, through all stages: the place, what was observed, and a tested cure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workflow.project import Project

pytestmark = pytest.mark.late

HEAD = '''"""A small program with a fault."""
import os
import random
import time
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from benchmarks.contract import Start, Step

STEPS = 8
OPTIONS = {options}
DATA = None
PUBLISHED = None
X = torch.arange(64.0).reshape(16, 4) / 64


def descend(model, rate):  # an optimizer of PyTorch's takes its compiler along: as long as the rest
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= rate * parameter.grad
'''
TRAINED = """
        loss = model(rows).square().mean()
        model.zero_grad()
        loss.backward()
        descend(model, 0.1)
        yield Step((rows,), loss)
"""
# A generator of the program's own, seeded by the clock, orders what it trains on.
CLOCK = (
    HEAD.format(options={})
    + """
class Order:
    def __init__(self):
        self.rng = random.Random(time.time_ns())


def train(device, steps, data):
    order = Order()
    model = nn.Linear(4, 1)
    yield Start(model)
    for t in range(steps):
        rows = X[order.rng.sample(range(16), 4)]"""
    + TRAINED
)
# A look at other data after each epoch of four steps draws from the generator of the order, and
# its checkpoint knows nothing of the schedule, but for an option.
STRAYS = (
    HEAD.format(options={"looks": False, "whole": False})
    + """
def look():
    with torch.no_grad():
        list(DataLoader(TensorDataset(X), batch_size=8))


def train(device, steps, data, looks=False, whole=False):
    loader = DataLoader(TensorDataset(X), batch_size=4, shuffle=True)
    model = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5)
    parts = {"model": model, "optimizer": optimizer} | ({"schedule": schedule} if whole else {})
    done = 0

    def save(path):
        states = {name: part.state_dict() for name, part in parts.items()}
        torch.save(states | {"done": done, "drawn": torch.get_rng_state()}, path)

    def load(path):
        nonlocal done
        saved = torch.load(path)
        done = saved["done"]
        torch.set_rng_state(saved["drawn"])
        for name, part in parts.items():
            part.load_state_dict(saved[name])

    yield Start(model, optimizer, save=save, load=load)
    while done < steps:
        for (rows,) in loader:
            loss = model(rows).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            done += 1
            yield Step((rows,), loss)
        if looks:
            look()
"""
)
PROGRAMS = {"clock": CLOCK, "strays": STRAYS}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished experiment with the faults, and what their authors would try."""
    made = Project.copy(
        tmp_path_factory.mktemp("project"),
        benchmarks={name: {} for name in PROGRAMS},
        configurations=["seeded"],
        variations=[
            "baseline",
            {"looks": {"options": {"looks": True}}},
            {"resumed": {"resume": 4, "options": {"looks": False}}},
            {"whole": {"resume": 4, "options": {"looks": False, "whole": True}}},
        ],
        repeats={**dict.fromkeys(PROGRAMS, 2), "variations": 2},
        cures={"clock": {}, "strays": {"runs": 4}},
    )
    for name, text in PROGRAMS.items():
        (made.folder / "benchmarks" / f"{name}.py").write_text(text)
    done = made.snakemake("results/matrix.json")
    assert done.returncode == 0, done.stderr
    return made


def lost(project: Project, variation: str) -> dict[str, Any]:
    """Return what the matrix says of a variation."""
    [found] = [each for each in project.matrix["kept"] if each["variation"] == variation]
    answer: dict[str, Any] = found
    return answer


def line(program: str, words: str) -> int:
    """Return the number of the one line that has the words."""
    [found] = [number for number, each in enumerate(program.splitlines(), 1) if words in each]
    return found


def runs(project: Project, name: str) -> int:
    path = project.folder / "results" / "cures" / f"{name}.json"
    found: int = json.loads(path.read_text())["runs"]
    return found


def test_what_no_seed_reaches_is_named_and_cured(project: Project) -> None:
    cell = project.cell("clock", "seeded")
    place, cause = cell["first_difference"], cell["cause"]
    assert (cell["verdict"], place["phase"], place["step"]) == ("differs", "batch", 0)
    assert cause["what"].endswith(
        "; seen: random.Random(<from the clock>) "
        f"(benchmarks/clock.py:{line(CLOCK, 'random.Random(')} in Order.__init__)"
    )
    assert (cause["cure"], cause["evidence"]) == (["entropy-seeded"], "tested")
    assert runs(project, "cpu/cpu/clock/seeded") <= 8


def test_a_stray_draw_is_named_and_what_keeps_the_letter_is_found(project: Project) -> None:
    found = lost(project, "looks")
    place, cause = found["first_difference"], found["cause"]
    assert (found["answer"], place["phase"], place["step"]) == ("lost", "batch", 4)
    assert "random state differs since the end of step 3 (PyTorch's generator)" in cause["what"]
    where = f"(benchmarks/strays.py:{line(STRAYS, 'batch_size=8')} in look)"
    assert f"batch_size=8)) {where}" in cause["what"]
    assert (cause["cure"], cause["evidence"]) == (["sampler-generator"], "tested")
    assert runs(project, "variation/cpu/cpu/strays/seeded/looks") == 4


def test_a_checkpoint_of_the_programs_own_that_lacks_something_is_found(project: Project) -> None:
    found = lost(project, "resumed")
    place, cause = found["first_difference"], found["cause"]
    assert (found["answer"], place["phase"], place["step"]) == ("lost", "state", 4)
    assert (cause["cure"], cause["evidence"]) == (["whole = True"], "tested")
    assert lost(project, "whole")["answer"] == "kept", "control"
