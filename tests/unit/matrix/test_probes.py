"""What the probes found, judged on real runs."""

from __future__ import annotations

import pytest

from tests.support import real
from workflows.experiment.catalogue import Benchmark, Catalogue, Probe, Side
from workflows.matrix.probes import Probing, cure, finding, probings
from workflows.runs.record import Run

PROBE = Probe(source="initial weights", unset=Side(), set=Side(settings=["torch-seed"]))
CATALOGUE = Catalogue.read()
DIFFERS, EQUAL = real.runs("unseeded"), real.runs("seeded")


def found(unset: list[Run], cured: list[Run], probe: Probe = PROBE) -> Probing:
    benchmark = Benchmark(file="x.py", steps=1, options={}, data=None, published=None, probe=probe)
    catalogue = CATALOGUE.model_copy(update={"benchmarks": {"init": benchmark}})
    sides = {"unset": unset, "set": cured}
    combinations = {}
    for side, runs in sides.items():
        base = runs[0].record.run.combination
        combinations[base.model_copy(update={"benchmark": "init", "configuration": side})] = runs
    [one] = probings(combinations, catalogue)
    return one


def test_a_source_that_shows_and_is_cured() -> None:
    one = found(DIFFERS, EQUAL)
    assert (one.finding, one.unset, one.set) == ("shown and cured", "differs", "identical")
    assert (one.cure, one.runs) == (["torch-seed"], (3, 3))


def test_a_cure_that_fails_once_is_no_cure() -> None:
    one = found(DIFFERS, [*EQUAL[:2], real.flip_step(EQUAL[2], 99, 3)])
    assert one.finding == "shown, not cured"


def test_a_source_that_does_not_show_is_not_reproducible() -> None:
    assert found(EQUAL, EQUAL).finding == "not provoked"


def test_controls() -> None:
    control = PROBE.model_copy(update={"unset_shows": "identical"})
    assert found(EQUAL, EQUAL, control).finding == "control held"
    broken = [*EQUAL[:2], real.flip_step(EQUAL[2], 0, 2)]
    assert found(broken, EQUAL, control).finding == "control broken"
    on_cpu = PROBE.model_copy(update={"controls": ["cpu"], "set_shows": "refused"})
    assert found(EQUAL, EQUAL, on_cpu).finding == "control held", "elsewhere it is to be refused"


def test_refusals() -> None:
    refuses = PROBE.model_copy(update={"set_shows": "refused"})
    refused = [real.change(run, status="refused", reason="no deterministic form") for run in EQUAL]
    one = found(DIFFERS, refused, refuses)
    assert (one.finding, one.reason) == ("refused as declared", "no deterministic form")
    assert found(DIFFERS, EQUAL, refuses).finding == "not refused"
    assert found(DIFFERS, refused).finding == "shown, not cured"


@pytest.mark.parametrize("status", ["failed", "not-run"])
def test_one_run_that_did_not_end_decides(status: str) -> None:
    stopped = [*EQUAL[:2], real.change(EQUAL[2], status=status, reason="no GPU")]
    assert found(DIFFERS, stopped).finding == status
    assert found(stopped, EQUAL).finding == status


def test_the_cure_is_what_the_set_side_adds() -> None:
    probe = Probe(
        source="s",
        unset=Side(settings=["torch-seed"], options={"order": "listed", "n": 1}, threads=2),
        set=Side(settings=["torch-seed", "one-thread"], options={"order": "sorted", "n": 1}),
    )
    assert cure(probe) == ["one-thread", "order: sorted", "threads: 1"]
    assert finding(probe.shows("cpu"), "differs", "identical") == "shown and cured"
