"""The interpreters that the scripts of the table are carried out by."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.trial import take
from tests.conftest import Need
from tests.support import environment
from workflows.common.errors import UserError


@pytest.fixture
def interpreter(torch_python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `python` be the environment's, with one thread each."""
    take(torch_python, monkeypatch)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def frameworks(need: Need) -> Path:
    """An interpreter that has the frameworks, too."""
    try:
        return environment.frameworks()
    except UserError as error:
        need("frameworks", str(error))
        raise
