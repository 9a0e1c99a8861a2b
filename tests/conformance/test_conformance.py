"""Every row of the table: the control repeats, the planted bit is found where it was planted.

In the interpreter of the pinned environment, unchanged scripts, real processes.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conformance.rows import ROWS, Row, table
from tests.conformance.scripts import loop
from tests.conformance.trial import Trial, take
from tests.conftest import Need
from workflows.check.judged import judged, parting
from workflows.check.repeated import Check
from workflows.check.words import untraced
from workflows.common.paths import ROOT
from workflows.compare.together import TOLD

pytestmark = [pytest.mark.late, pytest.mark.usefixtures("interpreter")]

PAGE = ROOT / "docs" / "how-to" / "own-training.md"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_planted_bit_is_found_where_it_is_and_the_control_repeats(
    row: Row,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    need: Need,
    request: pytest.FixtureRequest,
) -> None:
    if row.needs == "compiler":
        need("compiler", None if shutil.which("g++") else "no C++ compiler")
    if row.needs == "frameworks":
        take(request.getfixturevalue("frameworks"), monkeypatch)
    trial = Trial(tmp_path, row, monkeypatch)
    runs = [trial(), trial()]
    first = runs[0].record
    assert [process.name for process in first.processes] == [*row.processes]
    assert not any(process.fault for process in first.processes), first.processes
    assert {process.trace.steps for process in first.processes} <= {row.steps}
    if row.name == "a script that crashes":
        found = judged(runs)
        assert (found.verdict, found.repeats) == ("failed", 0)
        assert "ValueError: planted" in str(found.reason)
        return
    if row.phase is None:
        assert "-I" in untraced(first)
        assert judged(runs).verdict == "failed"  # it prints nothing either
        return
    assert judged(runs).verdict == "identical", judged(runs)
    faulty = [runs[0], trial(fault=True)]
    found = judged(faulty)
    assert found.first_difference is not None
    assert (found.first_difference.phase, found.first_difference.step) == (row.phase, row.step)
    if len(row.processes) > 1:
        assert row.processes[parting(faulty)] == row.processes[-1]


@pytest.mark.parametrize("step", [0, 2])
def test_a_source_belongs_to_the_step_whose_weights_it_changes(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after the optimizer's own step; one of the next step is not looked for any more."""
    changes = "if step == {}: net[0].weight.data.add_(os.urandom({})[0])"
    after = f"{changes.format(step, 1)}\n    {changes.format(step + 1, 2)}"
    script = loop(after=after)
    trial = Trial(tmp_path, replace(ROWS[0], script=script), monkeypatch)
    [process] = trial(observe=step).record.processes
    read = [one for one in process.sources or [] if one.kind == "read"]
    assert [(one.step, "urandom(1)" in one.what) for one in read] == [(step, True)], read


