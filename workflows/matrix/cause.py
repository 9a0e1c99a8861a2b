"""Why runs differ, in words, with the cure: as much as was tested, and no more.

Four strengths, from the strongest: `tested` (the setting was added or removed by itself and the
runs then agreed or parted), `one change` (all else was equal, so the change is the cause, but no
cure was tried), `correlation` (several things differ at once), `unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.compare.difference import Difference
from workflows.studies.ablation.result import Sufficient

Evidence = Literal["tested", "one change", "correlation", "unknown"]


class Cause(Model):
    """What makes two runs differ."""

    what: str = Field(description="the cause, in words")
    cure: list[str] = Field(description="each a way to cure it: settings, or a configuration")
    evidence: Evidence
    basis: str = Field(description="what the evidence is")


PLACES = {
    "initial weights": "the initialisation",
    "initial state": "the state at the start beside the weights",
    "batch": "the data: their order, or what the loader does to them",
    "loss": "the forward pass",
    "weights": "the update of the weights",
    "state": "the state beside the weights (optimizer, schedule, buffers)",
    "length": "the number of steps",
    "final weights": "the weights after the last step",
    "final state": "the state after the last step beside the weights",
    "files": "the files that it writes; all that was traced is equal",
    "printed errors": "what it prints on standard error; all that was traced is equal",
    "printed": "what the program prints; all that was traced is equal",
}
UNSEEDED = {
    "initial weights": "initialisation is unseeded",
    "batch": "data order is unseeded",
    "loss": "the forward pass draws from an unseeded generator, or an operator in it is not "
    "deterministic",
}


def layer(tensor: str | None) -> str:
    """Return the layer that a tensor belongs to: `conv2` of `conv2.weight`."""
    return (tensor or "").rpartition(".")[0] or (tensor or "some layer")


def place(difference: Difference) -> str:
    """Say which part of a step gives other bits first."""
    if difference.phase in ("backward", "gradients"):
        return f"{layer(difference.tensor)} backward"
    return PLACES[difference.phase]


def of_repeats(
    difference: Difference,
    settings: list[str],
    sufficient: list[Sufficient],
    identical: Mapping[str, list[str]],
) -> Cause:
    """Return why repeats of one combination differ.

    `settings`: in force; `sufficient`: what an ablation of this benchmark found here (a set that
    is in force already has failed);
    `identical`: the settings of each configuration whose repeats are identical here.
    """
    unseeded = "torch-seed" not in settings and difference.phase in UNSEEDED
    what = (
        UNSEEDED[difference.phase]
        if unseeded
        else f"{place(difference)} is not deterministic: equal inputs, other bits"
    )
    sufficient = [each for each in sufficient if not set(each.settings) <= set(settings)]
    if sufficient:
        ways = ["+".join(each.settings) or "nothing" for each in sufficient]
        fewest = min(each.repeats for each in sufficient)
        text = f"ablation: the smallest sets that keep {fewest} fresh repeats identical"
        return Cause(what=what, cure=ways, evidence="tested", basis=text)
    more = {
        name: [s for s in theirs if s not in settings]
        for name, theirs in identical.items()
        if set(settings) < set(theirs)
    }
    if not more:
        text = "no configuration of this experiment is identical here"
        return Cause(what=what, cure=[], evidence="unknown", basis=text)
    name, added = min(more.items(), key=lambda item: len(item[1]))
    if len(added) == 1:
        text = f"{name} is identical here and adds this setting alone"
        return Cause(what=what, cure=added, evidence="tested", basis=text)
    text = f"{name} is identical here and adds {', '.join(added)}: which of them does it is open"
    return Cause(what=what, cure=[name], evidence="correlation", basis=text)


def of_variation(variation: str, change: str, difference: Difference, keeping: list[str]) -> Cause:
    """Return why a variation loses the letter; `keeping`: configurations that keep theirs."""
    where = place(difference)
    basis = f"nothing but {variation} was changed"
    if keeping:
        basis += (
            f"; {', '.join(keeping)} keep{'s' if len(keeping) == 1 else ''} the letter under it"
        )
    return Cause(
        what=f"{change} gives other bits, first in {where}",
        cure=keeping,
        evidence="tested" if keeping else "one change",
        basis=basis,
    )


def of_environment(differing: list[str], difference: Difference) -> Cause:
    """Return why two environments disagree; `differing`: the versions in which they do."""
    what = f"{', '.join(differing) or 'something unrecorded'}: first in {place(difference)}"
    alone = len(differing) == 1
    basis = "the only recorded difference" if alone else "these differ at once: which one is open"
    return Cause(what=what, cure=[], evidence="one change" if alone else "correlation", basis=basis)


def change_in_words(changes: Mapping[str, object]) -> str:
    """Say what a variation changes, from its fields that are not the default's."""
    words = []
    for name, value in changes.items():
        if name == "variables" and isinstance(value, dict):
            words += [f"{key}={text}" for key, text in value.items()]
        elif name == "options" and isinstance(value, dict):
            words += [f"{key} = {text}" for key, text in value.items()]
        elif name == "settings" and isinstance(value, list):
            words += [f"the setting {text}" for text in value]
        elif name == "threads":
            words.append(f"the thread count ({value})")
        elif name == "cpu":
            words.append(f"the CPU ({value}, emulated)")
        elif name == "load":
            words.append("a busy neighbour")
        elif name == "resume":
            words.append(f"resuming after step {value}")
        elif name in ("folder", "user"):
            words.append("the working directory" if name == "folder" else "the user")
    return ", ".join(words) or "nothing"
