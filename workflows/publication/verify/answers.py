"""What a cell's verification answers: the published run held against the one made here. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from pydantic import Field

from workflows.common.models import Model
from workflows.compare.difference import Difference, first_difference
from workflows.experiment.reads import static
from workflows.publication.manifest import Manifest
from workflows.publication.traces import Reference
from workflows.runs.held import Held
from workflows.runs.machine import machine
from workflows.runs.record import Run

Answer = Literal["reproduced", "renamed", "prints-alike", "differs", "cannot-run", "not-claimed"]

WORDS: dict[Answer, str] = {
    "reproduced": "reproduced bit for bit",
    "renamed": "reproduced bit for bit, but not under its name",
    "prints-alike": "prints alike",
    "differs": "differs",
    "cannot-run": "cannot run here",
    "not-claimed": "not claimed",
}


class Checked(Model):
    """One cell's answer."""

    cell: str
    answer: Answer
    runs: int = Field(0, description="runs made here")
    steps: int = Field(0, description="published steps that were compared")
    first_difference: Difference | None = None
    reason: str | None = None
    notes: list[str] = Field([], description="what else is not equal, such as the hardware")

    def __str__(self) -> str:
        """Say it in one line."""
        text = f"{self.cell}: {WORDS[self.answer]}"
        if self.first_difference:
            text += f" first at {self.first_difference}"
        elif self.answer in ("reproduced", "renamed"):
            runs = f", {self.runs} runs" if self.runs > 1 else ""
            text += f" ({self.steps} steps compared{runs})"
        if self.reason:
            text += f": {self.reason}"
        return "; ".join([text, *self.notes])


class Verification(Model):
    """The machine-readable result."""

    schema_version: Literal[1] = 1
    publication: Manifest
    digest: str
    signed: str
    checked: str = Field(description="what was checked of it, and what it only claims")
    engine: str
    cells: list[Checked]


def first(published: Reference, here: Run) -> Difference | None:
    """Return where a run here first differs from the published one, at the published steps.

    A run here may be shorter (`--steps`): then only what both have is compared, and neither the
    final weights nor lines that it did not come to print.
    """
    within = published.at < len(here.steps)
    at = published.at[within]
    ours, theirs = here.rows(at), published.run.rows(within)
    if shorter(published, here):
        trace = theirs.record.trace.model_copy(
            update={"final_weights": ours.record.trace.final_weights}
        )
        record = theirs.record.model_copy(update={"trace": trace})
        theirs = replace(theirs, record=record)
    found = first_difference(*in_one_form(theirs, ours, cut=shorter(published, here)))
    if found is None or found.step is None or found.phase == "length":
        return found
    return found.model_copy(update={"step": int(at[found.step])})


def in_one_form(theirs: Run, ours: Run, *, cut: bool) -> tuple[Run, Run]:
    """Return both runs with what they printed in one form.

    Records of version 1 cut lines in another way. `cut`: ours is shorter, so that only the lines
    that it ended count.
    """
    lines = ours.record.printed
    ended = lines[-1:] != ["\n"]  # see `lines` in benchmarks/harness/output.py
    if cut and not ended:
        lines, ended = lines[:-2], True
    if theirs.record.schema_version == 1 < ours.record.schema_version:
        lines = "".join(f"{line}\n" for line in (lines if ended else lines[:-1])).splitlines()
    count = len(lines) if cut else None
    return _printing(theirs, theirs.record.printed[:count]), _printing(ours, lines)


def _printing(run: Run, lines: list[str]) -> Run:
    record = run.record.model_copy(update={"printed": lines})
    return replace(run, record=record)


def shorter(published: Reference, here: Run) -> bool:
    """Return whether the run here was asked to take fewer steps than the published one."""
    return here.record.run.steps < published.record.run.steps


def judge(cell: str, published: Reference, here: list[Run], environment: list[str]) -> Checked:
    """Return a cell's answer; `environment`: what is not equal about the environments."""
    ran = [run for run in here if run.record.status == "completed"]
    differences = [first(published, run) for run in ran]
    if not any(differences) and (len(ran) < len(here) or not here):
        reasons = [run.record.reason or run.record.status for run in here if run not in ran]
        return Checked(cell=cell, answer="cannot-run", reason="; ".join(dict.fromkeys(reasons)))
    compared = int(np.count_nonzero(published.at < len(ran[0].steps)))
    if compared == 0 and not any(differences):
        text = "no published step was compared"
        return Checked(cell=cell, answer="cannot-run", reason=text)
    notes = [*hardware(published, ran[0]), *code(published, ran[0]), *environment]
    common: dict[str, Any] = {"cell": cell, "runs": len(ran), "steps": compared, "notes": notes}
    worst = next((each for each in differences if each), None)
    if worst is None:
        return Checked(answer="reproduced", **common)
    count = min(len(ran[0].record.printed), len(published.record.printed))
    alike = count > 0 and all(
        run.record.printed[:count] == published.record.printed[:count] for run in ran
    )
    if worst.phase == "printed":
        alike = False
    answer: Answer = "prints-alike" if alike else "differs"
    return Checked(answer=answer, first_difference=worst, **common)


def under_its_name(found: Checked, reasons: list[str]) -> Checked:
    """Return the answer, `renamed` where the cell's name is not vouched for, with the reasons.

    The run was made as the publication asked for it; here its name means something else.
    """
    if not reasons:
        return found
    answer: Answer = "renamed" if found.answer == "reproduced" else found.answer
    return found.model_copy(update={"answer": answer, "notes": [*reasons, *found.notes]})


def hardware(published: Reference, here: Run) -> list[str]:
    """Name what the published run computed on, where that is not what computed here."""
    there = machine(published.run)
    own = machine(here)
    found = []
    if " ".join(there.split()) != " ".join(own.split()):
        found.append(f"other hardware: published on {there}, here {own}")
    extensions = _instructions(published.record.held), _instructions(here.record.held)
    if not found and extensions[0] != extensions[1]:
        lost, gained = extensions[0] - extensions[1], extensions[1] - extensions[0]
        words = [f"without {', '.join(sorted(lost))}"] if lost else []
        words += [f"with {', '.join(sorted(gained))}"] if gained else []
        found.append(f"other hardware: the same model of processor, here {' and '.join(words)}")
    return found


def _instructions(held: Held | None) -> set[str]:
    """Return the vector instructions that a processor offers: what libraries choose by."""
    families = ("avx", "sse", "ssse", "fma", "amx", "f16c")
    offered = held.processor.instructions if held else set()
    return {flag for flag in offered if flag.startswith(families)}


def code(published: Reference, here: Run) -> list[str]:
    """Say where the code that trained, or what it read, is not the published one."""
    if static(published.record.identity) != static(here.record.identity):
        return ["other code or settings than published: check out the published revision"]
    there, own = published.record.read or {}, here.record.read or {}
    names = sorted(name for name in {*there, *own} if there.get(name) != own.get(name))
    return [f"other code or data than published: {', '.join(names)}"] if names else []


def summary(found: list[Checked]) -> str:
    """Return the count of every answer in one line."""
    counts = Counter(each.answer for each in found)
    return ", ".join(
        f"{counts[answer]} {words}" for answer, words in WORDS.items() if counts[answer]
    )
