"""What people are told of Snakemake's records, and what not."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

import pytest

from src.snakemake_logger_plugin_reprise.screen import CLEAR, Screen
from src.snakemake_logger_plugin_reprise.watcher import LAST, Watcher

CELL = "cpu/cpu/toy/seeded/baseline"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def see(watcher: Watcher, text: str | None, level: int = logging.INFO, **fields: Any) -> None:
    record = logging.makeLogRecord({"msg": text, "levelno": level, "created": 100.0, **fields})
    watcher.see(record)


def begin(watcher: Watcher, number: int = 1, rule: str = "run", **fields: Any) -> None:
    given: dict[str, Any] = {
        "wildcards": {"run": f"{CELL}/{number}"}, "output": [f"results/runs/{CELL}/{number}.json"],
    }  # fmt: skip
    see(watcher, "", event="job_info", jobid=number, rule_name=rule, **(given | fields))


def end(watcher: Watcher, number: int = 1, at: float = 119.0) -> None:
    see(watcher, "Finished", event="job_finished", job_id=number, created=at)


def foreseen(watcher: Watcher, expected: dict[str, float], perhaps: int = 0) -> None:
    cures = {"results/cures/none.json": perhaps, __file__: 7}  # the latter is there already
    found = {"repeats": {CELL: 3}, "expected": expected, "perhaps": cures}
    see(watcher, None, forecast=found)


def begun(stream: io.StringIO, perhaps: int = 0) -> Watcher:
    watcher = Watcher(Screen(stream))
    see(watcher, "Job stats", event="run_info", stats={"run": 3, "matrix": 1, "total": 4})
    expected = {f"results/runs/{CELL}/{number}.json": 20.0 for number in range(3)}
    foreseen(watcher, expected, perhaps)
    return watcher


def test_a_finished_run_is_one_line_on_a_pipe() -> None:
    stream = io.StringIO()
    watcher = begun(stream)
    begin(watcher)
    end(watcher)
    first, line = stream.getvalue().splitlines()
    assert first == "3 runs, 4 jobs in all, about 1 min left"
    assert line.startswith("toy seeded · cpu · 2 of 3 … 19 s   [1 of 4, about ")
    assert "\r" not in stream.getvalue() and "\x1b" not in stream.getvalue()


def test_runs_that_share_a_job_are_counted_each() -> None:
    stream = io.StringIO()
    watcher = Watcher(Screen(stream))
    stats = {"run_1_3": 1, "difference_1_2": 1, "matrix": 1, "total": 3}
    see(watcher, "Job stats", event="run_info", stats=stats)
    outputs = [f"results/runs/{CELL}/{number}.json" for number in range(3)]
    foreseen(watcher, dict.fromkeys(outputs, 20.0))
    begin(watcher, rule="run_1_3", wildcards={}, output=outputs)
    end(watcher)
    first, line = stream.getvalue().splitlines()
    assert first.startswith("3 runs, 3 jobs in all")
    assert line.startswith("toy seeded · cpu · 1 to 3 of 3 … 19 s")


def test_runs_that_nobody_can_foresee_are_said_beside_the_time() -> None:
    stream = io.StringIO()
    begun(stream, perhaps=8)
    line = "3 runs, 4 jobs in all, about 1 min left; up to 8 runs more where some differ\n"
    assert stream.getvalue() == line


def test_on_a_terminal_it_is_on_the_line_that_lives() -> None:
    stream = Terminal()
    watcher = begun(stream)
    begin(watcher)
    assert "toy seeded · cpu · 2 of 3 … " in stream.getvalue().rpartition(CLEAR)[2]
    end(watcher)
    watcher.close()
    assert stream.getvalue().endswith(CLEAR)
    assert "\ntoy seeded · cpu · 2 of 3 … 19 s" not in stream.getvalue()


def test_no_line_lives_where_a_job_prints() -> None:
    stream = Terminal()
    watcher = begun(stream)
    begin(watcher)
    begin(watcher, 2, "summary", wildcards={}, output=["results/summary.txt"])
    assert stream.getvalue().endswith(CLEAR)


def test_what_is_built_stays_on_a_terminal_and_bookkeeping_does_not() -> None:
    stream = Terminal()
    watcher = begun(stream)
    for number, (rule, at) in enumerate([("image", 101), ("tables", 109), ("report", 111)], 7):
        begin(watcher, number, rule, wildcards={"environment": "cpu"}, output=["x"])
        end(watcher, number, at)
    said = stream.getvalue()
    assert "environment cpu … 1.0 s" in said
    assert "tables" not in said and "report" not in said


def building(stream: io.StringIO, log: Path) -> Watcher:
    watcher = begun(stream)
    log.write_text("wheels of cpu: 13 of 13 in the cache\nvenv: installing cpu: 90 of 800 MB")
    given = {"environment": "cpu"}
    begin(watcher, 7, "image", wildcards=given, output=["x"], log=[str(log)])
    watcher._follow()
    see(watcher, "")
    return watcher


@pytest.mark.parametrize("columns", [36, 120])
def test_of_an_environment_a_terminal_shows_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setattr(Screen, "width", columns - 1)
    stream = Terminal()
    watcher = building(stream, tmp_path / "log")
    line = stream.getvalue().rpartition(CLEAR)[2].strip().partition("\x1b")[0]
    assert line.startswith("venv: installing cpu: 90 of 800 MB … " if columns > 36 else "venv: in")
    assert len(line) < columns and line.endswith("[0 of 4]") == (columns > 36)
    end(watcher, 7, 130)
    assert "wheels of" not in stream.getvalue() and "environment cpu … 30 s" in stream.getvalue()


def test_what_a_build_takes_is_not_in_the_time_of_the_runs() -> None:
    stream = io.StringIO()
    watcher = Watcher(Screen(stream))
    see(watcher, "", event="run_info", stats={"run": 3, "image": 1, "total": 5})
    foreseen(watcher, {f"results/runs/{CELL}/{number}.json": 20.0 for number in range(3)})
    told = "3 runs, 5 jobs in all, about 1 min once what they need is there\n"
    assert stream.getvalue() == told


def test_of_an_environment_a_pipe_has_each_whole_line(tmp_path: Path) -> None:
    stream = io.StringIO()
    watcher = building(stream, tmp_path / "log")
    assert "\nwheels of cpu: 13 of 13 in the cache\n" in stream.getvalue()
    assert "installing" not in stream.getvalue()
    with (tmp_path / "log").open("a", newline="") as log:
        log.write("\r   \rcpu: 27831 entries\n")
    end(watcher, 7, 130)
    assert "\ncpu: 27831 entries\nenvironment cpu … 30 s" in stream.getvalue()
    assert stream.getvalue().count("wheels of cpu") == 1


def test_a_job_that_failed_is_told_with_the_last_lines_of_its_log(tmp_path: Path) -> None:
    stream = io.StringIO()
    watcher = begun(stream)
    log = tmp_path / "data.log"
    log.write_text("".join(f"line {number}.\n" for number in range(LAST + 5)))
    error = {"rule_name": "data", "jobid": 9, "rule_msg": None, "log": [str(log)], "aux": {}}
    see(watcher, "Error in rule", logging.ERROR, event="job_error", **error)
    said = stream.getvalue()
    assert f"error: rule data failed\n  log: {log}, its last lines:\n    line 5.\n" in said
    assert "line 24." in said and "line 4." not in said
    see(watcher, "Complete log(s): somewhere")
    assert "Complete log(s): somewhere" in stream.getvalue()


def test_a_missing_log_is_named_and_what_is_on_the_terminal_not_repeated(tmp_path: Path) -> None:
    stream = io.StringIO()
    watcher = begun(stream)
    (tmp_path / "there").write_text("the table\n")
    for rule, name in (("image", "gone"), ("summary", "there")):
        log = [str(tmp_path / name)]
        each = {"rule_name": rule, "jobid": 9, "rule_msg": "why", "log": log, "aux": {}}
        see(watcher, "", logging.ERROR, event="group_error", job_error_info=[each])
    said = stream.getvalue()
    assert "error: rule image failed: why" in said and "gone (not there)" in said
    assert "the table" not in said and f"  log: {tmp_path}/there\n" in said


@pytest.mark.parametrize(
    ("text", "level", "shown"),
    [
        ("Building DAG of jobs...", logging.INFO, False),
        ("Complete log(s): somewhere", logging.INFO, False),
        ("Nothing to be done (all requested files are there).", logging.INFO, True),
        ("the disk is slow", logging.WARNING, True),
        ("WorkflowError: no such rule", logging.ERROR, True),
    ],
)
def test_of_other_lines_those_with_a_meaning_are_told(text: str, level: int, shown: bool) -> None:
    stream = io.StringIO()
    watcher = Watcher(Screen(stream))
    see(watcher, text, level)
    see(watcher, text, level)
    assert stream.getvalue() == (f"{text}\n" if shown else "")


def test_a_command_that_ended_badly_is_told_by_its_job_alone() -> None:
    stream = io.StringIO()
    watcher = Watcher(Screen(stream))
    see(watcher, "RuleException:\nCalledProcessError in file x", logging.ERROR, event="error")
    see(watcher, "MissingInputException in rule y", logging.ERROR, event="error")
    assert stream.getvalue() == "MissingInputException in rule y\n"


def test_a_stream_that_nobody_reads_disturbs_nothing() -> None:
    stream = io.StringIO()
    watcher = begun(stream)
    stream.close()
    begin(watcher)
    end(watcher)
    watcher.close()
