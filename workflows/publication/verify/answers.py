"""What a cell's verification answers: the published run held against the one made here. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from workflows.compare.difference import END, Difference, cut, first_difference, length
from workflows.compare.notes import between
from workflows.compare.outcome import on_common, unwatched
from workflows.compare.verdict import print_alike
from workflows.experiment.reads import static
from workflows.publication.traces import Reference
from workflows.publication.verify.aftermath import after
from workflows.publication.verify.model import Answer, Checked
from workflows.publication.verify.words import capped, machine
from workflows.runs.held import Held
from workflows.runs.record import Run, RunRecord


def first(published: Reference, here: Run) -> Difference | None:
    """Return where a run here first differs from the published one, at the published steps.

    A run here may be shorter (`--steps`): then only what both have is compared, and neither the
    final weights nor lines that it did not come to print.
    """
    within = published.at < len(here.steps)
    at = published.at[within]
    ours, theirs = here.rows(at), published.run.rows(within)
    short = shorter(published, here)
    lines = in_one_form(theirs.record, ours.record, short=short)
    if short:
        ours, theirs = cut(ours, len(at)), cut(theirs, len(at))
    found = first_difference(_printing(theirs, lines[0]), _printing(ours, lines[1]))
    if not short and (found is None or found.phase in END):
        found = length(published.record.trace.steps, here.record.trace.steps) or found
    if found is None or found.step is None or found.phase == "length":
        return found
    return found.model_copy(update={"step": int(at[found.step])})


def in_one_form(theirs: RunRecord, ours: RunRecord, *, short: bool) -> tuple[list[str], list[str]]:
    """Return what both printed in one form.

    Records of version 1 cut lines in another way. `short`: ours is, so that only the lines
    that it ended count.
    """
    lines = ours.printed
    ended = lines[-1:] != ["\n"]  # see `lines` in benchmarks/harness/output.py
    if short and not ended:
        lines, ended = lines[:-2], True
    if theirs.schema_version == 1 < ours.schema_version:
        lines = "".join(f"{line}\n" for line in (lines if ended else lines[:-1])).splitlines()
    return theirs.printed[: len(lines) if short else None], lines


def _printing(run: Run, lines: list[str]) -> Run:
    return replace(run, record=run.record.model_copy(update={"printed": lines}))


def shorter(published: Reference, here: Run) -> bool:
    """Return whether the run here was asked to take fewer steps than the published one."""
    return here.record.run.steps < published.record.run.steps


def judge(cell: str, published: Reference, here: list[Run], environment: list[str]) -> Checked:
    """Return a cell's answer; `environment`: what is not equal about the environments."""
    ran = [run for run in here if run.record.status == "completed"]
    differences = [first(published, run) for run in ran]
    if not any(differences) and (len(ran) < len(here) or not here):
        reasons = [run.record.reason or run.record.status for run in here if run not in ran]
        absent = any(run.record.status == "not-run" for run in here)
        return Checked(
            cell=cell, answer="cannot-run", reason="; ".join(dict.fromkeys(reasons)),
            claim="none" if absent else "made",
        )  # fmt: skip
    compared = int(np.count_nonzero(published.at < len(ran[0].steps)))
    if compared == 0 and not any(differences):
        text = "no published step was compared"
        return Checked(cell=cell, answer="cannot-run", reason=text)
    notes = [*hardware(published, ran[0]), *code(published, ran[0]), *environment]
    common: dict[str, Any] = {"cell": cell, "runs": len(ran), "steps": compared, "notes": notes}
    common["capped"] = capped(ran[0])
    worst = next((each for each in differences if each), None)
    if worst is None:
        common["notes"] = [*beside(published, ran[0]), *notes]
        return Checked(answer="reproduced", **common)
    count = min(len(ran[0].record.printed), len(published.record.printed))
    printing = [_printing(run, run.record.printed[:count]) for run in (published.run, *ran)]
    alike = print_alike(printing, worst)
    answer: Answer = "prints-alike" if alike else "differs"
    parted = ran[differences.index(worst)]
    lines = in_one_form(published.record, parted.record, short=shorter(published, parted))
    return Checked(
        answer=answer, first_difference=worst, after=after(published, parted, *lines), **common
    )


def beside(published: Reference, here: Run) -> list[str]:
    """Say what is not equal though all that counts is, and what could not be compared."""
    runs = [published.run, here]
    missing = [f"not compared, as one of them did not watch it: {', '.join(unwatched(runs))}"]
    if shorter(published, here):
        return missing if unwatched(runs) else []
    every = len(published.at) == len(here.steps)
    lines = in_one_form(published.record, here.record, short=False)
    pair = on_common([_printing(run, own) for run, own in zip(runs, lines, strict=True)])
    return [*between(*pair, every=every), *(missing if unwatched(runs) else [])]


def under_its_name(found: Checked, reasons: list[str], *, earlier: bool = False) -> Checked:
    """Return the answer, `renamed` where the cell's name is not vouched for, with the reasons.

    The run was made as the publication asked for it; here its name means something else: where
    it is an `earlier` meaning, all of that and more.
    """
    if not reasons:
        return found
    answer: Answer = "renamed" if found.answer == "reproduced" else found.answer
    return found.model_copy(
        update={"answer": answer, "notes": [*reasons, *found.notes], "earlier": earlier}
    )


def hardware(published: Reference, here: Run) -> list[str]:
    """Name what the published run computed on, where that is not what computed here."""
    there, own = machine(published.run), machine(here)
    found = []
    if there != own:
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
