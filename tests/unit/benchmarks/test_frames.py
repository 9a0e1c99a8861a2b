"""How places of a program are named, and what stands there."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from benchmarks.frames import ROOT, call_text, place, within


def test_the_call_that_a_frame_is_in_the_middle_of_is_its_text() -> None:
    def text() -> str:
        return call_text(sys._getframe(1))

    assert (text(), 1)[0] == "text()"


def test_a_module_that_has_not_begun_has_a_text_as_well(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text('"""Says what it is."""\nx = 1\n')
    texts: list[str] = []

    def trace(frame: FrameType, event: str, _arg: Any) -> None:
        if event == "call" and frame.f_code.co_filename == str(path):
            texts.append(call_text(frame))

    code = compile(path.read_text(), str(path), "exec")
    sys.settrace(trace)
    try:
        exec(code, {})  # noqa: S102 - a module of the test's own
    finally:
        sys.settrace(None)
    assert len(texts) == 1


@pytest.mark.parametrize("folder", [ROOT / "results" / "work", Path("/elsewhere")])
def test_names_of_files_begin_with_their_folder_in_the_project(folder: Path) -> None:
    code = compile("x = 1", str(folder / "train.py"), "exec")
    named = place(code, 1)
    assert named.removeprefix(within(folder)).startswith("train.py:1 in ")
