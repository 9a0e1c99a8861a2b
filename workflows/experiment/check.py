"""Checks every name that an experiment uses against what there is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from workflows.common.errors import UserError
from workflows.data.digests import CIFAR10
from workflows.environments.kinds import HOST
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.model import OTHERS, Experiment, own_data
from workflows.experiment.planned import SIDES
from workflows.experiment.resolve import (
    named_probes,
    nearest,
    one_of,
    own,
    own_names,
    probes,
    refuse,
    sound,
)

AXES = ("environments", "devices", "configurations", "variations", "probes")
RESERVED = re.compile(r"baseline-\d+|bit-flip(-\w+)?|untouched|against")
"""Names of variations that the plan itself uses."""
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Variables that every run sets from its number of threads."""
LONGEST = 200
"""Characters of a pattern of one's own."""


def check_experiment(experiment: Experiment, catalogue: Catalogue, pinned: Iterable[str]) -> None:
    """Raise `UserError` for the first name that is unknown, missing or given twice."""
    for environment in experiment.environments:
        known("environments", environment, [*pinned, HOST])
    check_benchmarks(experiment, catalogue)
    check_probes(experiment, catalogue)
    check_ablation(experiment, catalogue)
    check_costs(experiment, catalogue)
    for name in experiment.cures or {}:
        known("cures", name, experiment.benchmarks)
    check_noise(experiment.noise or {})
    check_data(experiment, catalogue)
    for key in AXES:
        if isinstance(items := getattr(experiment, key), list):
            check_unique(key, items)
    for name, settings in own(experiment.configurations, "configurations", catalogue).items():
        if name in SIDES:
            raise UserError(f"config: configurations.{name}: probes use this name; choose another")
        for setting in settings:
            known(f"configurations.{name}", setting, catalogue.settings)
        check_agree(f"configurations.{name}", settings, catalogue)
    check_variations(experiment, catalogue, pinned)


def known(key: str, value: str, names: Iterable[str]) -> None:
    """Raise `UserError` unless `value` is one of `names`."""
    if value not in (names := list(names)):
        raise refuse(key, value, one_of(value, names))


def check_agree(key: str, settings: Iterable[str], catalogue: Catalogue) -> None:
    """Refuse a set of settings of which two contradict each other.

    What a variation adds may well contradict its configuration: that is what it changes.
    """
    if found := catalogue.contradiction(settings):
        one, other = found
        raise refuse(key, other, f"it without {one}, which it contradicts: leave one of them out")


def check_benchmarks(experiment: Experiment, catalogue: Catalogue) -> None:
    """Check benchmarks, their options and their repeats."""
    for name, choice in experiment.benchmarks.items():
        known("benchmarks", name, catalogue.benchmarks)
        check_options(f"benchmarks.{name}.options", choice.options, catalogue, [name])
        if name not in experiment.repeats:
            raise UserError(f"config: repeats.{name}: missing; say how often {name} is to run")
    for name in experiment.repeats:
        known("repeats", name, [*experiment.benchmarks, *OTHERS])


def check_probes(experiment: Experiment, catalogue: Catalogue) -> None:
    """Check the probes, and that none is a benchmark of the same experiment."""
    for name in named_probes(experiment, catalogue):
        known("probes", name, probes(catalogue))
        if name in experiment.benchmarks:
            raise UserError(f"config: probes: {name} stands under benchmarks too; name it once")


def check_ablation(experiment: Experiment, catalogue: Catalogue) -> None:
    """Check the benchmarks to take apart, their options, and the configurations to start from."""
    starts = [*catalogue.configurations, *own_names(experiment.configurations)]
    for name, choice in experiment.ablation.items():
        known("ablation", name, catalogue.benchmarks)
        check_options(f"ablation.{name}.options", choice.options, catalogue, [name])
        known(f"ablation.{name}.start", choice.start, dict.fromkeys(starts))


