"""Carries a script of the table out, as somebody's command, in processes of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conformance.rows import Row
from tests.conformance.scripts import HEAD
from workflows.check.extras import catalogue
from workflows.check.folder import Copies
from workflows.check.launch import Launch, Order
from workflows.check.record import Commanded


class Trial:
    """Carries a script out, untouched and with the fault."""

    def __init__(self, folder: Path, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
        project = folder / "project"
        project.mkdir()
        (project / "train.py").write_text(HEAD + row.script)
        self._runs, self._patch = folder / "runs", monkeypatch
        self.launch = Launch(row.python, Copies(project, folder / "home"), catalogue(), 3, 600)
        self._made = 0

    def __call__(
        self, *, fault: bool = False, observe: int | None = None, record: int | None = None
    ) -> Commanded:
        if fault:
            self._patch.setenv("FAULT", "1")
        else:
            self._patch.delenv("FAULT", raising=False)
        self._made += 1
        order = Order(self._made, observe=observe, record=record)
        return self.launch(order, self.last)

    @property
    def last(self) -> Path:
        """The folder of the last run."""
        return self._runs / str(self._made)


def take(python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `python` be this one."""
    monkeypatch.setenv("PATH", f"{python.parent}{os.pathsep}{os.environ['PATH']}")
