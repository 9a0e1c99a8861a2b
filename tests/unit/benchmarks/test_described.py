"""A benchmark's file: what it says, and what is wrong with it, with the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.described import described

RIGHT = '''"""A benchmark."""

STEPS = 7
OPTIONS = {"width": 3}
DATA = None
PUBLISHED = None


def train(device, steps, data, width=3):
    yield
'''
FAULTS = {
    "computed": ("STEPS = 7", "STEPS = 7 * 2", "3: STEPS = 7 * 2: expected a plain literal"),
    "a call": ("DATA = None", "DATA = str()", "5: DATA = str(): expected a plain literal"),
    "a set": ('{"width": 3}', "{1, 2}", "4: OPTIONS = {1, 2}: expected a plain literal"),
    "infinite": ('{"width": 3}', '{"a": 1e999}', "4: OPTIONS = {'a': 1e309}: expected a plain"),
    "text": ("STEPS = 7", 'STEPS = "7"', "3: STEPS = '7': expected a number of steps; write"),
    "none": ("STEPS = 7", "STEPS = 0", "3: STEPS = 0: expected a number of steps"),
    "true": ("STEPS = 7", "STEPS = True", "3: STEPS = True: expected a number of steps"),
    "a list": ('{"width": 3}', "[3]", "4: OPTIONS = [3]: expected options with their defaults"),
    "a number": ("DATA = None", "DATA = 3", "5: DATA = 3: expected a data set's name"),
    "printed": ("PUBLISHED = None", "PUBLISHED = {}", "6: PUBLISHED = {}: expected what was once"),
    "no steps": ("STEPS = 7\n", "", "8: STEPS is missing: expected a number of steps; write STEPS"),
    "no options": ('OPTIONS = {"width": 3}', "", "9: OPTIONS is missing: expected options with"),
    "misspelt": ("DATA =", "DATAS =", "9: DATA is missing: expected a data set's name; write"),
    "no published": ("PUBLISHED = None", "", "9: PUBLISHED is missing: expected what was once"),
    "no train": ("def train", "def trian", "3: STEPS, but no train; write def train(device, steps"),
    "no yield": ("    yield", "    pass", "9: train yields nothing: expected Start once, then a"),
    "bare return": ("    yield", "    return", "9: train yields nothing"),
    "no Python": ("(device", "(:", "9: not Python: "),
    "null": ("None", "\0", "not Python: "),
}


def test_a_right_file_has_constants_their_lines_and_no_fault(tmp_path: Path) -> None:
    (path := tmp_path / "mine.py").write_text(RIGHT)
    found = described(path)
    assert found is not None and found.fault is None
    assert found.constants == {
        "STEPS": 7, "OPTIONS": {"width": 3}, "DATA": None, "PUBLISHED": None
    }  # fmt: skip
    assert found.lines == {"STEPS": 3, "OPTIONS": 4, "DATA": 5, "PUBLISHED": 6}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_is_one_line_with_file_and_line(tmp_path: Path, name: str) -> None:
    right, wrong, words = FAULTS[name]
    (path := tmp_path / "mine.py").write_text(RIGHT.replace(right, wrong, 1))
    found = described(path)
    assert found is not None and found.fault is not None
    assert found.fault.startswith("mine.py:") and words in found.fault
    assert "\n" not in found.fault and found.constants == {}


@pytest.mark.parametrize(
    "text", ["", "X = 1", "def train(args):\n    return 3\n", "def train():\n    pass\n"]
)
def test_a_file_that_is_no_benchmark_has_no_fault(tmp_path: Path, text: str) -> None:
    (path := tmp_path / "helper.py").write_text(text)
    assert described(path) is None


@pytest.mark.parametrize("body", ["return other(steps)", "yield from other(steps)"])
def test_a_train_that_hands_on_is_right(tmp_path: Path, body: str) -> None:
    (path := tmp_path / "mine.py").write_text(RIGHT.replace("    yield", f"    {body}"))
    found = described(path)
    assert found is not None and found.fault is None


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (path := tmp_path / "mine.py").write_bytes(RIGHT.encode() + b'X = "\xff"\n')
    found = described(path)
    assert found is not None and found.fault is not None and "not Python" in found.fault
