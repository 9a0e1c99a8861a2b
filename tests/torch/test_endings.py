"""However a program ends and whatever it prints or names: one record, which says so."""

from __future__ import annotations

import json
import random
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from benchmarks.contract import Start
from benchmarks.harness.output import lines
from benchmarks.harness.record import spelled, text_of
from benchmarks.harness.trace import Tracer
from benchmarks.weights import Source, named
from tests.support import own
from tests.torch.runner import Runner
from workflows.common.errors import UserError
from workflows.compare.difference import first_difference
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.specification import RunSpecification
from workflows.runs.launch import adopt
from workflows.runs.record import RunRecord, read

BODIES = {
    "GeneratorExit": "if t == 2: raise GeneratorExit",
    "KeyboardInterrupt": "if t == 2: raise KeyboardInterrupt",
    "SystemExit: 0": "if t == 2: raise SystemExit(0)",
    "Own: odd": "if t == 2: raise type('Own', (BaseException,), {})('odd')",
    "Mute: it cannot say why": "if t == 2: raise type('Mute', (BaseException,), {'__str__': 0})",
}


@pytest.mark.parametrize("reason", BODIES)
def test_whatever_a_program_raises_is_a_failed_record(run: Runner, reason: str) -> None:
    found = run("own", body=BODIES[reason])
    assert (found.record.status, found.record.reason) == ("failed", reason)
    assert len(found.steps) == 2 and found.record.schema_version == 3


