"""What a refused baseline does with warnings only, on real records with planted refusals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.support import real
from tests.support.answers import CATALOGUE, UNSEEN
from workflows.compare.difference import Difference
from workflows.experiment.load import load
from workflows.experiment.plan import make
from workflows.runs.record import Run
from workflows.runs.watched import PHASES
from workflows.studies.ablation.result import Outcome
from workflows.studies.cures.plan import planned
from workflows.studies.cures.result import Warned
from workflows.studies.cures.run import in_spite, searched
from workflows.studies.cures.search import Search
from workflows.studies.cures.warned import ITSELF, measured, operators, refused

REFUSED = (
    "index_add_cuda_ does not have a deterministic implementation, but you set "
    "'torch.use_deterministic_algorithms(True)'. You can turn off determinism just for this"
)
WARNED = (
    "/project/benchmarks/toy.py:27: UserWarning: {} does not have a deterministic implementation, "
    "but you set 'torch.use_deterministic_algorithms(True, warn_only=True)'. You can file an issue"
)
EXPERIMENT = load(
    {
        "environments": ["cpu"], "devices": ["cpu"], "benchmarks": {"toy": {"steps": real.STEPS}},
        "configurations": [
            "seeded", "strict", {"gently": ["deterministic-warn-only", "memory-fill"]}
        ],
        "repeats": {"toy": 3}, "cures": {"toy": {}},
    },
    CATALOGUE,
)  # fmt: skip
SEEDED, STRICT, GENTLY = planned(EXPERIMENT, make(EXPERIMENT, CATALOGUE, {}), CATALOGUE)
EQUAL = real.watched(real.run("seeded"))


def refusals(count: int = 3) -> list[Run]:
    """Return repeats that ended at an operator, before the first step."""
    empty = {"steps": 0, "moved": 0}
    run = real.change(EQUAL, status="refused", reason=REFUSED, trace=empty)
    return [replace(run, steps=run.steps[:0], losses=run.losses[:0])] * count


class Laboratory:
    """Gives planted runs; remembers what was asked for."""

    def __init__(self, *runs: Run) -> None:
        self.runs, self.asked = runs, list[tuple[list[str], int, int]]()

    def __call__(self, settings: list[str], repeat: int, steps: int) -> Run:
        self.asked.append((settings, repeat, steps))
        return self.runs[repeat % len(self.runs)]


def warning(*names: str, run: Run = EQUAL) -> Run:
    lines = ["loading", *(WARNED.format(name) for name in names), "  x.index_add_(0, i, y)"]
    return real.change(run, printed_errors=lines)


def shown(where: Laboratory, repeats: int = 3) -> Warned:
    found = measured(STRICT, refusals(repeats), CATALOGUE, where)
    assert found is not None
    return found[0]


@pytest.mark.parametrize(("repeats", "runs"), [(2, 2), (3, 3), (9, 4)])
def test_as_many_runs_as_there_are_repeats_with_warnings_only(repeats: int, runs: int) -> None:
    where = Laboratory(warning("index_add_cuda_"))
    found = shown(where, repeats)
    assert str(found) == (
        f"refused by index_add_cuda_; with warnings only: {runs} of {runs} identical"
    )
    settings = {*STRICT.baseline.settings, "deterministic-warn-only"} - {"deterministic-algorithms"}
    ordered = [name for name in CATALOGUE.settings if name in settings]
    assert where.asked == [(ordered, repeat, real.STEPS) for repeat in range(runs)]
    assert CATALOGUE.contradiction(ordered) is None and "memory-fill" in ordered
    assert ordered.index("deterministic-warn-only") < ordered.index("memory-fill"), "it has a fill"


def test_where_they_differ_and_under_which_operators() -> None:
    other = real.flip_step(EQUAL, 3, PHASES.index("weights"))
    both = warning("index_add_cuda_", "scatter_add_cuda_kernel", run=other)
    found = shown(Laboratory(warning("index_add_cuda_"), both))
    assert found.found.first_difference == Difference(phase="weights", step=3)
    assert str(found) == (
        "refused by index_add_cuda_; with warnings only: differs, first in weights at step 3, "
        "under index_add_cuda_, scatter_add_cuda_kernel"
    )


def test_a_program_that_silences_warnings_leaves_the_operator_that_was_refused() -> None:
    found = shown(Laboratory(EQUAL, real.flip_step(EQUAL, 3, PHASES.index("batch"))))
    assert found.operators == [] and str(found).endswith("batch at step 3, under index_add_cuda_")


def test_what_does_not_complete_ends_it() -> None:
    where = Laboratory(*refusals())
    assert str(shown(where)).endswith("with warnings only: refused all the same")
    assert len(where.asked) == 1
    failed = shown(Laboratory(real.change(EQUAL, status="failed", reason="killed")))
    assert str(failed).endswith("with warnings only: failed: killed")


def test_runs_that_agree_dead_say_so() -> None:
    dead = replace(EQUAL, losses=np.full_like(EQUAL.losses, np.nan))
    found = shown(Laboratory(dead))
    assert str(found).endswith("3 of 3 identical, but every loss is nan from step 0")
    still = real.change(EQUAL, trace={"moved": 0})
    assert str(shown(Laboratory(still))).endswith("identical, but no weight moves")


def test_a_program_that_asks_for_it_itself_is_not_run() -> None:
    def nothing(*_: Any) -> Run:
        raise AssertionError("nothing is to be run")

    assert in_spite(SEEDED, refusals(), CATALOGUE, nothing) == {"reason": ITSELF}
    found = in_spite(STRICT, refusals(), CATALOGUE, Laboratory(EQUAL))
    assert (found["runs"], found["steps"]) == (3, real.STEPS)


def test_control_what_is_not_refused_is_left_to_the_search() -> None:
    assert refused(refusals())
    assert not refused([EQUAL, EQUAL]) and not refused([EQUAL, real.flip_step(EQUAL, 3, 5)])
    failed = real.change(EQUAL, status="failed", reason="out of memory")
    assert not refused([*refusals(), failed]), "a failure hides nothing"
    assert searched(STRICT, refusals(), UNSEEN, CATALOGUE, Laboratory(EQUAL)) is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (REFUSED, ["index_add_cuda_"]), (WARNED.format("put_"), ["put_"]),
        (f"2 of 3: {REFUSED}; {REFUSED}", ["index_add_cuda_"]),
        ("[W512 09:12:01.123456789 Context.cpp:98] Warning: kthvalue CUDA does not have a "
         "deterministic implementation, but you set …", ["kthvalue CUDA"]),
        ("a.py:3: UserWarning: Memory Efficient attention defaults to a non-deterministic "
         "algorithm. To explicitly enable determinism call …", ["Memory Efficient attention"]),
        ("but this operation is not deterministic because it uses CuBLAS and you have", ["CuBLAS"]),
        ("the loss is deterministic", []), ("x.py:3: UserWarning: lr_scheduler.step() first", []),
    ],
)  # fmt: skip
def test_operators_are_named_in_pytorchs_words(line: str, found: list[str]) -> None:
    assert operators([line, line]) == found


def test_an_operator_without_a_name_is_said_to_be_so() -> None:
    found = Warned(refused=[], found=Outcome(answer="identical", repeats=2), operators=[])
    assert str(found).startswith("refused by an operator without a name; ")


def test_the_search_adds_nothing_that_contradicts_what_is_there() -> None:
    search = Search(GENTLY, CATALOGUE, Laboratory(EQUAL), 50, lambda *_: ())
    assert search._with([], "deterministic-algorithms") is None
    assert search._with([], "one-thread") == ["one-thread"], "control"
    bare = Search(SEEDED, CATALOGUE, Laboratory(EQUAL), 50, lambda *_: ())
    assert bare._with([], "memory-fill") == ["deterministic-algorithms", "memory-fill"]
    gentle = ["deterministic-warn-only"]
    assert bare._with(gentle, "memory-fill") == [*gentle, "memory-fill"]
