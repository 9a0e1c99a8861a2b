"""The reference of commands: what each `reprise` command and make say of themselves."""

from __future__ import annotations

import os
import sys

from docs.generated.markdown import code, table
from workflows.__main__ import VERBS
from workflows.common.paths import ROOT
from workflows.common.program import output


def said(*command: str) -> str:
    """Return what a command prints in a terminal of 96 columns, without the clone's place."""
    surroundings = {**os.environ, "COLUMNS": "96"}
    text = output([*command], " ".join(command), timeout=120, cwd=ROOT, env=surroundings)
    return text.replace(f"{ROOT}/", "")


def help_of(verb: str) -> str:
    """Return what `reprise VERB --help` prints."""
    return said(sys.executable, "-m", "workflows", verb, "--help")


def targets() -> list[list[str]]:
    """Return make's targets, each with what it does."""
    lines = said("make", "--no-print-directory", "help").splitlines()
    return [[code(line.split()[0]), line.partition(" ")[2].strip()] for line in lines]


def page() -> str:
    """Return the page of all commands."""
    verbs = [[f"[`reprise {verb}`](#reprise-{verb})", about] for verb, (_, about) in VERBS.items()]
    helps = "\n".join(f"### reprise {verb}\n\n```text\n{help_of(verb)}\n```\n" for verb in VERBS)
    return f"""# Commands

## make

`make TARGET` sets up what it needs; `reprise` is then in `.venv/bin`.

{table(["target", "what it does"], targets())}
## reprise

{table(["command", "what it does"], verbs)}
{helps}"""
