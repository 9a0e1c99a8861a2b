"""What takes a while is said before and after; on a terminal in one line."""

from __future__ import annotations

import sys

import pytest

from workflows.common import takes as module
from workflows.common.takes import takes


def said(capsys: pytest.CaptureFixture[str], *, fails: bool = False) -> str:
    try:
        with takes("docker", "loading it"):
            begun = capsys.readouterr().err
            if fails:
                raise ValueError
    except ValueError:
        pass
    return f"{begun}|{capsys.readouterr().err}"


def test_on_a_pipe_it_is_a_line_and_another_where_it_took_long(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(capsys) == "docker: loading it …\n|"
    monkeypatch.setattr(module, "SHORT", 0.0)
    assert said(capsys) == "docker: loading it …\n|docker: that took 0 s\n"
    assert said(capsys, fails=True) == "docker: loading it …\n|"


def test_on_a_terminal_it_is_one_line_whatever_happens(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert said(capsys) == "docker: loading it …| 0 s\n"
    assert said(capsys, fails=True) == "docker: loading it …|\n"