def test_a_persons_interrupt_leaves_no_record(run: Runner) -> None:
    own.write(run.folder, "own", "print(t, flush=True); time.sleep(60)")
    command = [str(run.python), "-m", "benchmarks.run", "--benchmark", "own"]
    command += ["--configuration", "seeded", "--output", str(run.folder / "output")]
    with subprocess.Popen(command, cwd=run.folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "0\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == -signal.SIGINT
    assert list((run.folder / "output").glob("[!.]*")) == [], "its list of what it read is hidden"


def test_what_utf_8_has_not_is_kept_and_compared(run: Runner) -> None:
    bodies = ["print('a\\udcff\\udc80b\\0')", "print('a\\udcff\\udc81b\\0')"]
    one, again, other = (run("own", body=body) for body in [bodies[0], *bodies])
    assert one.record.status == "completed", one.record.reason
    assert one.record.printed == ["a\\udcff\\udc80b\0"] * 5
    assert first_difference(one, again) is None
    assert str(first_difference(one, other)) == "printed (line 1)"
    literal = run("own", body="print('a\\\\udcff\\\\udc80b\\0')")
    assert str(first_difference(one, literal)) == "printed (line 1)"
    assert run("own", body="pass", ODD="\udcff").record.status == "completed"


def test_no_two_texts_are_spelled_alike() -> None:
    draw = random.Random(1)
    parts = ["\\", "\\", "u", "udcff", "udc80", "\udcff", "\udc80", "é", "a", "\n"]
    texts = {"".join(draw.choices(parts, k=draw.randint(0, 6))) for _ in range(30_000)}
    assert len({spelled(text) for text in texts}) == len(texts) > 10_000
    assert all(isinstance(spelled(text).encode(), bytes) for text in texts)  # raises if it cannot
    assert spelled("C:\\users\\ud") == "C:\\users\\ud", "control: an ordinary text stays"


def test_lines_tell_how_the_text_ended() -> None:
    texts = [b"", b"\n", b"a", b"a\n", b"a\n\n", b"a\x0b", b"a\nb", b"\na", b"a\xff", b"\xffa"]
    found = [tuple(lines(text)) for text in texts]
    assert len(set(found)) == len(texts)
    assert found[3] == ("a",) and found[6] == ("a", "b", "\n")


def test_lines_are_what_a_terminal_shows_in_the_end() -> None:
    assert lines(b"a\r\nb\r\n") == lines(b"a\nb\n") == ["a", "b"]
    assert lines(b"1%\r50%\r100%\n") == ["100%"]
    assert lines(b"loss 0.5\rok\n") == ["ok 0.5"], "what is not written over stays"
    assert lines(b"loss 0.5\r\n") == lines(b"loss 0.5\r\r\n") == ["loss 0.5"]
    assert lines(b"1.25 it/s\r1.5 it/s\n") == lines(b"9 it/s\r1.5 it/s\n") == ["1.5 it/s"]
    assert lines(b"loss 1\rloss 2\n") != lines(b"loss 1\rloss 3\n"), "control"


def test_a_records_sum_is_that_of_the_host() -> None:
    source = Path(__file__).parents[1] / "fixtures/records/host/cpu/toy/seeded/baseline/0.json"
    record = json.loads(source.read_text()) | {"schema_version": 2, "printed": ["é\udcff", "1e-5"]}
    text = text_of(record)
    assert RunRecord.parse(text.encode()).printed == ["é\\udcff", "1e-5"]
    with pytest.raises(ValueError, match="its own sum"):
        RunRecord.parse(text.replace("1e-5", "1e-6").encode())
    unsummed = {name: value for name, value in json.loads(text).items() if name != "sum"}
    with pytest.raises(ValueError, match="its own sum"):
        RunRecord.parse(json.dumps(unsummed).encode())


class Stateful(nn.Linear):  # type: ignore[misc]
    count = 1

    def get_extra_state(self) -> dict[str, int]:
        return {"k": self.count}


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (nn.Linear(2, 2).named_parameters(), "got the type generator: expected a module"),
        (list(nn.Linear(2, 2).parameters()), "got the type list: expected a module"),
        (None, "got the type NoneType: expected a module"),
        ({}, "names no tensor"),
        (nn.Module(), "names no tensor"),
        ({"w": [1.0]}, "entry 'w' is of type list"),
        ({0: torch.ones(1)}, "entry 0 is of type Tensor: expected a tensor by its name"),
    ],
)
def test_weights_that_cannot_be_watched_are_refused(weights: object, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        Start(weights)
    assert list(named(Start({"w": torch.ones(1)}).weights)) == ["w"], "control"


def test_a_parameter_added_later_shows_in_the_weights_of_its_step() -> None:
    traces = []
    for late in (False, True):
        model = nn.Linear(2, 2)
        tracer = Tracer(torch.device("cpu"))
        tracer.start(model)
        for step in range(2):
            if late and step:
                model.add_module("late", nn.Linear(1, 1))
            tracer.step((), torch.tensor(1.0))
        traces.append(tracer.finish())
    assert traces[0].tensors == traces[1].tensors == ["weight", "bias"]
    assert len(traces[1].initial) == 2
    assert traces[0].final_weights != traces[1].final_weights


@pytest.mark.parametrize(
    ("body", "steps", "lines"), [("if t == 3: break", 3, []), ("print(t)", 5, list("01234"))]
)
def test_a_program_ends_when_it_ends(run: Runner, body: str, steps: int, lines: list[str]) -> None:
    found = run("own", body=body)
    assert (found.record.status, len(found.steps)) == ("completed", steps)
    assert found.record.printed == lines


def test_one_that_goes_on_is_ended_as_it_stood_then(run: Runner) -> None:
    path = run.folder / "benchmarks" / "longer.py"
    path.write_text(own.TEXT.replace("range(steps)", "range(steps + 3)").replace("BODY", "pass"))
    found = run("longer")
    assert (found.record.status, len(found.steps)) == ("completed", 5)
    assert found.record.trace.final_weights == run("own", body="pass").record.trace.final_weights


def test_what_is_neither_start_nor_step_is_refused(run: Runner) -> None:
    assert run("own", body="yield None").record.reason == (
        "TypeError: benchmarks/own.py:16: the benchmark yielded the type NoneType: expected Start, "
        "then each Step"
    )


def test_extra_state_of_a_module_is_traced() -> None:
    model = Stateful(2, 2)
    source = Source(model)
    assert source()["_extra_state.k"].tolist() == named(model)["_extra_state.k"].tolist() == 1
    model.count = 2
    assert source()["_extra_state.k"].tolist() == 2, "asked anew"
    plain = nn.Linear(2, 2)
    source = Source(plain)
    first = source()
    assert source() is first, "control: nothing is new"
    plain.bias = nn.Parameter(torch.ones(2))
    assert source()["bias"] is plain.bias


def test_start_takes_whatever_has_a_state() -> None:
    model, other = nn.Linear(2, 2), nn.Linear(3, 1)
    optimizer = torch.optim.Adam(model.parameters())
    start = Start(model, optimizer, other, {"sum": 1.0})
    assert start.parts == [optimizer] and start.carried == {"sum": 1.0}
    assert list(named(start.weights)) == ["weight", "bias", "model2.weight", "model2.bias"]
    with pytest.raises(TypeError, match="expected something with state_dict"):
        Start(model, object())


def test_a_train_that_gives_no_steps_says_what_to_write(run: Runner) -> None:
    path = run.folder / "benchmarks" / "none.py"
    head = own.TEXT.partition("def train")[0]
    path.write_text(f"{head}def train(device, steps, data):\n    return None\n")
    assert run("none").record.reason == (
        "TypeError: benchmarks/none.py:12: train returned the type NoneType: let it yield Start, "
        "then each Step"
    )
    body = "w = torch.ones(2)\n    return [Start({'w': w}), *[Step((), w.sum())] * steps]\n"
    path.write_text(f"{head}def train(device, steps, data):\n    {body}")
    assert run("none").record.status == "completed", "control: a list has no close"


def test_the_launcher_says_what_is_wrong_with_what_was_left(run: Runner, tmp_path: Path) -> None:
    found, catalogue = run("toy", "--steps", "5").record, Catalogue.read()
    folder = run.last.parent

    def left(asked: RunSpecification, **used: Any) -> str | None:
        return adopt(folder, asked, tmp_path / "x.json", used, catalogue)

    absent = left(found.run.model_copy(update={"repeat": 1}))
    assert absent == "ended with exit code 0 and left no record"
    other = found.run.model_copy(update={"seed": 4})
    said = left(other)
    assert said == "the record it left answers another question than was asked"
    text = run.last.read_text()
    run.last.write_text(text.replace('"completed"', '"refused"'))
    said = left(found.run)
    assert said is not None and said.startswith("the record it left is no good: 0.json: is damaged")
    run.last.write_text(text)
    (folder.parent / ".claim").touch()
    assert left(found.run, identity="1" * 64) is None
    assert read(tmp_path / "x.json").record.identity == "1" * 64, "control: with a sum of its own"
    with pytest.raises(UserError, match="no such file"):
        read(folder / "0.json")
