"""Why runs differ, in words, with the cure: as much as was tested, and no more.

Five strengths, from the strongest: `tested` (the change was made by itself and the runs then agreed
or parted), `one change` (all else was equal, so the change is the cause, but no cure was tried by
itself), `observed` (a source outside the seeds was seen, or the operator that does it, no cure was
found), `correlation` (several things differ at once, or chance may do it), `unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.compare.close_look import BY_OPERATOR, Parted
from workflows.compare.difference import Difference
from workflows.matrix.symptom import NAMED, where
from workflows.matrix.tried import Tried, by_chance, order
from workflows.runs.watched import Source

Evidence = Literal["tested", "one change", "observed", "correlation", "unknown"]
AT_FAULT = ("operator", "unwritten")
"""How runs part at an operator that is the fault itself."""
NOTHING = "nothing that was tried in this experiment makes the runs agree"


class Cause(Model):
    """What makes two runs differ."""

    what: str = Field(description="what was seen, in words: a place is no cause")
    cure: list[str] = Field(description="each a way to cure it: settings, a change, or a set")
    evidence: Evidence
    basis: str = Field(description="what the evidence is")
    remarks: list[str] = Field(
        [], description="what makes the runs agree and is no cure, what a cure hides, and which "
        "setting cures which of several differences"
    )  # fmt: skip


def of_repeats(
    what: str,
    place: Difference,
    letters: Sequence[str],
    tried: Sequence[Tried],
    seen: Sequence[Source],
) -> Cause:
    """Return why repeats of one combination differ.

    `what`: the symptom in words; `letters`: of the repeats; `tried`: all that was tried against it;
    `seen`: the sources up to the place that a second look observed.
    """
    agreeing = [each for each in tried if each.cures]
    chance = {each.way: by_chance(letters, each.repeats) for each in agreeing}
    tested = [each for each in agreeing if each.alone and not chance[each.way]]
    remarks = [*_no_cures(tried), *order(place, tried)]
    if tested:
        ways = list(dict.fromkeys(each.way for each in tested))
        basis = "; ".join(dict.fromkeys(each.basis for each in tested))
        remarks += _hidden(place, ways, seen)
        return Cause(what=what, cure=ways, evidence="tested", basis=basis, remarks=remarks)
    if agreeing:
        best = min(agreeing, key=lambda each: (not each.alone, len(each.added)))
        why = chance[best.way]
        basis = f"{best.basis}: {why}" if why else f"{best.basis}: which of them does it is open"
        return Cause(
            what=what, cure=[best.way], evidence="correlation", basis=basis, remarks=remarks
        )
    evidence: Evidence = "observed" if any(each.kind in NAMED for each in seen) else "unknown"
    return Cause(what=what, cure=[], evidence=evidence, basis=NOTHING, remarks=remarks)


def with_operator(found: Cause, operator: Parted | None) -> Cause:
    """Return a cause with the evidence that an operator was seen to do it."""
    itself = operator is not None and operator.kind in AT_FAULT
    if not itself or found.evidence != "unknown":
        return found
    return found.model_copy(update={"evidence": "observed"})


def _no_cures(tried: Sequence[Tried]) -> list[str]:
    """Say what makes the runs agree without curing them."""
    found = []
    for each in tried:
        if each.place is None and each.detects:
            found.append(f"{each.way} makes the runs agree: {'; '.join(each.detects)}")
        elif each.place is None and each.ruined:
            found.append(f"{each.way} makes the runs agree, and is no cure: {each.ruined}")
    return list(dict.fromkeys(found))


def _hidden(place: Difference, ways: Sequence[str], seen: Sequence[Source]) -> list[str]:
    """Say what a seed only hides: dropout that is active where the program prints."""
    dropout = [f"{each.what} ({each.place})" for each in seen if each.kind == "dropout"]
    seeds = [way for way in ways if "seed" in way]
    if place.phase != "printed" or not dropout or not seeds:
        return []
    return [f"{' or '.join(seeds)} hides it: {dropout[0]}"]


def of_variation(
    variation: str,
    what: str,
    place: Difference,
    keeping: Mapping[str, Sequence[str]],
    tried: Sequence[Tried],
) -> Cause:
    """Return why a variation loses the letter.

    `keeping`: the configurations that keep theirs, each with the settings that it adds; `tried`:
    what was tried by itself on the baseline and on the variation.
    """
    basis = [f"nothing but {variation} was changed"]
    if keeping:
        names = ", ".join(keeping)
        basis.append(f"{names} keep{'s' if len(keeping) == 1 else ''} the letter under it")
    tested = [each for each in tried if each.cures and each.alone]
    singles = [added[0] for added in keeping.values() if len(added) == 1]
    ways = list(dict.fromkeys([*(each.way for each in tested), *singles]))
    return Cause(
        what=what,
        cure=ways or list(keeping),
        evidence="tested" if ways else "one change",
        basis="; ".join(dict.fromkeys([*basis, *(each.basis for each in tested)])),
        remarks=[*_no_cures(tried), *order(place, tried)],
    )


def of_unsteady(variation: str, uncured: Cause) -> Cause:
    """Return why the runs of a variation do not repeat, where those of its baseline do."""
    basis = f"its baseline is identical, and nothing but {variation} was changed"
    return uncured.model_copy(update={"evidence": "one change", "basis": basis})


def of_environment(
    differing: list[str], difference: Difference, operator: Parted | None = None
) -> Cause:
    """Return why two environments disagree.

    `differing`: the versions in which they do; `operator`: the one at which they were seen to part.
    """
    what = f"{', '.join(differing) or 'something unrecorded'}: first in {where(difference)}"
    what += f"; {BY_OPERATOR}{operator}" if operator else ""
    alone = len(differing) == 1
    basis = "the only recorded difference" if alone else "these differ at once: which one is open"
    return Cause(what=what, cure=[], evidence="one change" if alone else "correlation", basis=basis)
