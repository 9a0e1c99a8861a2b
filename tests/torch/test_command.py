"""A benchmark that is a command: watched, disturbed and ended from outside; or honestly not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support import commands
from tests.torch.runner import Runner
from workflows.compare.difference import Difference, first_difference
from workflows.runs.record import Run
from workflows.runs.tensors import read_dense

pytestmark = pytest.mark.late

AT = "step == 2 and "
TWICE = """
import multiprocessing, runpy
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    for _ in range(2):
        each = context.Process(target=runpy.run_path, args=("train.py",))
        each.start()
        each.join()
"""


def carry(runner: Runner, *arguments: str, fault: str = "pass", words: list[str] | None = None,
        other: str = "", more: str = "", **variables: str) -> Run:  # fmt: skip
    folder = commands.write(runner.folder, "script", fault, words or commands.WORDS, more)
    (folder / "other.py").write_text(other)
    return runner("script", *arguments, **variables)


def test_control_it_is_one_run_as_any_other(run: Runner) -> None:
    first, second = (carry(run, more=commands.SAVES) for _ in range(2))
    assert first.record.status == "completed", first.record.reason
    assert first_difference(first, second) is None
    record = first.record
    assert (record.trace.steps, len(record.printed)) == (commands.STEPS, commands.STEPS)
    assert [*record.files] == ["net.pt"], "neither its own files nor what is ours"
    assert record.files["net.pt"].parts and record.held and record.timing
    assert record.held.flags["threads"] == 1 and record.timing.step_seconds
    assert not [*run.last.parent.glob(".*")], "nothing is left but the record"


@pytest.mark.parametrize(
    ("fault", "phase"),
    [
        (commands.FAULT, "weights"),
        (f"{AT}optimizer.state[net[0].weight]['momentum_buffer']"
         ".mul_(1.5 + int.from_bytes(os.urandom(4), 'big') / 2**32)", "state"),
        (f"{AT}torch.rand(1 + os.urandom(1)[0])", None),
        (f"{AT}open('more.txt', 'w').write(os.urandom(8).hex())", "files"),
        (f"{AT}print('by chance', os.urandom(8).hex())", "printed"),
    ],
)  # fmt: skip
def test_a_fault_is_found_where_it_is(run: Runner, fault: str, phase: str | None) -> None:
    found = first_difference(carry(run, fault=fault), carry(run, fault=fault))
    if phase is None:
        assert found is None, "a generator that nothing draws from again is no difference"
    else:
        assert found and found.phase == phase
        assert found.step == (2 if phase in ("weights", "state") else None)


@pytest.mark.parametrize(
    ("place", "phase"), [("weights", "weights"), ("optimizer", "state")]
)  # fmt: skip
def test_a_bit_is_flipped_where_it_was_asked_for(run: Runner, place: str, phase: str) -> None:
    flipped = carry(run, "--flip", "3", "--flip-in", place)
    found = first_difference(carry(run), flipped)
    assert found == Difference(phase=phase, step=3), flipped.record.reason


def test_what_has_no_buffer_is_not_run(run: Runner) -> None:
    record = carry(run, "--flip", "3", "--flip-in", "buffer").record
    assert record.status == "not-run" and "has no buffer" in str(record.reason)


def seeded(run: Run) -> np.ndarray:
    """Return the columns that a seed of PyTorch alone holds."""
    names = enumerate(run.record.trace.phases)
    columns = [at for at, name in names if name not in ("random python", "random numpy")]
    kept: np.ndarray = run.steps[:, columns]
    return kept


def test_it_is_ended_after_its_steps_and_keeps_tensors(run: Runner) -> None:
    whole = carry(run, more=commands.SAVES)
    short = carry(run, "--steps", "4", more=commands.SAVES)
    assert [*whole.record.files] == ["net.pt"], "control"
    assert (seeded(short) == seeded(whole)[:4]).all() and not short.record.files
    ended = "all that follows its first 4 steps, after which it was ended"
    assert ended in short.record.trace.unwatched and ended not in whole.record.trace.unwatched
    kept = carry(run, "--dense", "1,2")
    dense = read_dense(run.last, kept)
    assert dense is not None and kept.record.trace.steps == 3
    assert (seeded(kept) == seeded(whole)[:3]).all(), "to keep tensors changes no bit"
    assert {"initial/0.weight", "2/weights/0.weight", "2/loss"} <= {*dense.arrays.files}


@pytest.mark.parametrize(
    ("other", "words", "status", "reason"),
    [
        ("raise ValueError('no data')", None, "failed", "exit code 1: ValueError: no data"),
        ("raise MemoryError", None, "failed", "out of memory: exit code 1: MemoryError"),
        ("print('all')", None, "failed", "no step was seen: neither of an optimizer nor"),
        ("", ["gone", "x"], "failed", "exit code 127: gone: No such file or directory"),
        ("", ["python", "-I", "train.py"], "failed", "exit code 1"),
        (TWICE, ["python", "other.py", "--lr", "0.1"], "failed",
         "2 processes trained (other.py SpawnProcess-1, other.py SpawnProcess-2)"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_says_why(
    run: Runner, other: str, words: list[str] | None, status: str, reason: str
) -> None:
    record = carry(run, other=other, words=words or ["python", "other.py"]).record
    assert (record.status, record.trace.steps) == (status, 0)
    assert reason in str(record.reason)


def test_untraced_steps_are_timed(run: Runner) -> None:
    record = carry(run, "--traced", "False", "--steps", "5").record
    assert record.status == "completed", record.reason
    assert record.trace.steps == 0 and record.timing and record.timing.steps_timed == 4


def test_torchvision_is_there_for_it_as_for_a_benchmark(run: Runner) -> None:
    record = carry(run, fault="step or __import__('torchvision')").record
    assert record.status == "completed", record.reason


def test_sources_name_the_scripts_own_lines(run: Runner) -> None:
    record = carry(
        run, "--observe", fault="numpy = __import__('numpy').random.default_rng()"
    ).record
    assert record.sources and any(one.place.startswith("train.py:") for one in record.sources)
    assert Path(run.folder, "benchmarks/commands/script/train.py").exists()
