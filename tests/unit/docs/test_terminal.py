"""The page of what a terminal shows: lines that stay, and some of the one that lives."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from docs.generated.terminal import COLUMNS, PAGE, recorded, transcript
from workflows.common.errors import UserError


def living(text: str) -> str:
    return f"\r\x1b[J\n{text}\x1b[A\r"


def test_what_stays_is_told_from_what_lives() -> None:
    said = "\x1b[1mfive runs\x1b[0m\n" + living("a … 1 s") + living("a … 2 s")
    whole = said + "\r\x1b[Ja … 3 s\n" + living("b: 1 of 2 MB … 4 s") + "\r\x1b[J\ntable\n\n end\n"
    found = ["five runs", "| a … 1 s", "a … 3 s", "| b: 1 of 2 MB … 4 s", "", "table", "", " end"]
    assert [*transcript([(0, whole)])] == found
    halves = [(0.0, whole[:40]), (1.0, whole[40:])]
    assert [*transcript(halves)] == found, "wherever it is cut"


def test_a_line_that_only_counts_on_is_shown_now_and_then() -> None:
    pieces = [(float(n), living(f"a: {n} of 99 MB … {n} s")) for n in range(50)]
    assert [*transcript(pieces)] == [f"| a: {n} of 99 MB … {n} s" for n in (0, 20, 40)]


def test_a_terminal_so_wide_is_what_a_command_sees(tmp_path: Path) -> None:
    program = "import os; print(os.get_terminal_size().columns, os.getcwd())"
    said = "".join(piece for _, piece in recorded([sys.executable, "-c", program], tmp_path))
    assert said == f"{COLUMNS} {tmp_path}\n"
    with pytest.raises(UserError, match="exit code 3"):
        [*recorded([sys.executable, "-c", "exit(3)"], tmp_path)]


def test_the_page_has_no_line_wider_than_the_terminal() -> None:
    shown = PAGE.read_text().partition("```text\n")[2].partition("\n```")[0].splitlines()
    assert shown[0] == "$ make try" and max(len(line.removeprefix("| ")) for line in shown) <= 80
    assert any(line.startswith("| venv: installing cpu: ") for line in shown)
    assert any(line.endswith("left]") for line in shown) and "│ seeded " in "\n".join(shown)
