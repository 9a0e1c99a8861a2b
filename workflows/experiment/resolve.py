"""What the names in an experiment stand for: standard sets, the user's own, probes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any, TypedDict

from workflows.common.errors import UserError
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.model import AblationChoice, BenchmarkChoice, CostChoice, Experiment
from workflows.experiment.planned import OUT

DEVICES = ["cpu", "cuda"]
PROBES = "benchmarks/probes/"
LISTED = 12
"""Names that one line holds."""
Choice = BenchmarkChoice | AblationChoice | CostChoice


def nearest(wrong: object, names: Iterable[str]) -> str:
    """Return ` (did you mean X?)` for the nearest valid name, else the empty string."""
    close = difflib.get_close_matches(str(wrong), list(names), n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""


def one_of(wrong: object, names: Iterable[str]) -> str:
    """Return `one of A, B (did you mean B?)`; of more than `LISTED` names the first are told."""
    known = list(names)
    more = len(known) - LISTED
    told = f"{', '.join(known[:LISTED])} and {more} more" if more > 0 else ", ".join(known)
    return f"one of {told}{nearest(wrong, known)}"


def refuse(key: str, value: object, expected: str) -> UserError:
    """Return the error for a wrong value of a key of the config."""
    return UserError(f"config: {key} = {value!r}: expected {expected}")


def probes(catalogue: Catalogue) -> list[str]:
    """Return the names of all probes, also of files of their folder that have a fault."""
    return [
        name
        for name, each in catalogue.benchmarks.items()
        if each.probe or (each.fault and each.file.startswith(PROBES))
    ]


def named_probes(experiment: Experiment, catalogue: Catalogue) -> list[str]:
    """Return the probes that an experiment asks for."""
    return probes(catalogue) if experiment.probes == "all" else list(experiment.probes)


def sound(names: Iterable[str], catalogue: Catalogue) -> list[str]:
    """Return those of some benchmarks that can be run: whose files have no fault."""
    return [name for name in names if not catalogue.benchmarks[name].fault]


def faults(experiment: Experiment, catalogue: Catalogue) -> list[str]:
    """Return why benchmarks that an experiment names cannot be run, a line each."""
    names = (
        *experiment.benchmarks, *experiment.ablation, *experiment.costs,
        *named_probes(experiment, catalogue),
    )  # fmt: skip
    found = {name: catalogue.benchmarks[name].fault for name in names}
    return [f"{OUT}{name}: {fault}" for name, fault in found.items() if fault]


def own_names(items: list[Any]) -> list[str]:
    """Return the names in a list of names and `{a new name: …}`."""
    return [name for item in items for name in ([item] if isinstance(item, str) else item)]


def own(items: list[Any], key: str, catalogue: Catalogue) -> dict[str, Any]:
    """Return all chosen configurations or variations by name, standard and the user's own."""
    standard: dict[str, Any] = getattr(catalogue, key)
    chosen: dict[str, Any] = {}
    for item in items:
        if not item:
            raise refuse(key, item, "a name, or {a new name: …}")
        if isinstance(item, str):
            if item not in standard:
                raise refuse(key, item, one_of(item, standard))
            chosen[item] = standard[item]
            continue
        for name, value in item.items():
            if name in standard:
                raise UserError(f"config: {key}.{name}: is a standard name; choose another")
            chosen[name] = value
    return chosen


def places(experiment: Experiment, devices: Mapping[str, list[str]]) -> dict[str, str]:
    """Return, for each device, the first environment of the experiment that can drive it.

    `devices` names what each environment can drive (`host`: all).
    """
    first: dict[str, str] = {}
    for environment, device in product(experiment.environments, experiment.devices):
        if device in devices.get(environment, DEVICES):
            first.setdefault(device, environment)
    return first


class Taken(TypedDict):
    """How a benchmark is run."""

    steps: int
    options: dict[str, Any]


def taken(
    experiment: Experiment, catalogue: Catalogue, name: str, choice: Choice | None = None
) -> Taken:
    """Return how a benchmark is run: a stage's choice, the experiment's, its own."""
    benchmark, usual = catalogue.benchmarks[name], experiment.benchmarks.get(name)
    choices = [each for each in (choice, usual) if each]
    steps = next((each.steps for each in choices if each.steps), benchmark.steps)
    options = dict(benchmark.options)
    for each in reversed(choices):
        options.update(each.options)
    return {"steps": steps, "options": options}
