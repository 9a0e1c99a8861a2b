"""Snakemake's own linter."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.conftest import Need
from workflows.common.paths import ROOT

# Rules call this project's own programs in its own environment; the environments under test
# are built by the workflow itself, which no directive of Snakemake can say.
ACCEPTED = {"Specify a conda environment or container for each rule."}


def test_the_linter_finds_nothing_but_what_was_decided(need: Need) -> None:
    need("venv")
    command = [sys.executable, "-m", "snakemake", "--lint", "--config", "engine=venv"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = set(re.findall(r"^ +\* (.*?):?$", done.stdout + done.stderr, re.MULTILINE))
    assert found == ACCEPTED