def check_costs(experiment: Experiment, catalogue: Catalogue) -> None:
    """Check the benchmarks on which costs are measured, and their options."""
    for name, choice in experiment.costs.items():
        known("costs", name, catalogue.benchmarks)
        check_options(f"costs.{name}.options", choice.options, catalogue, [name])


def check_data(experiment: Experiment, catalogue: Catalogue) -> None:
    """Check that somebody reads what is named, and that what is read is known or one's own."""
    for name in experiment.data:
        known("data", name, sorted({b.data for b in catalogue.benchmarks.values() if b.data}))
        own = own_data(experiment, name)
        if own and name == CIFAR10.name:
            raise refuse(f"data.{name}", own.sha256, "its path alone: its digests are known")
        if not own and name != CIFAR10.name:
            raise refuse(f"data.{name}", experiment.data[name], "{path: …, sha256: …}")
    probes_ = named_probes(experiment, catalogue)
    for each in (*experiment.benchmarks, *probes_, *experiment.ablation, *experiment.costs):
        name = catalogue.benchmarks[each].data or CIFAR10.name
        if name != CIFAR10.name and name not in experiment.data:
            raise UserError(
                f"config: data.{name}: missing: {each} reads it; "
                f"data: {{ {name}: {{ path: …, sha256: … }} }}"
            )


def check_noise(patterns: Mapping[str, str]) -> None:
    """Check the patterns of what does not count in printed lines."""
    for name, pattern in patterns.items():
        expected = f"a regular expression of 1 to {LONGEST} characters that matches some text"
        try:
            fits = len(pattern) <= LONGEST and not re.compile(pattern).match("")
        except re.error as error:
            fits, expected = False, f"a regular expression ({error})"
        if not fits or not name.isprintable():
            raise refuse(f"noise.{name}", pattern, expected)


def check_variations(experiment: Experiment, catalogue: Catalogue, pinned: Iterable[str]) -> None:
    """Check the variations, and where they are tried: the plan says what is not in it."""
    for name in experiment.vary.environments:
        known("vary.environments", name, [*pinned, HOST])
    configurations = {*catalogue.configurations, *own_names(experiment.configurations)}
    for name in experiment.vary.configurations:
        known("vary.configurations", name, sorted(configurations))
    for name, variation in own(experiment.variations, "variations", catalogue).items():
        if RESERVED.fullmatch(name):
            raise UserError(f"config: variations.{name}: the plan uses this name; choose another")
        for setting in variation.settings:
            known(f"variations.{name}.settings", setting, catalogue.settings)
        check_agree(f"variations.{name}.settings", variation.settings, catalogue)
        for variable in variation.variables:
            if variable in THREADS:
                raise refuse(f"variations.{name}.variables", variable, "threads: N instead")
        options = f"variations.{name}.options"
        standard = variation == catalogue.variations.get(name)  # the plan says where it has none
        benchmarks = catalogue.benchmarks if standard else experiment.benchmarks
        check_options(options, variation.options, catalogue, benchmarks)


def check_options(
    key: str, options: dict[str, Any], catalogue: Catalogue, benchmarks: Iterable[str]
) -> None:
    """Check options against the defaults that the benchmarks declare, by name and type."""
    known: dict[str, Any] = {}
    benchmarks = list(benchmarks)
    for benchmark in benchmarks:
        known.update(catalogue.benchmarks[benchmark].options)
    unread = sound(benchmarks, catalogue) != benchmarks  # it may be an option of one with a fault
    for name, value in options.items():
        if name not in known:
            if unread:
                continue
            names = ", ".join(known) or "none"
            raise UserError(
                f"config: {key}.{name}: unknown option{nearest(name, known)}; allowed: {names}"
            )
        if type(value) is not type(known[name]):
            example = f"like the default {known[name]!r}"
            raise refuse(f"{key}.{name}", value, f"{type(known[name]).__name__}, {example}")


def check_unique(key: str, items: list[Any]) -> None:
    """Refuse an axis that names one thing twice."""
    names = own_names(items)
    for name in names:
        if names.count(name) > 1:
            raise UserError(
                f"config: {key}: {name} is named {names.count(name)} times; once is enough"
            )
