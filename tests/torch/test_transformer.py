"""The small GPT: seeded trainings repeat, others part, and a planted bit is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.contract import Start
from benchmarks.harness.intervene import flip
from benchmarks.harness.load import load
from benchmarks.harness.trace import Tracer
from benchmarks.harness.traced import PHASES, Trace

PROGRAM: Any = load("transformer")
CPU = torch.device("cpu")


def traced(seed: int, place: str = "", **options: Any) -> Trace:
    """Train four steps; with a `place` a bit is flipped there in step 2."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    tracer, weights = Tracer(CPU), None
    events = PROGRAM.train(CPU, 4, None, **options)
    tracer.follow(events, PROGRAM)
    for taken, event in enumerate(events, -1):
        if isinstance(event, Start):
            weights = event.weights
            tracer.start(event)
            continue
        if place and taken == 2:
            flip(place, weights, tracer.optimizers, "cpu")
        tracer.step(event.batch, event.loss)
    found = tracer.finish()
    tracer.close()
    return found


def parted(one: Trace, other: Trace) -> str | None:
    """Return where two trainings first differ."""
    if not np.array_equal(one.initial, other.initial):
        return "initial weights"
    places = np.argwhere(one.steps != other.steps)
    return f"{PHASES[places[0][1]]} at step {places[0][0]}" if len(places) else None


@pytest.fixture(scope="module")
def seeded() -> Trace:
    """A seeded training, that others are held against."""
    return traced(3)


def test_a_seeded_training_repeats(seeded: Trace) -> None:
    again = traced(3)
    assert parted(seeded, again) is None and seeded.final_weights == again.final_weights
    assert len(again.steps) == 4 and seeded.moved == len(seeded.tensors)


def test_another_seed_differs_from_the_initial_weights_on(seeded: Trace) -> None:
    assert parted(seeded, traced(4)) == "initial weights"


@pytest.mark.parametrize(
    ("place", "found"), [("weights", "weights at step 2"), ("optimizer", "state at step 2")]
)
def test_a_planted_bit_is_found_at_its_step_and_phase(
    seeded: Trace, place: str, found: str
) -> None:
    assert parted(seeded, traced(3, place)) == found


@pytest.mark.parametrize("options", [{"dropout": 0.0}, {"amp": True}])
def test_dropout_and_mixed_precision_act_from_the_first_loss_on(
    seeded: Trace, options: dict[str, Any]
) -> None:
    assert parted(seeded, traced(3, **options)) == "loss at step 0"


def test_what_comes_later_is_not_seen() -> None:
    torch.manual_seed(1)
    model = PROGRAM.Writer(9, 0.0)
    letters = torch.randint(9, (2, PROGRAM.CONTEXT))
    later = letters.clone()
    later[:, 20:] = (later[:, 20:] + 1) % 9
    before, after = model(letters), model(later)
    torch.testing.assert_close(before[:, :20], after[:, :20])
    assert not torch.allclose(before[:, 20:], after[:, 20:]), "control"


def test_a_passages_targets_are_its_next_letters() -> None:
    inputs, targets = PROGRAM.passages(torch.arange(500))
    assert inputs.shape == targets.shape == (PROGRAM.BATCH, PROGRAM.CONTEXT)
    assert torch.equal(inputs + 1, targets)
