"""What `make verify` is given reaches `reprise verify`, as its page says."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest

from workflows.common.paths import ROOT
from workflows.publication.verify.__main__ import arguments

GIVEN: dict[str, tuple[str, Any]] = {
    "CELLS": ("cpu/cpu/toy/* cpu/cpu/cifar10/*", ["cpu/cpu/toy/*", "cpu/cpu/cifar10/*"]),
    "STEPS": ("100", 100),
    "REPEATS": ("3", 3),
    "ENGINE": ("venv", "venv"),
    "SIGNERS": ("allowed", "allowed"),
    "SIGN": ("keys/id_ed25519", "keys/id_ed25519"),
    "BY": ("""Grace "Amazing" O'Hopper $HOME""", """Grace "Amazing" O'Hopper $HOME"""),
    "ACCEPT_LOCKS": ("yes", True),
}


def words(*given: str) -> list[str]:
    """Return what `make verify` calls `reprise` with, without calling it."""
    command = ["make", "--silent", "--assume-old=setup", "REPRISE=printf '%s\\n'", "CORES=2"]
    done = subprocess.run(
        [*command, "verify", "REPORT=a publication.zip", *given],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    verb, *rest = done.stdout.splitlines()
    assert verb == "verify"
    return rest


def documented() -> set[str]:
    """Return make's names in the table of options."""
    text = (ROOT / "docs" / "how-to" / "verify.md").read_text(encoding="utf-8")
    return set(re.findall(r"`([A-Z_]+)=(?:yes)?`", text))


def test_each_is_on_the_page() -> None:
    assert documented() == set(GIVEN)


@pytest.mark.parametrize("name", GIVEN)
def test_each_reaches_the_command(name: str) -> None:
    text, expected = GIVEN[name]
    found = arguments(words(f"{name}={text.replace('$', '$$')}"))
    value = getattr(found, name.lower())
    assert (value if name in ("CELLS", "STEPS", "REPEATS", "ACCEPT_LOCKS") else str(value)) == (
        expected
    )
    assert str(found.publication) == "a publication.zip"


def test_control_nothing_given_is_nothing_said() -> None:
    assert words() == ["a publication.zip", "--cores", "2"]
