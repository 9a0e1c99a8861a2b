"""A stage as its rules ask for it: the jobs that are planned, and what each of them needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from workflows.common.models import Model

P = TypeVar("P", bound=Model)


class Placed(Protocol):
    """Anything that runs a benchmark in an environment on a device."""

    @property
    def environment(self) -> str:
        """The environment's name."""

    @property
    def device(self) -> str:
        """The device's name."""

    @property
    def benchmark(self) -> str:
        """The benchmark's name."""


@dataclass(frozen=True)
class Stage(Generic[P]):
    """The jobs of one stage by their names, which the one wildcard of its rules stands for.

    `plans`: what each job is asked; `runs`: what a plan carries out, with its place;
    `datasets`: what each benchmark reads; `identities`: of the code and settings that each
    job's result rests on, where it is not held against its inputs alone; `code`: of the stage;
    `absent`: jobs that want a GPU where none is: one job makes the results of all of these;
    `shared`: jobs whose results another one makes as well.
    """

    name: str
    plans: Mapping[str, P]
    runs: Callable[[P], Sequence[Placed]]
    datasets: Mapping[str, str | None]
    identities: Mapping[str, str] = field(default_factory=dict)
    code: Sequence[str] = ()
    absent: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()

    @property
    def outputs(self) -> list[str]:
        """Every job's file."""
        return [self.output(job) for job in self.plans]

    def output(self, job: str) -> str:
        """Return the file that a job makes."""
        return f"results/{self.name}/{job}.json"

    def on(self, device: str) -> str:
        """Return the regular expression of the jobs on a device: any other has no rule.

        A job that carries out runs on both is on `cuda`: they are carried out in one place.
        """
        others = self.absent | self.shared
        plans = ((job, plan) for job, plan in self.plans.items() if job not in others)
        jobs = (job for job, plan in plans if self._device(plan) == device)
        return "|".join(map(re.escape, jobs)) or "(?!)"  # without any it matches nothing

    def _device(self, plan: P) -> str:
        return "cuda" if any(run.device == "cuda" for run in self.runs(plan)) else "cpu"

    def without_gpu(self, suffix: str = ".json") -> list[str]:
        """Return the files of the jobs that cannot run here."""
        outputs = (self.output(job) for job in self.plans if job in self.absent)
        return [output.removesuffix(".json") + suffix for output in outputs]

    def of(self, wildcards: Sequence[Any]) -> P:
        """Return what a job is asked."""
        return self.plans[wildcards[0]]

    def plan(self, wildcards: Sequence[Any]) -> str:
        """Return the same as JSON, but the number of a repeat: its file has that for a name."""
        return self.of(wildcards).model_dump_json(exclude={"repeat"})

    def identity(self, wildcards: Sequence[Any]) -> str:
        """Return the digest of a job's code and settings, and more if what it read changed."""
        return self.identities[wildcards[0]]

    def images(self, wildcards: Sequence[Any]) -> list[str]:
        """Return the image record of each of a job's runs."""
        return [f"results/images/{run.environment}.json" for run in self.runs(self.of(wildcards))]

    def data(self, wildcards: Sequence[Any]) -> list[str]:
        """Return the manifests of the data sets that a job's runs read."""
        names = (self.datasets[run.benchmark] for run in self.runs(self.of(wildcards)))
        return [f"results/data/{name}.json" for name in dict.fromkeys(names) if name]
