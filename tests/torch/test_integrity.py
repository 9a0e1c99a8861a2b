"""A run cannot vouch for itself by the usual means: what it does to its record, and what is said.

The page on what is compared has the same list, for a reader.
"""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.support import own
from tests.torch import test_output
from tests.torch.runner import Runner
from workflows.common.paths import ROOT

HARNESS = "benchmarks.harness"
REPLACED = {
    f"{HARNESS}.trace.Tracer.step": "from benchmarks.harness.trace import Tracer; "
    "Tracer.step = lambda self, batch, loss: None",
    f"{HARNESS}.fingerprint.Fingerprint.__call__": "import benchmarks.harness.fingerprint as f; "
    "f.Fingerprint.__call__ = lambda self, tensors: 7",
    f"{HARNESS}.trace.plus": "import benchmarks.harness.trace as f; f.plus = lambda *a: 0",
    f"{HARNESS}.trace.plus.__code__": "from benchmarks.harness.trace import plus as f; "
    "f.__code__ = (lambda value, number: 0).__code__",
    f"{HARNESS}.execute.save": "import benchmarks.harness.execute as f; f.save = f.save.__class__("
    "f.save.__code__, f.save.__globals__)",
    "numpy.savez": "import numpy; numpy.savez = lambda *a, **k: None",
    "hashlib.sha256": "import hashlib; hashlib.sha256 = hashlib.md5",
    "Tensor.numpy": "torch.Tensor.numpy = lambda self: __import__('numpy').zeros(1)",
}


@pytest.mark.parametrize("name", REPLACED)
def test_what_a_program_replaces_is_named(run: Runner, name: str) -> None:
    found = run("own", "--steps", "2", body=f"t == 1 and exec({REPLACED[name]!r})").record
    assert found.status == "failed"
    assert found.reason == f"RuntimeError: the benchmark replaced {name}, which watches it"


def test_control_what_a_program_may_replace(run: Runner) -> None:
    body = "torch.Tensor.mean = torch.Tensor.sum; os.getcwd = lambda: 'x'; torch.own = 1"
    assert run("own", body=body).record.status == "completed"


MODEL = """
class Model(torch.nn.Module):
    def __init__(self, w):
        super().__init__()
        self.w = torch.nn.Parameter(w)
        self.register_buffer("b", torch.ones(2))

    def GIVES

"""
COPIES = {
    "weights": "state_dict(self, *a, **k): return {'w': self.w.clone()}",
    "buffer": "named_buffers(self, *a, **k): return [('b', self.b.clone())]",
}


@pytest.mark.parametrize("place", COPIES)
def test_a_flip_that_does_not_stand_is_no_control(run: Runner, place: str) -> None:
    head, _, train = own.TEXT.replace("BODY", "pass").partition("def train")
    path = run.folder / "benchmarks" / "own.py"
    reasons = []
    for gives in ("other(self): pass", COPIES[place]):
        text = f"{head}{MODEL.replace('GIVES', gives)}def train{train}"
        path.write_text(text.replace('{"w": w}', "Model(w)"))
        reasons.append(run("own", "--flip", "2", "--flip-in", place).record.reason)
    control, reason = reasons
    said = r"RuntimeError: benchmarks/own\.py:\d+: the bit that was flipped .* does not stand"
    assert control is None and reason and re.fullmatch(said, reason)


def test_a_copy_of_the_process_writes_nothing(run: Runner) -> None:
    body = "t == 3 and os.fork() == 0 and w.data.add_(1); t == 4 and time.sleep(0.5)"
    plain, forked = run("own", body="pass"), run("own", body=body)
    assert forked.record.status == "completed"
    assert forked.record.trace.final_weights == plain.record.trace.final_weights


def test_a_record_of_the_programs_own_does_not_stand(run: Runner) -> None:
    output = run.folder / "output"
    body = f"open('{output}/2/0.json', 'w').write('forged'); t == 3 and WAY"
    assert run("own", body=body.replace("/2/", "/1/").replace("WAY", "None")).record.status == (
        "completed"
    )
    with pytest.raises(subprocess.CalledProcessError) as raised:
        run("own", body=body.replace("WAY", "os._exit(7)"))
    assert raised.value.returncode == 7 and not run.last.exists()


@pytest.mark.parametrize("number", ["SIGKILL", "SIGSEGV"])
def test_a_run_that_is_killed_leaves_no_record(run: Runner, number: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as raised:
        run("own", body=f"t == 3 and os.kill(os.getpid(), signal.{number})")
    assert raised.value.returncode == -getattr(__import__("signal"), number)
    assert not run.last.exists()


HELD = {
    "replaces a function": "test_what_a_program_replaces_is_named",
    "replaces it and puts it back": "test_what_is_not_found",
    "changes the suite's own objects": "test_what_is_not_found",
    "writes a record of its own": "test_a_record_of_the_programs_own_does_not_stand",
    "forks": "test_a_copy_of_the_process_writes_nothing",
    "undoes the planned flip": "test_a_flip_that_does_not_stand_is_no_control",
    "prints after": "test_what_is_printed_by_any_way_is_kept",
    "goes on in a thread after": "test_a_thread_of_the_program_ends_before_its_weights_are_taken",
    "goes on in a daemon thread": "test_what_still_runs_is_named",
    "goes on in a process that left": "test_what_is_not_found",
    "writes files elsewhere": "test_what_is_not_found",
}
"""How each row of the page's table begins, and what shows it."""


def test_the_page_says_what_is_shown_here() -> None:
    page = (ROOT / "docs/explanation/equality.md").read_text(encoding="utf-8")
    rows = [line[2:].split(" | ") for line in page.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len(HELD)
    for (does, becomes), (begins, test) in zip(rows, HELD.items(), strict=True):
        assert does.startswith(begins)
        assert ("not found" in becomes) == (test == "test_what_is_not_found")
        assert test in globals() or hasattr(test_output, test)


NOT_FOUND = {
    "put back": "import benchmarks.harness.trace as f; f.kept = getattr(f, 'kept', f.plus); "
    "f.plus = f.kept if t == 4 else (lambda value, number: value)",
    "a process that left": "t == 4 and os.system('(sleep 1 &)')",
    "elsewhere": "import tempfile; open(tempfile.mkstemp()[1], 'w').write('x')",
}


@pytest.mark.parametrize("body", NOT_FOUND.values(), ids=NOT_FOUND)
def test_what_is_not_found(run: Runner, body: str) -> None:
    found = run("own", body=body).record
    assert (found.status, found.trace.unwatched, found.files) == ("completed", [], {})
