"""What a program holds beside its weights: a change of any of it is found where it is made."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR

from benchmarks.contract import Start, Step
from benchmarks.harness.fingerprint import Fingerprint
from tests.torch.held import AT, KINDS, Kept, kept, plain, train
from tests.torch.watching import apart, column, traced


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_carries_a_run_forward_is_watched(kind: str) -> None:
    hold, spoil = KINDS[kind]
    clean, again, other = (traced(train, hold, one) for one in (None, None, spoil))
    kept().clear()
    assert apart(clean, again) == [] and clean.final_state == again.final_state, "control"
    assert (clean.ends == again.ends).all()
    assert apart(clean, other)[0] == (AT, "state")
    assert clean.final_state != other.final_state


def test_a_write_that_leaves_no_mark_is_found_at_the_end() -> None:
    """One element of a large tensor through `.data`: no version tells, no sample shows it."""
    hold = plain(lambda: torch.zeros(2**19))
    clean, other = (
        traced(train, hold, spoil) for spoil in (None, lambda h, m, o: h.data[77:78].add_(1))
    )
    assert apart(clean, other) == [] and clean.final_state != other.final_state
    assert clean.ends[6] != other.ends[6] and clean.ends[5] == other.ends[5]


def test_what_was_held_otherwise_from_the_start_shows_there() -> None:
    one, other = (traced(train, plain(lambda v=v: torch.full((3,), v)), None) for v in (0.0, 1.0))
    assert one.ends[5] != other.ends[5] and (one.initial == other.initial).all()


def drifting(by: str) -> Iterator[Any]:
    """Hold what differs from run to run and carries nothing forward."""
    model, first, kept = nn.Linear(4, 3), time.perf_counter(), Kept(0.0)
    stamps: list[float] = []
    scratch = None
    yield Start(model)
    for _ in range(4):
        loss = model(torch.ones(2, 4)).sum()
        noise = random.SystemRandom().random()
        if by == "a local that is written before it is read":
            scratch = torch.full((100,), noise)
            assert scratch is not None
        if by == "numbers":
            first, kept.value = first + noise, noise
            stamps.append(time.perf_counter())
        yield Step((), loss)
    assert first and stamps is not None


@pytest.mark.parametrize("by", ["a local that is written before it is read", "numbers", "none"])
def test_what_carries_nothing_forward_makes_no_difference(by: str) -> None:
    one, other = traced(drifting, by), traced(drifting, by)
    assert apart(one, other) == [] and one.final_state == other.final_state
    assert one.unwatched == (["numbers: first, kept.value, stamps"] if by == "numbers" else [])


def rows(spoil: bool) -> Iterator[Any]:
    """Change plain numbers that are not the newest of their container."""
    model, short, long, table = nn.Linear(4, 3), [0.0] * 9, [0] * 100, dict.fromkeys(range(99), 0.0)
    yield Start(model)
    for step in range(4):
        if spoil:
            short[0], long[step], table[5] = float(step), step + 1, float(step)
        yield Step((), model(torch.ones(2, 4)).sum())
    assert short and long and table


def test_numbers_that_are_not_the_newest_are_named_where_they_change() -> None:
    assert traced(rows, True).unwatched == ["numbers: long, short, table"]
    assert traced(rows, False).unwatched == [], "control"


def hidden_optimizer(spoil: bool) -> Iterator[Any]:
    """Keep an optimizer where no walk can go: in an object of another library."""
    model, other = nn.Linear(4, 3), nn.Linear(4, 3)
    kept = random.Random(0)
    kept.optimizer = torch.optim.Adam(other.parameters())  # type: ignore[attr-defined]
    yield Start(model)
    for step in range(5):
        loss = (model(torch.ones(2, 4)) + other(torch.ones(2, 4))).square().sum()
        kept.optimizer.zero_grad()  # type: ignore[attr-defined]
        loss.backward()
        if spoil and step == AT:
            other.bias.grad.add_(1)
        kept.optimizer.step()  # type: ignore[attr-defined]
        yield Step((), loss)


def test_an_optimizer_that_is_out_of_reach_is_seen_when_it_steps() -> None:
    clean, other = traced(hidden_optimizer, False), traced(hidden_optimizer, True)
    assert apart(clean, other)[0] == (AT, "gradients"), "and its parameters are among the leaves"
    assert any(name.startswith("Adam.state[") for name in clean.state_tensors)


def many(count: int) -> Iterator[Any]:
    model, history = nn.Linear(4, 3), []
    yield Start(model)
    for step in range(count):
        history.append(torch.tensor(float(step)))
        yield Step((), history[-1])
    assert history


def test_of_a_long_list_what_comes_in_is_looked_at() -> None:
    found = traced(many, 70)
    assert len(set(column(found, "state").tolist())) == 70
    assert found.unwatched == ["history: only the last 64 of its elements were looked at"]
    assert traced(many, 60).unwatched == [], "control"


def test_names_are_those_of_the_program() -> None:
    found = traced(train, lambda m, o: OneCycleLR(o, 0.02, total_steps=60), None)
    names = found.state_tensors
    assert "model.mean (buffer)" in names and "model.copy" in names
    assert "optimizer.state[weight].momentum_buffer" in names
    assert "optimizer.group[0].lr" in names and "held.last_epoch" in names
    assert not any(name.startswith(("x", "loss", "step")) for name in names)
    assert found.moved == 2


def strided(spoil: bool) -> Iterator[Any]:
    weight = torch.ones(10)[::2]
    yield Start({"w": weight, "dense": torch.ones(3, 2).t()})
    for step in range(5):
        if spoil and step == AT:
            weight._base[1] = 2.0
        yield Step((), torch.tensor(1.0))


def test_memory_between_the_elements_of_a_weight_is_watched() -> None:
    clean, other = traced(strided, False), traced(strided, True)
    assert apart(clean, other)[0] == (AT, "state")
    assert "w (memory between its elements)" in clean.state_tensors
    assert not any(name.startswith("dense") for name in clean.state_tensors)


@pytest.mark.parametrize("kind", ["momentum", "a large tensor", "an array", "a conjugated one"])
def test_the_way_of_a_gpu_gives_the_trace_of_a_cpu(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = traced(train, *KINDS[kind])
    whole = Fingerprint.__init__

    def elsewhere(self: Fingerprint, *arguments: Any) -> None:
        whole(self, *arguments)
        self.on_cpu = False

    monkeypatch.setattr(Fingerprint, "__init__", elsewhere)
    other = traced(train, *KINDS[kind])
    assert apart(one, other) == [] and (one.ends == other.ends).all()
    assert (one.initial == other.initial).all() and one.final_state == other.final_state
