"""What the probes found: whether a source of randomness shows itself, whether its cure works."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.compare.difference import equal
from workflows.experiment.catalogue import Catalogue, Probe
from workflows.experiment.specification import Combination
from workflows.runs.record import Run

Shown = Literal["identical", "differs", "refused", "failed", "not-run"]
Finding = Literal[
    "shown and cured", "shown, not cured", "not provoked", "control held", "control broken",
    "refused as declared", "not refused", "failed", "not-run",
]  # fmt: skip


class Probing(Model):
    """One probe on one device of one environment."""

    environment: str
    device: str
    probe: str
    source: str
    finding: Finding
    unset: Shown = Field(description="all runs with the source free")
    set: Shown = Field(description="all runs with its cure")
    expected: tuple[str, str] = Field(description="what the probe declares, unset and set")
    cure: list[str] = Field(description="settings and options that `set` has and `unset` has not")
    runs: tuple[int, int] = Field(description="completed runs, unset and set")
    reason: str | None


def shown(runs: list[Run]) -> tuple[Shown, str | None]:
    """Return what all runs of a side show together."""
    for status in ("failed", "refused", "not-run"):
        reasons = [run.record.reason for run in runs if run.record.status == status]
        if reasons:
            return status, reasons[0]
    return ("identical" if equal(runs) else "differs"), None


def finding(expected: tuple[str, str], unset: Shown, cured: Shown) -> Finding:
    """Put the two sides together; `expected` is what the probe declares of them.

    A source that does not show itself is `not provoked`, never taken for reproducible: nothing is
    known of its cure then.
    """
    for status in ("failed", "not-run"):
        if status in (unset, cured):
            return status
    if expected[1] == "refused":
        return "refused as declared" if cured == "refused" else "not refused"
    if expected[0] == "identical":
        return "control held" if (unset, cured) == ("identical", "identical") else "control broken"
    if unset != "differs":
        return "not provoked"
    return "shown and cured" if cured == expected[1] else "shown, not cured"


def cure(probe: Probe) -> list[str]:
    """Return what the set side has over the unset side."""
    names = [name for name in probe.set.settings if name not in probe.unset.settings]
    options = probe.set.options.items() - probe.unset.options.items()
    names += [f"{name}: {value}" for name, value in sorted(options)]
    if probe.set.threads != probe.unset.threads:
        names.append(f"threads: {probe.set.threads}")
    return names


def probings(combinations: dict[Combination, list[Run]], catalogue: Catalogue) -> list[Probing]:
    """Return what every planned probe found."""
    sides: dict[tuple[str, str, str], dict[str, list[Run]]] = {}
    for combination, runs in combinations.items():
        key = (combination.environment, combination.device, combination.benchmark)
        sides.setdefault(key, {}).setdefault(combination.configuration, []).extend(runs)
    found = []
    for (environment, device, name), by_side in sides.items():
        probe = catalogue.benchmarks[name].probe
        if probe is None:
            raise AssertionError(f"{name} is no probe")
        (unset, why), (cured, why_cured) = shown(by_side["unset"]), shown(by_side["set"])
        counts = [sum(r.record.status == "completed" for r in by_side[s]) for s in ("unset", "set")]
        found.append(
            Probing(
                environment=environment, device=device, probe=name, source=probe.source,
                finding=finding(probe.shows(device), unset, cured), unset=unset, set=cured,
                expected=probe.shows(device), cure=cure(probe),
                runs=(counts[0], counts[1]), reason=why or why_cured,
            )
        )  # fmt: skip
    return found
