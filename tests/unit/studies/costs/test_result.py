"""The table of costs: what the rounds allow to say, and what they do not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from workflows.common.errors import UserError
from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.load import load
from workflows.runs.record import ImageUsed, Status
from workflows.studies.costs.judge import judge
from workflows.studies.costs.plan import AGAIN, TRACED, measurements
from workflows.studies.costs.result import CostMachine, Costs, Round, Row, Timed
from workflows.studies.costs.table import CONTROL, TRACING, notes, places, table

CATALOGUE = Catalogue.read()
CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
ASKED = {"configurations": ["seeded", "strict"], "costs": {"toy": {"rounds": 6}}}
CPU, CUDA = measurements(
    load({**CONFIG, **ASKED}, CATALOGUE), CATALOGUE, {"cpu": ["cpu"], "cuda": ["cuda"]}
)
NOISE = (0.002, -0.002, 0.001, -0.001, 0.003, -0.003)
MACHINE = CostMachine(processor="a processor", cores=2)
IMAGE = ImageUsed(engine="venv", isolation="none", content_digest="0" * 64)


def timed(seconds: float) -> Timed:
    return Timed(status="completed", reason=None, seconds=seconds)


def rounds(**slower: float) -> list[Round]:
    """Return six rounds in which some arms are slower by a share."""
    more = {AGAIN: 0.0, TRACED: 0.0, "seeded": 0.0, "strict": 0.0, **slower}
    return [
        Round(
            started="2026-11-24T00:00:00+00:00", load_before=0.5, load_after=1.5,
            arms={"unseeded": timed(1e-3)}
            | {arm: timed(1e-3 * (1 + share) * (1 + noise)) for arm, share in more.items()},
        )
        for noise in NOISE
    ]  # fmt: skip


def stop(found: list[Round], arm: str, status: Status, first: int, *, last: bool = False) -> None:
    """Let an arm end otherwise in one round, and be left out after it (or end all: `last`)."""
    found[first].arms[arm] = Timed(status=status, reason="planted", seconds=None)
    for each in found[first + 1 :]:
        del each.arms[arm]
    if last:
        del found[first + 1 :]


def judged(found: list[Round]) -> Costs:
    return judge(CPU, found, MACHINE, IMAGE, "0" * 64)


def by_name(costs: Costs) -> dict[str, Row]:
    return {row.configuration: row for row in costs.rows}


def test_a_cost_is_found_and_the_control_holds() -> None:
    costs = judged(rounds(strict=0.05))
    assert costs.disturbed is None and costs.confidence == 0.96875
    assert by_name(costs)["strict"].words == "costs 5.0 % (4.7 to 5.3)"
    assert by_name(costs)["seeded"].words == "no measurable cost (-0.3 to +0.3 %)"
    assert costs.control.verdict == costs.tracing.verdict == "no measurable cost"
    assert list(by_name(costs)) == ["seeded", "strict"], "the reference has no row"


def test_the_price_of_tracing_has_a_row() -> None:
    costs = judged(rounds(**{TRACED: 0.5}))
    assert costs.tracing.words == "costs 50.0 % (49.6 to 50.4)" and costs.disturbed is None


@pytest.mark.parametrize("share", [0.05, -0.05])
def test_a_control_that_shows_a_cost_takes_the_trust_from_every_row(share: float) -> None:
    costs = judged(rounds(**{AGAIN: share, "strict": 0.05}))
    assert costs.disturbed is not None
    assert costs.disturbed.startswith("the same configuration against itself came out as: ")
    shown = {line[0]: line[1] for line in table([costs])[1]}
    assert all("not to be trusted" in words for name, words in shown.items() if name != CONTROL)
    assert any("NOT TO BE TRUSTED" in line for line in notes([costs]))


def test_without_a_control_nothing_is_trusted() -> None:
    found = rounds(strict=0.05)
    stop(found, AGAIN, "failed", 2)
    costs = judged(found)
    assert costs.disturbed == "the control failed: planted (round 2)"
    assert "not to be trusted: costs" in str(table([costs])[1])


@pytest.mark.parametrize("status", ["refused", "failed"])
@pytest.mark.parametrize("first", [0, 5])
def test_a_run_that_did_not_complete_has_no_cost(status: Status, first: int) -> None:
    found = rounds()
    stop(found, "strict", status, first)
    row = by_name(judged(found))["strict"]
    assert (row.verdict, row.words, row.estimate) == (status, status, None)
    assert row.reason == f"planted (round {first})"
    assert by_name(judged(found))["seeded"].estimate is not None, "the others go on"


def test_without_the_reference_nothing_is_known() -> None:
    found = rounds()
    stop(found, "unseeded", "not-run", 0, last=True)
    costs = judged(found)
    assert {row.verdict for row in [*costs.rows, costs.control, costs.tracing]} == {"not-run"}
    assert costs.rows[0].reason == "the reference unseeded: planted (round 0)"
    assert costs.disturbed is not None


def test_a_round_that_lacks_an_arm_is_refused() -> None:
    found = rounds()
    del found[4].arms["strict"]
    with pytest.raises(UserError, match="round 4 has no run of strict"):
        judged(found)


def test_too_few_rounds_are_refused() -> None:
    with pytest.raises(UserError, match="5 of 6 rounds"):
        judged(rounds()[:5])


def test_tracing_on_a_gpu_is_not_timed() -> None:
    found = rounds()
    for each in found:
        del each.arms[TRACED]
    machine = MACHINE.model_copy(update={"gpu": "a GPU"})
    costs = judge(CUDA, found, machine, IMAGE, "0" * 64)
    assert costs.tracing.verdict == "not-run" and costs.disturbed is None
    assert any("a GPU" in line for line in notes([costs]))


def test_one_table_for_each_place() -> None:
    costs = judged(rounds(strict=0.05))
    other = costs.model_copy(update={"benchmark": "cifar10", "rows": costs.rows[:1]})
    [(title, group)] = places([costs, other])
    heads, lines = table(group)
    assert title == "cpu on cpu: what each configuration costs"
    assert heads == ["step time against unseeded", "toy", "cifar10"]
    assert [line[0] for line in lines] == ["seeded", "strict", TRACING, CONTROL]
    assert lines[1] == ["strict", "costs 5.0 % (4.7 to 5.3)", ""]
    assert "interval at 96.9 %" in notes(group)[0] and "load 0.5 to 1.5" in notes(group)[0]


def test_the_table_is_read_from_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "toy.json"
    path.write_text(judged(rounds()).model_dump_json())
    assert Costs.load(path) == judged(rounds())
    path.write_text("{}")
    with pytest.raises(UserError, match="environment: Field required; make it again"):
        Costs.load(path)
