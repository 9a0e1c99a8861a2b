"""`assert_reproducible`: what it passes, what it fails, and which functions it takes."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from src.reprise.testing import assert_reproducible

VARIABLE = "TESTED_WITH"


def same() -> None:
    print(os.environ[VARIABLE], Path.cwd().name, sys.argv[1:], __name__)


def other() -> None:
    print(os.urandom(8).hex())


def silent() -> None:
    pass


def crashes() -> None:
    raise ValueError("planted")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, "a variable")


def test_what_repeats_passes() -> None:
    assert_reproducible(same, 2)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (other, r"^differs: first in what it prints \(line 1\): .*test_testing.py .*\.other\n"),
        (silent, "^cannot be told: "),
        (crashes, r"^cannot be told: (.*\n)+.*ValueError: planted"),
    ],
)
def test_what_does_not_or_cannot_be_told_fails(function: Callable[[], None], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        assert_reproducible(function, 2, "--no-cure")


def test_one_run_is_no_repeat() -> None:
    with pytest.raises(AssertionError, match=r"^error: --repeats 1: expected at least 2"):
        assert_reproducible(same, 1)


class Kept:
    def method(self) -> None:
        pass

    def __call__(self) -> None:
        pass


@functools.wraps(same)
def hidden() -> None:
    """Its name leads to another function, which repeats."""
    other()


@pytest.mark.parametrize(
    "function",
    [lambda: None, Kept().method, Kept(), functools.partial(print, 1), print, hidden],
    ids=["lambda", "method", "object", "partial", "builtin", "under another name"],
)
def test_what_a_fresh_process_would_not_find_is_refused(function: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="expected a function that a file defines at its top"):
        assert_reproducible(function)
