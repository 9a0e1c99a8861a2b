"""A name stands for what was asked under it: another meaning is never vouched for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support import finished
from tests.support.forging import with_code
from tests.support.tampering import assert_refused, zipped
from workflows.common.errors import UserError
from workflows.common.files import write_json
from workflows.environments.definition import devices
from workflows.experiment.model import Bound
from workflows.experiment.plan import make
from workflows.experiment.planned import Planned
from workflows.publication.archive import write_sums
from workflows.publication.check.meaning import check_size, completed, differing, drives
from workflows.publication.check.opened import opened
from workflows.publication.publish import publish
from workflows.publication.verify.answers import under_its_name
from workflows.publication.verify.conclusion import OPEN, outcome
from workflows.publication.verify.model import Checked

CELL = "cpu/cpu/toy/unseeded/baseline"
CONFIGURATIONS = finished.CATALOGUE.configurations
STRICT = CONFIGURATIONS["strict"]
OTHER = finished.CATALOGUE.model_copy(
    update={"configurations": CONFIGURATIONS | {"unseeded": STRICT}}
)
"""As another version of Reprise might have it: there `unseeded` is what `strict` is here."""


def elsewhere(folder: Path) -> Path:
    """Publish the campaign of a Reprise in which `unseeded` stands for something else."""
    experiment = finished.planned().experiment
    plan = make(experiment, OTHER, {})
    results = finished.records(folder / "results")
    identities = dict(finished.planned().identities)
    for repeat in range(3):
        source = results / f"runs/cpu/cpu/toy/strict/baseline/{repeat}.json"
        target = results / f"runs/{CELL}/{repeat}.json"
        record = json.loads(source.read_text())
        record["run"]["configuration"] = "unseeded"
        record["timing"]["seconds"] += 1
        identities[f"{CELL}/{repeat}"] = record["identity"]
        write_json(target, record)
        shutil.copyfile(source.with_suffix(".npz"), target.with_suffix(".npz"))
    planned = Planned(
        experiment=experiment, engine="venv", why="engine venv", plan=plan, identities=identities
    )
    finished.judge(results, planned, OTHER)
    publish(results, folder / "publication", "whole", None)
    return folder / "publication"


def test_another_meaning_by_this_very_code_is_refused(tmp_path: Path) -> None:
    folder = elsewhere(tmp_path)
    assert_refused(folder, tmp_path, "plan.json: runs: cpu/cpu/toy/unseeded/baseline/0: settings: ")


def test_another_meaning_by_other_code_is_not_vouched_for(tmp_path: Path) -> None:
    folder = elsewhere(tmp_path)
    with_code("0" * 64)(folder)
    write_sums(folder)
    found = opened(zipped(folder), tmp_path / "opened", None)
    assert [*found.meanings] == [CELL]
    [reason] = found.meanings[CELL]
    assert reason.startswith("settings of `unseeded` differ from this checkout's: here also none")
    assert reason.endswith(f"there {', '.join(STRICT)}")
    assert f"names not vouched for: {CELL}: {reason}" in str(found.account)


def test_what_is_not_vouched_for_is_never_reproduced() -> None:
    good = Checked(cell=CELL, answer="reproduced", runs=1, steps=100)
    assert under_its_name(good, []) == good
    found = under_its_name(good, ["settings of `unseeded` differ"])
    assert outcome([good]) == 0 and outcome([good, found]) == OPEN
    assert found.notes == ["settings of `unseeded` differ"]
    words = "reproduced bit for bit, but not under its name (100 steps compared)"
    assert str(found) == f"{CELL}: {words}"
    earlier = under_its_name(good, ["settings of `unseeded` differ"], earlier=True)
    assert (earlier.answer, outcome([earlier])) == ("renamed", 0), "all that it names, and more"
    bad = Checked(cell=CELL, answer="differs")
    assert under_its_name(bad, ["other"]).answer == "differs"


def test_every_field_of_a_run_counts() -> None:
    run = next(run for run in finished.planned(wide=True).plan.runs if run.variation == "threads-2")
    assert differing(run, run) == []
    for field, value, words in (
        ("settings", [], "settings of `seeded` differ from this checkout's: here also none"),
        ("threads", 3, "threads of `threads-2` differ from this checkout's: published 2, here 3"),
        ("seed", 4, "seed of `threads-2` differ"), ("options", {"x": 1}, "options of `threads-2`"),
        ("resume", 5, "resume of `threads-2`"), ("flip", 5, "flip of `threads-2`"),
    ):  # fmt: skip
        [reason] = differing(run, run.model_copy(update={field: value}))
        assert words in reason
    assert differing(run, None) == [f"this checkout plans no run {run.path}"]


def test_an_option_that_a_benchmark_got_since_stands_at_its_default() -> None:
    run = next(run for run in finished.planned(wide=True).plan.runs if run.variation == "threads-2")
    toy = finished.CATALOGUE.benchmarks["toy"].model_copy(update={"options": {"more": 1}})
    catalogue = finished.CATALOGUE.model_copy(update={"benchmarks": {"toy": toy}})
    before, now = completed(run, catalogue), run.model_copy(update={"options": {"more": 1}})
    assert before == now and differing(before, now) == []
    other = run.model_copy(update={"options": {"more": 2}})
    assert completed(other, catalogue) == other and differing(before, other), "control"


def test_an_experiment_without_end_is_refused() -> None:
    experiment = finished.planned().experiment
    check_size(experiment, finished.CATALOGUE)
    endless = experiment.model_copy(update={"repeats": {"toy": Bound(sure=0.95, below=1e-9)}})
    with pytest.raises(UserError, match="means more than 1,000,000 runs; refused"):
        check_size(endless, finished.CATALOGUE)


def test_devices_are_those_of_the_publications_own_locks(tmp_path: Path) -> None:
    found = opened(finished.publication(tmp_path), tmp_path / "opened", None)
    assert drives(found) == {"cpu": ["cpu"]}
    cuda = Path("containers/cuda/requirements.lock").read_bytes()
    (found.folder / "locks" / "cpu.lock").write_bytes(cuda)
    assert drives(found) == {"cpu": devices()["cuda"]}