@pytest.mark.parametrize(("of", "step"), [(0, -1), (2, 0)])
def test_all_passes_of_the_first_step_are_looked_at(
    of: int, step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the last of three, though no optimizer had told that they are one step."""
    changes = f"if step == {of}: loss = loss * (1 + os.urandom(1)[0])"
    accumulated = loop(loss=changes).replace("zero_grad()", "zero_grad() if step % 3 == 0 else 0")
    accumulated = accumulated.replace(
        "    optimizer.step()", "    step % 3 == 2 and optimizer.step()"
    )
    trial = Trial(tmp_path, replace(ROWS[0], script=accumulated), monkeypatch)
    [process] = trial(observe=0).record.processes
    assert process.trace.steps == 2
    read = [one for one in process.sources or [] if "urandom(1)" in one.what]
    assert [(one.step, one.kind) for one in read] == [(step, "read")], process.sources


@pytest.mark.parametrize("made", ["time.time_ns()", "3"])
def test_a_seed_that_is_another_in_each_run_is_named_wherever_it_came_from(
    made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By way of an attribute of another file's object: no text shows it, both runs do."""
    (tmp_path / "own.py").write_text(
        f"import time\n\n\nclass Settings:\n    def __init__(self):\n        self.seed = {made}\n"
    )
    chance = "if step == 1: loss = loss * (1 + os.urandom(1)[0])" if made == "3" else "pass"
    script = "import own\ntorch.manual_seed(own.Settings().seed)\n" + loop(loss=chance)
    trial = Trial(tmp_path, replace(ROWS[0], script=script), monkeypatch)
    shutil.move(tmp_path / "own.py", tmp_path / "project" / "own.py")
    check = Check(trial.launch, tmp_path / "checked", [], 2, 1, lambda _what, _more: None)
    found = [one for one in check.answer().sources or [] if one.what.endswith(TOLD["seed"][1])]
    wanted = [f"torch.manual_seed(own.Settings().seed){TOLD['seed'][1]}"] if made != "3" else []
    assert [one.what for one in found] == wanted


def test_a_number_from_the_kernel_is_named_and_no_line_that_draws_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The generator parts at the line that draws so many; the one before it draws alike."""
    many = "many = int(open('/proc/uptime').read().split()[0].replace('.', '')) % 97\n"
    drawn = "if step == 0: loss = loss + (noise := torch.randn(many + 2)).sum()"
    script = loop(loss=drawn).replace("\nloader", f"\n{many}\nloader")
    trial = Trial(tmp_path, replace(ROWS[0], script=script), monkeypatch)
    check = Check(trial.launch, tmp_path / "checked", [], 2, 1, lambda _what, _more: None)
    answer = check.answer()
    found = {one.kind: one.what for one in answer.sources or []}
    assert found["read"] == "open('/proc/uptime')"
    drew = [one.what for one in answer.sources or [] if one.kind == "draw" and ":" in one.what]
    assert len(drew) == 1 and "noise" in drew[0], drew
    assert all(what in " ".join(answer.cause) for what in (found["read"], drew[0])), answer


RACING = """
from concurrent.futures import ThreadPoolExecutor, as_completed
pool = ThreadPoolExecutor(4)


def work(number):
    time.sleep(time.monotonic_ns() // 1000 % 7 / 200)
    return x[number]


def gathered():
    asked = {{pool.submit(work, number): number for number in range(8)}}
    done = [future.result() for future in as_completed(asked)]
    return {taken}


"""


@pytest.mark.parametrize("kept", [True, False])
def test_an_order_that_is_another_in_each_run_is_named_and_cured(
    kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = "torch.stack(done)" if kept else "torch.stack(done).sort(0).values"
    script = loop(loss="loss = loss + (net(gathered()).T * torch.arange(8)).sum()")
    script = "import time\n" + script.replace("\nloader", RACING.format(taken=taken) + "loader")
    trial = Trial(tmp_path, replace(ROWS[0], script=script), monkeypatch)
    check = Check(trial.launch, tmp_path / "checked", [], 2, 12, lambda _what, _more: None)
    answer = check.answer()
    raced = [one for one in answer.sources or [] if one.kind == "race"]
    if not kept:
        assert answer.result == "repeats", "control: put in order again"
        return
    assert len(raced) == 1 and raced[0].what.endswith(TOLD["order"][1]), raced
    assert "as_completed(asked)" in raced[0].what and raced[0].what in " ".join(answer.cause)
    assert answer.cure is not None and answer.cure.settings == ["in-order"]


QUEUED = """
import multiprocessing
fork = multiprocessing.get_context("fork")
box = fork.Queue()


def produce(first):
    for number in range(first, 48, {producers}):
        time.sleep(time.monotonic_ns() // 1000 % 7 / 100)  # longer than a busy machine takes
        box.put((number, x[number % 24].tolist()))


for first in range({producers}):
    fork.Process(target=produce, args=(first,), daemon=True).start()
"""


@pytest.mark.parametrize("producers", [4, 1])
def test_an_order_in_which_processes_queue_is_named(
    producers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = "torch.tensor([box.get()[1] for _ in range(8)])"
    script = loop(loss=f"loss = loss + (net({taken}).T * torch.arange(8)).sum()")
    queued = QUEUED.format(producers=producers)
    script = "import time\n" + script.replace("\nloader", queued + "loader")
    trial = Trial(tmp_path, replace(ROWS[0], script=script), monkeypatch)
    answer = Check(trial.launch, tmp_path / "checked", [], 2, 1, lambda _what, _more: None).answer()
    if producers == 1:
        assert answer.result == "repeats", "control: one alone has its own order"
        return
    raced = [one.what for one in answer.sources or [] if one.kind == "race"]
    assert raced == [f"box.get(){TOLD['order'][1]}"] and raced[0] in " ".join(answer.cause)


def test_a_schedule_after_the_last_step_is_no_difference_to_a_longer_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stops = (
        "flip(net[0].weight, step == {})\n    schedule.step()\n    if FAULT and step == 3: break"
    )
    for flipped, phase, step in ((99, "length", 4), (2, "weights", 2)):
        script = loop(after=stops.format(flipped)).replace(
            "\nloader",
            "\nschedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)\nloader",
        )
        folder = tmp_path / phase
        folder.mkdir()
        trial = Trial(folder, replace(ROWS[0], script=script), monkeypatch)
        found = judged([trial(), trial(fault=True)])
        assert found.verdict == "differs" and found.first_difference is not None
        assert (found.first_difference.phase, found.first_difference.step) == (phase, step)


def test_watching_changes_no_bit_and_draws_no_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = replace(ROWS[0], script=loop() + SAVES)
    watched = Trial(tmp_path, row, monkeypatch)()
    alone = tmp_path / "project"
    done = subprocess.run(["python", "train.py"], cwd=alone, capture_output=True, check=True)
    assert done.stdout.decode().splitlines() == watched.record.printed
    kept = tmp_path / "runs" / "1" / "files" / "model.pt"
    assert kept.read_bytes() == (alone / "model.pt").read_bytes()
    assert watched.record.processes[0].trace.steps == row.steps


SAVES = """
import random
import numpy
torch.save({"model": net.state_dict(), "optimizer": optimizer.state_dict()}, "model.pt")
random.seed(1), numpy.random.seed(1)
print(loss.item(), torch.rand(3), random.random(), numpy.random.rand(), sys.path[1:], FAULT)
"""


def test_the_documentation_shows_this_table() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")
