"""The experiment: what the config file asks for, typed, and checked before anything runs."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.environments import kinds
from workflows.experiment.catalogue import Variation
from workflows.experiment.specification import FlipIn

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Names = Annotated[list[Name], Field(min_length=1)]


class Bound(Model, strict=True):
    """As many repeats as make one sure, if all are equal, that few runs deviate."""

    sure: float = Field(0.95, gt=0, lt=1, description="confidence, such as 0.95")
    below: float = Field(gt=0, lt=1, description="share of deviating runs, such as 0.05")

    @property
    def runs(self) -> int:
        """Return the smallest N with (1 - below)**N <= 1 - sure.

        If a share `below` deviated, N runs would all agree with probability (1 - below)**N.
        """
        return max(2, math.ceil(math.log(1 - self.sure) / math.log(1 - self.below) - 1e-9))


Repeats = Annotated[int, Field(ge=2, le=10_000)] | Bound


class Vary(Model, strict=True):
    """Which combinations the variations are tried on; none named: all."""

    environments: list[Name] = Field([], description="pinned software stacks")
    configurations: list[Name] = Field([], description="configurations of this experiment")


class BenchmarkChoice(Model, strict=True):
    """How a benchmark is run."""

    steps: int | None = Field(None, ge=1, description="training steps; default: the article's")
    options: dict[str, Any] = Field({}, description="the benchmark's own options")


class AblationChoice(Model, strict=True):
    """Which benchmark's settings are taken apart, and how often each set of them is run."""

    steps: int | None = Field(
        None, ge=1, description="training steps; default: those under `benchmarks`"
    )
    options: dict[str, Any] = Field({}, description="the benchmark's own options")
    threads: int = Field(1, ge=1, description="threads per operator where no setting says")
    repeats: int = Field(3, ge=2, le=1000, description="runs of each set that is tested")
    verify: int = Field(5, ge=2, le=1000, description="fresh runs of each set that is reported")
    start: Name = Field("strict", description="the configuration that is taken apart")


class CuresChoice(Model, strict=True):
    """How a cure of a benchmark's baselines that differ is searched for."""

    runs: int = Field(8, ge=4, le=100, description="runs that a search may take in all")


class CostChoice(Model, strict=True):
    """How the cost of each configuration is measured on a benchmark."""

    steps: int | None = Field(
        None, ge=2, description="steps of each run; default: those under `benchmarks`"
    )
    options: dict[str, Any] = Field({}, description="the benchmark's own options")
    rounds: int = Field(
        9, ge=6, le=1000, description="runs of each configuration; fewer than 6 give no interval"
    )


class Limits(Model, strict=True):
    """What a single run may use before it is ended and recorded as failed."""

    minutes: float = Field(60, gt=0, description="wall time of one run")
    memory_gb: float | None = Field(None, gt=0, description="memory of one run, in GiB")


class OwnData(Model, strict=True):
    """One's own data: known by their digest; where they lie is this machine's, and kept nowhere."""

    path: str | None = Field(
        None, exclude=True, description="a file or a folder; null: brought before"
    )
    sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="of a file, or of a folder: `reprise data` says it"
    )


class Experiment(Model, strict=True):
    """Axes and repeats of an experiment."""

    engine: Literal["auto", kinds.Engine] = Field(
        "auto", description="how runs are contained; auto: the first of docker, podman, venv"
    )
    seed: int = Field(3, ge=0, lt=2**32, description="the seed that seeding settings use")
    environments: Names = Field(description="pinned software stacks: folders of containers/")
    devices: Annotated[list[Literal["cpu", "cuda"]], Field(min_length=1)] = Field(
        description="where the tensors live"
    )
    benchmarks: dict[Name, BenchmarkChoice] = Field(
        min_length=1, description="files of benchmarks/, with steps and options"
    )
    configurations: Annotated[list[Name | dict[Name, list[Name]]], Field(min_length=1)] = Field(
        description="names, or {a new name: [settings]}"
    )
    variations: Annotated[list[Name | dict[Name, Variation]], Field(min_length=1)] = Field(
        ["baseline"], description="names, or {a new name: {threads, options, settings, …}}"
    )
    vary: Vary = Field(Vary(), description="where the variations are tried")
    probes: list[Name] | Literal["all"] = Field(
        [],
        description="small programs, one source of randomness each (files of benchmarks/probes/); "
        "in the first environment of each device",
    )
    repeats: dict[Name, Repeats] = Field(
        description="runs of each combination, per benchmark, of `variations` and of `probes`: a "
        "number, or a bound {sure: 0.95, below: 0.05}; one run cannot show that it repeats"
    )
    controls: list[FlipIn] | None = Field(
        None,
        description="in what a bit is flipped, beside a weight, to show that the comparison finds "
        "it, of each benchmark in the first place that it runs in; default: in each of these",
    )
    ablation: dict[Name, AblationChoice] = Field(
        {},
        description="benchmarks whose fewest settings are looked for, those that still keep runs "
        "identical; in the first environment of each device",
    )
    cures: dict[Name, CuresChoice] | None = Field(
        None,
        description="benchmarks of which each baseline that differs, and each variation that loses "
        "its letter, gets likely settings tried, each alone, in a few short runs; one that is "
        "refused is run with warnings only",
    )
    costs: dict[Name, CostChoice] = Field(
        {},
        description="benchmarks on which each configuration's step time is held against "
        "`unseeded`; in the first environment of each device",
    )
    limits: Limits = Limits()
    noise: dict[str, str] | None = Field(
        None, description="regular expressions by names: what in printed lines is no difference, "
        "beside times, rates, paths and the like, which are known"
    )  # fmt: skip
    data: dict[Name, str | OwnData | None] = Field(
        {}, description="a local copy or archive of a data set that is known, by its name; or data "
        "of one's own, {path: …, sha256: …}"
    )  # fmt: skip


OTHERS = {"variations": 2, "probes": 3}
"""Repeats, unless the experiment says otherwise, of all variations and of all probes."""


def own_data(experiment: Experiment, name: str | None) -> OwnData | None:
    """Return what is said of data of one's own; None of a data set that is known, or of none."""
    found = experiment.data.get(name) if name else None
    return found if isinstance(found, OwnData) else None


def patterns(experiment: Experiment) -> tuple[tuple[str, str], ...]:
    """Return the names and patterns of what does not count in printed lines."""
    return tuple((experiment.noise or {}).items())


def times(experiment: Experiment, name: str) -> int:
    """Return how often each combination of a benchmark, of `variations` or `probes` is run."""
    asked = experiment.repeats[name] if name in experiment.repeats else OTHERS[name]
    return asked.runs if isinstance(asked, Bound) else asked
