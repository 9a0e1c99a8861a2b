"""A log is read while it is written: its whole lines once, and what it says last."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from src.snakemake_logger_plugin_reprise.follow import FOLLOWED, Log, shown
from workflows.common import underway


def test_both_sides_call_it_alike() -> None:
    assert FOLLOWED == underway.FOLLOWED


def test_lines_come_once_and_the_last_one_also_before_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = Log(path, 0.0)
    assert log.lines() == [] and log.latest == "", "it is not there yet"
    path.write_text("first\n\n1 of 9 MB")
    assert log.lines() == ["first"] and log.latest == "1 of 9 MB"
    with path.open("a", newline="") as file:
        file.write("\r         \r2 of 9 MB\r         \r")
        file.flush()
        assert log.lines() == [] and log.latest == "first"
        file.write("9 MB in 3 s\n")
    assert log.lines() == ["9 MB in 3 s"] and log.latest == "9 MB in 3 s" and log.lines() == []


def test_the_log_of_an_earlier_job_is_not_this_ones(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("a long line of an earlier job\n")
    os.utime(path, (100, 100))
    log = Log(path, 200.0)
    assert log.lines() == []
    path.write_text("anew\n")
    assert log.lines() == ["anew"]
    path.write_text("it\n")
    assert log.lines() == ["it"], "begun anew, shorter"


@pytest.mark.parametrize(
    ("line", "text"),
    [(b"  a\r", "  a"), (b"a\rb", "b"), (b"a\r  \r", ""), (b"\xff\x1b[31mred", "\ufffd[31mred")],
)
def test_a_line_is_what_a_terminal_shows_of_it(line: bytes, text: str) -> None:
    assert shown(line) == text
