"""The lines about environments: the engine that they are measured with."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from performance import start
from performance.measure import SkippedError
from workflows.common.errors import UserError


def engine(problem: str | None) -> SimpleNamespace:
    """Return an engine whose probe finds this."""

    def probe() -> str:
        if problem:
            raise UserError(problem)
        return "it ran a container"

    return SimpleNamespace(probe=probe)


def test_the_first_engine_that_works_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"docker": engine("no daemon"), "podman": engine(None), "venv": engine(None)}
    monkeypatch.setattr(start, "get", there.__getitem__)
    assert start.first(["docker", "podman"]) == "podman"
    assert start.first(["venv"]) == "venv"
    with pytest.raises(SkippedError, match="none of docker works here"):
        start.first(["docker"])
