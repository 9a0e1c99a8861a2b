"""An operator that real PyTorch refuses on a CPU: warned of instead, named, and measured."""

from __future__ import annotations

import pytest

from tests.support.answers import CATALOGUE
from tests.torch.runner import Runner
from workflows.experiment.load import load
from workflows.experiment.plan import make
from workflows.runs.record import Run
from workflows.studies.cures.plan import planned
from workflows.studies.cures.warned import measured, operators

PUT = """with torch.no_grad():
            w.put_(torch.tensor([1, 1]), torch.tensor([1.0, VALUE]))
            w.put_(torch.tensor([2, 2]), torch.tensor([1.0, 2.0]))"""
EQUAL = PUT.replace("VALUE", "2.0")
OTHER = PUT.replace("VALUE", "float(int.from_bytes(os.urandom(3), 'big')) if t == 2 else 2.0")
SILENT = "import warnings; warnings.simplefilter('ignore')\n        " + EQUAL
ITSELF = "torch.use_deterministic_algorithms(True)\n        " + EQUAL
STRICT = ["torch-seed", "deterministic-algorithms", "memory-fill"]
GENTLE = ["torch-seed", "deterministic-warn-only", "memory-fill"]
EXPERIMENT = load(
    {
        "environments": ["cpu"], "devices": ["cpu"], "benchmarks": {"toy": {"steps": 5}},
        "configurations": [{"mine": STRICT}], "repeats": {"toy": 3}, "cures": {"toy": {}},
    },
    CATALOGUE,
)  # fmt: skip
[PLAN] = planned(EXPERIMENT, make(EXPERIMENT, CATALOGUE, {}), CATALOGUE)


def test_it_warns_where_strict_mode_refuses(run: Runner) -> None:
    strict = run("putting", "--settings", ",".join(STRICT), body=EQUAL)
    assert strict.record.status == "refused"
    assert operators([strict.record.reason or ""]) == ["put_"]
    gentle = run("putting", "--settings", ",".join(GENTLE))
    assert (gentle.record.status, gentle.record.trace.steps) == ("completed", 5)
    assert operators(gentle.record.printed_errors) == ["put_"], "once, however often it ran"
    assert gentle.record.settings == dict.fromkeys(GENTLE, "applied")
    bare = run("putting", "--settings", "torch-seed")
    assert operators(bare.record.printed_errors) == [], "control"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (EQUAL, "3 of 3 identical"),
        (OTHER, "differs, first in loss at step 2, under put_"),
        (SILENT, "3 of 3 identical"),
        (ITSELF, "refused all the same"),
    ],
    ids=["equal", "differs", "silenced", "itself"],
)
def test_what_is_refused_is_measured(run: Runner, body: str, said: str) -> None:
    refused = run("putting", "--settings", ",".join(STRICT), body=body)

    def obtain(settings: list[str], _repeat: int, steps: int) -> Run:
        assert sorted(settings) == sorted(GENTLE)
        return run("putting", "--settings", ",".join(settings), "--steps", str(steps))

    found = measured(PLAN, [refused] * 3, CATALOGUE, obtain)
    assert found is not None
    assert str(found[0]) == f"refused by put_; with warnings only: {said}"


def test_the_fill_is_a_setting_of_its_own_here_too(run: Runner) -> None:
    body = "print(torch.empty(3).tolist())"
    settings = ["torch-seed", "deterministic-warn-only"]
    filled = run("filling", "--settings", ",".join([*settings, "memory-fill"]), body=body)
    assert filled.record.printed[0] == "[nan, nan, nan]"
    bare = run("filling", "--settings", ",".join(settings))
    assert bare.record.printed[0] != "[nan, nan, nan]", "control"
