"""What a baseline that PyTorch refuses would do: the same runs, where operators only warn.

Pure; asks for runs. What they show changes no verdict: what is refused stays refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from workflows.compare.verdict import judge
from workflows.experiment.catalogue import Catalogue
from workflows.runs.record import Run
from workflows.studies.cures.plan import CuresPlan
from workflows.studies.cures.result import Warned
from workflows.studies.cures.search import Obtain, outcome

RAISES, WARNS = "deterministic-algorithms", "deterministic-warn-only"
"""The setting under which operators are refused, and the one that takes its place."""
LEAST, MOST = 2, 4
"""Runs of it."""
ITSELF = "the program itself asks for deterministic algorithms: no setting takes that back"
OPERATORS = (
    re.compile(r"(\w[\w ]*(?:::\w+)*) does not have a deterministic implementation"),
    re.compile(r"(\w[\w ]*) defaults to a non-deterministic algorithm"),
    re.compile(r"this operation is not deterministic because it uses (CuBLAS)"),
)
"""PyTorch's words for an operator without a deterministic form, refused or warned of."""


def operators(lines: Iterable[str]) -> list[str]:
    """Return the operators that lines of PyTorch's name, each once, in their order."""
    found = [
        match[1]
        for line in lines
        if "deterministic" in line
        for pattern in OPERATORS
        for match in pattern.finditer(line)
    ]
    return list(dict.fromkeys(found))


def refused(runs: list[Run]) -> bool:
    """Return whether PyTorch refused what these repeats execute."""
    return judge(runs).verdict == "refused"


def measured(
    plan: CuresPlan, runs: list[Run], catalogue: Catalogue, obtain: Obtain
) -> tuple[Warned, list[Run]] | None:
    """Return what repeats that were refused do where operators only warn, and the runs of it.

    As many as they are, two at least and four at most, and as long; None where no setting makes
    the operators raise. Ends with the first that does not complete.
    """
    own = plan.baseline.settings
    if RAISES not in own:
        return None
    wanted = {*own, WARNS} - {RAISES}
    settings = [name for name in catalogue.settings if name in wanted]
    made: list[Run] = []
    for repeat in range(min(MOST, max(LEAST, len(runs)))):
        made.append(obtain(settings, repeat, plan.baseline.steps))
        if made[-1].record.status != "completed":
            break
    found = Warned(
        refused=operators(r.record.reason or "" for r in runs if r.record.status == "refused"),
        found=outcome(made, before=[]),
        operators=operators(line for run in made for line in run.record.printed_errors),
    )
    return found, made
