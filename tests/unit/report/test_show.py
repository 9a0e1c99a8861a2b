"""`reprise show`: the answer on a terminal, in a file, in 80 columns; everything with `--wide`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.finished import judged
from workflows.common.files import write_json
from workflows.common.paths import ROOT

SAID = (
    "On cpu one setting (torch-seed), the configuration “seeded”, makes the toy\n"
    "reproduce bit for bit (3 runs each).\n"
)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    write_json(tmp_path / "results" / "matrix.json", judged().model_dump(mode="json"))
    (tmp_path / "results" / "report.html").touch()
    return tmp_path / "results"


def show(results: Path, *words: str, terminal: bool = False, **more: str) -> tuple[int, str]:
    """Run the verb where the results lie; return its exit code and what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **more}
    command = [sys.executable, "-m", "workflows", "show", *words]
    ours, theirs = os.openpty() if terminal else os.pipe()
    process = subprocess.Popen(command, cwd=results.parent, env=environment, stdout=theirs)
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 65536):
            said += piece
    except OSError:
        pass  # a terminal that nobody has open any more
    os.close(ours)
    return process.wait(), said.decode().replace("\r\n", "\n")


def test_the_answer_is_a_paragraph_a_table_and_where_the_report_is(results: Path) -> None:
    code, said = show(results)
    assert code == 0 and said.startswith(f"\n{SAID}\nThe one negative control was caught; nothing")
    assert "│ unseeded        │ differs B C D │ initial weights (0.weight) │" in said
    *_, report, more = said.splitlines()
    assert report == "report: results/report.html"
    assert more == "causes, notes, all columns: reprise show --wide"
    assert max(map(len, said.splitlines())) <= 80 and "\x1b" not in said


def test_wide_is_everything(results: Path) -> None:
    _, said = show(results, "--wide")
    assert "against published" in said and "Why runs differ" in said and "environment cpu: " in said
    assert max(map(len, said.splitlines())) > 80


def test_on_a_terminal_verdicts_have_symbols_and_colours_but_no_file_has(results: Path) -> None:
    file = results / "summary.txt"
    _, said = show(results, "--save", str(file), terminal=True)
    assert "\x1b[32m= identical\x1b[0m A" in said and "\x1b[31m≠ differs\x1b[0m" in said
    for more in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        _, bare = show(results, terminal=True, **more)
        assert "\x1b" not in bare and bare == re.sub(r"\x1b\[\d+m", "", said)
    kept = file.read_text()
    assert "\x1b" not in kept and "= identical" not in kept
    assert show(results)[1] == f"\n{kept}"


def failing(results: Path, *reasons: str) -> str:
    """Let the first cells fail for these reasons; return what the file then says."""
    found = judged()
    failed = [{"verdict": "failed", "reason": reason} for reason in reasons]
    changed = [c.model_copy(update=u) for c, u in zip(found.cells, failed, strict=False)]
    cells = [*changed, *found.cells[len(changed) :]]
    matrix = found.model_copy(update={"cells": cells, "sum": None})
    write_json(results / "matrix.json", matrix.model_dump(mode="json"))
    code, _ = show(results, "--save", str(results / "summary.txt"))
    assert code == 1
    return (results / "summary.txt").read_text()


def test_what_failed_is_said_on_the_terminal_and_in_the_file(results: Path) -> None:
    kept = failing(results, "broke", "broke")
    assert "\nfailed: runs/cpu/cpu/toy/seeded/baseline: broke\n" in kept
    assert kept.endswith("run the failed ones again: reprise retry\n")


def test_a_failed_import_is_answered_with_what_is_missing_and_not_with_another_try(
    results: Path,
) -> None:
    reason = "ModuleNotFoundError: No module named 'pandas'"
    for kept in (alone := failing(results, reason), beside := failing(results, reason, "broke")):
        assert "\ncpu has no module pandas: name its package in containers/cpu/" in kept
    assert "reprise retry" not in alone and "reprise retry" in beside


def test_a_ci_system_gets_its_file(results: Path) -> None:
    code, _ = show(results, "--junit", "found/junit.xml")
    assert code == 0
    assert (
        '<testcase classname="toy.cpu.cpu" name="seeded, baseline"'
        in (results.parent / "found" / "junit.xml").read_text()
    )
