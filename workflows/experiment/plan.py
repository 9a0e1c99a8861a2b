"""The plan: the list of runs that an experiment means. Pure; knows nothing of Snakemake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from workflows.common.errors import UserError
from workflows.experiment.catalogue import Catalogue, Variation
from workflows.experiment.model import Experiment, times
from workflows.experiment.planned import FLIPPED, FLIPPED_IN, SIDES, UNTOUCHED, Control, Plan
from workflows.experiment.resolve import DEVICES, faults, named_probes, own, places, sound, taken
from workflows.experiment.specification import FlipIn, RunSpecification

BASELINE = Variation()


@dataclass(frozen=True)
class Training:
    """What the runs of a configuration of a benchmark in one place have in common."""

    environment: str
    device: str
    benchmark: str
    configuration: str
    settings: list[str]
    steps: int
    options: dict[str, Any]


@dataclass
class Planner:
    """Collects the runs of one experiment."""

    experiment: Experiment
    catalogue: Catalogue
    configurations: dict[str, list[str]]
    variations: dict[str, Variation]
    runs: dict[str, RunSpecification] = field(default_factory=dict)
    controls: list[Control] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def plan(self, environment: str, device: str, *, first: bool) -> None:
        """Plan everything for one environment on one device; probes in the `first` alone.

        In the first place of all each benchmark gets every control that is asked for, elsewhere
        one.
        """
        flips: dict[str, FlipIn | None] = {FLIPPED: None}
        if not self.runs:
            asked = self.experiment.controls
            flips |= {n: kind for n, kind in FLIPPED_IN.items() if asked is None or kind in asked}
        for name in sound(self.experiment.benchmarks, self.catalogue):
            how = taken(self.experiment, self.catalogue, name)
            for configuration, settings in self.configurations.items():
                base = Training(environment, device, name, configuration, settings, **how)
                for variation in self.variations:
                    self.combination(variation, base)
            control = Training(environment, device, name, *self.controlled(), **how)
            self.control(control, flips)
        for name in named_probes(self.experiment, self.catalogue) if first else []:
            self.probe(name, environment, device)

    def combination(self, name: str, base: Training) -> None:
        """Plan a configuration under a variation, and the baseline that it is held against."""
        variation = self.variations[name]
        vary, experiment = self.experiment.vary, self.experiment
        if variation == BASELINE:
            self.add(times(experiment, base.benchmark), name, variation, base)
            return
        environments = vary.environments or experiment.environments
        configurations = vary.configurations or [*self.configurations]
        if base.environment not in environments or base.configuration not in configurations:
            return
        if why := self.inert(variation, base):
            text = f"variation {name} of {base.benchmark}: {why}"
            self.left_out += [text] if text not in self.left_out else []
            return
        steps = min(variation.steps or base.steps, base.steps)
        if steps < max((variation.resume or 0) + 1, variation.least_steps or 0):
            text = f"variation {name} of {base.benchmark}: would not show in {steps} steps"
            self.left_out += [text] if text not in self.left_out else []
            return
        count = times(experiment, "variations")
        if steps < base.steps:
            base = replace(base, steps=steps)
            self.add(count, baseline_of(steps), BASELINE, base)
        elif "baseline" not in self.variations:
            self.add(count, "baseline", BASELINE, base)
        self.add(count, name, variation, base)

    def inert(self, variation: Variation, base: Training) -> str | None:
        """Say why a variation cannot act on a benchmark, or None."""
        if variation.resume and self.catalogue.benchmarks[base.benchmark].command:
            return "it is a command, which cannot be stopped and resumed from outside"
        missing = sorted(set(variation.options) - set(base.options))
        return f"it has no option {missing[0]}" if missing else None

    def control(self, base: Training, flips: Mapping[str, FlipIn | None]) -> None:
        """Plan the negative controls of a benchmark: the same run with one bit flipped half-way.

        `flips`: their variations, and where the bit is.
        """
        step = base.steps // 2
        planned = base.configuration in self.configurations and "baseline" in self.variations
        name, count = (
            ("baseline", 1) if planned else (UNTOUCHED, 2)
        )  # two show whether it is steady
        untouched = self.add(count, name, BASELINE, base)[0]
        for name, place in flips.items():
            flipped = self.add(1, name, Variation(flip=step, flip_in=place), base)[0]
            control = Control(untouched=untouched, flipped=flipped, step=step, flip_in=place)
            self.controls.append(control)

    def controlled(self) -> tuple[str, list[str]]:
        """Return the configuration of the control: one that seeds, `strict` where it is planned."""
        seeded = [name for name, s in self.configurations.items() if "torch-seed" in s]
        name = "strict" if "strict" in seeded else seeded[-1] if seeded else "seeded"
        return name, self.configurations.get(name, self.catalogue.configurations.get(name, []))

    def probe(self, name: str, environment: str, device: str) -> None:
        """Plan a probe: both sides, each also under the change that it declares."""
        benchmark = self.catalogue.benchmarks[name]
        probe = benchmark.probe
        if probe is None or device not in probe.devices:
            return
        changes = {"baseline": BASELINE, **({"against": probe.against} if probe.against else {})}
        for side_name, variation in product(SIDES, changes):
            side = getattr(probe, side_name)
            change = changes[variation]
            base = Training(
                environment, device, name, side_name, side.settings,
                benchmark.steps, {**benchmark.options, **side.options},
            )  # fmt: skip
            if not change.threads:
                change = change.model_copy(update={"threads": side.threads})
            self.add(times(self.experiment, "probes"), variation, change, base)

    def add(self, count: int, name: str, variation: Variation, base: Training) -> list[str]:
        """Add `count` runs, unless they are planned already; return their paths."""
        paths = []
        for repeat in range(count):
            run = RunSpecification(
                environment=base.environment,
                device=base.device,
                benchmark=base.benchmark,
                steps=base.steps,
                options={**base.options, **variation.options},
                configuration=base.configuration,
                variation=name,
                repeat=repeat,
                seed=self.experiment.seed,
                threads=variation.threads or 1,
                settings=list(dict.fromkeys([*base.settings, *variation.settings])),
                conditions=variation.conditions,
                resume=variation.resume,
                flip=variation.flip,
                flip_in=variation.flip_in,
            )
            paths.append(run.path)
            if self.runs.setdefault(run.path, run) != run:
                raise UserError(f"config: {run.path} is planned in two ways; rename one of them")
        return paths


def baseline_of(steps: int) -> str:
    """Return the name of the baseline that is as short as a shortened variation."""
    return f"baseline-{steps}"


def unvaried(experiment: Experiment, planner: Planner) -> list[str]:
    """Return on what variations would be tried that is not in the experiment, in words."""
    if all(variation == BASELINE for variation in planner.variations.values()):
        return []
    named = (
        ("environment", experiment.vary.environments, experiment.environments),
        ("configuration", experiment.vary.configurations, planner.configurations),
    )
    return [
        f"variations on {what} {name}: not in this experiment"
        for what, names, there in named
        for name in names
        if name not in there
    ]


def make(experiment: Experiment, catalogue: Catalogue, devices: dict[str, list[str]]) -> Plan:
    """Return the plan; `devices` names what each environment can drive (`host`: all).

    Raises `UserError` when no combination is left.
    """
    planner = Planner(
        experiment,
        catalogue,
        own(experiment.configurations, "configurations", catalogue),
        own(experiment.variations, "variations", catalogue),
        left_out=faults(experiment, catalogue),
    )
    planner.left_out += unvaried(experiment, planner)
    first = places(experiment, devices)
    for environment, device in product(experiment.environments, experiment.devices):
        if device in devices.get(environment, DEVICES):
            planner.plan(environment, device, first=first[device] == environment)
        else:
            planner.left_out.append(
                f"environment {environment} on {device}: built without {device}"
            )
    if not planner.runs:
        raise UserError(f"config: nothing is left to run: {'; '.join(planner.left_out)}")
    return Plan(
        runs=list(planner.runs.values()), controls=planner.controls, left_out=planner.left_out
    )
