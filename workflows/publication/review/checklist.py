"""`CHECKLIST.md`: what the checklists of NeurIPS, ACL and ACM ask, answered from the records."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from workflows.matrix.model import Matrix
from workflows.matrix.show import validity
from workflows.publication.manifest import Manifest
from workflows.publication.review.measured import core_hours, over_seeds, runs
from workflows.runs.machine import in_words

Section = tuple[str, str, list[str]]
DATA = {
    "cifar10": "CIFAR-10 (Krizhevsky, 2009, “Learning multiple layers of features from tiny "
    "images”): its authors name no licence and ask to be cited. It is not part of this "
    "publication; its contents are accepted by their SHA-256 (`data/cifar10.json`)"
}
"""What is to be said of a data set's origin and terms."""


def page(
    matrix: Matrix,
    manifest: Manifest,
    conclusion: str,
    configurations: Mapping[str, list[str]],
    data: list[str],
) -> str:
    """Return the page; `data`: the names of the data sets that its benchmarks read."""
    parts = [
        "# Checklist",
        "Questions of the NeurIPS paper checklist, of ACL's checklist for responsible research and "
        "of ACM's artifact badges, answered from the records of this publication.",
    ]
    for title, asked, lines in sections(matrix, manifest, conclusion, configurations, data):
        listed = "\n".join(f"- {line}" for line in lines)
        parts.append(f"## {title}\n\n*{asked}*\n\n{listed}")
    return "\n\n".join(parts) + "\n"


def sections(
    matrix: Matrix,
    manifest: Manifest,
    conclusion: str,
    configurations: Mapping[str, list[str]],
    data: list[str],
) -> Iterator[Section]:
    """Yield each section: its title, whose questions it answers, its lines."""
    seeded = {name for name, settings in configurations.items() if "torch-seed" in settings}
    yield ("Claims and limits", "NeurIPS 1, 2; ACL A1", [conclusion, *limits(matrix)])
    yield ("Exact commands", "NeurIPS 4, 5; ACM Functional, Reusable", commands(manifest))
    yield ("Environment", "NeurIPS 6; ACL C4", environments(matrix))
    yield ("Hardware", "NeurIPS 8; ACL C1", hardware(matrix))
    yield ("Run time and computing budget", "NeurIPS 8; ACL C1", budget(matrix))
    yield ("Settings", "NeurIPS 6; ACL C2", settings(matrix, configurations))
    yield ("Number of runs, and spread", "NeurIPS 7; ACL C3", spread(matrix, seeded))
    yield ("Data and licences", "NeurIPS 12, 13; ACL B1, B2", licences(data))


def limits(matrix: Matrix) -> list[str]:
    """Return what bounds the claims."""
    return [
        validity(matrix),
        "A verdict holds for this machine, these wheels and the traced length; N equal runs bound "
        "the share of those that deviate, they do not prove that there is none.",
    ]


def commands(manifest: Manifest) -> list[str]:
    """Return what is typed to make it again, and to check it."""
    commit = manifest.revision.commit
    checkout = [f"`git checkout {commit}`, then `make setup`"] if commit else ["`make setup`"]
    return [
        *checkout,
        "`reprise matrix --configfile experiment.json` runs everything again, with the "
        "`experiment.json` of this publication; `reprise publish` packs it",
        "`reprise verify THIS.zip` runs its cells again elsewhere and compares: `ARTIFACT.md`",
    ]


def environments(matrix: Matrix) -> list[str]:
    """Return what each environment is, and where it is pinned."""
    return [
        f"{name}: Python {image.python}, torch {image.packages.get('torch', 'none')}, engine "
        f"{image.engine}; contents SHA-256 {image.content_digest}; "
        + (f"`locks/{name}.lock`, `sbom/{name}.cdx.json`" if image.lock_digest else "not pinned")
        for name, image in matrix.images.items()
    ]


def hardware(matrix: Matrix) -> list[str]:
    """Return the machine, by the first completed run's own record."""
    said = [f"{key}: {value}" for key, value in in_words(matrix.machine).items()]
    cores = matrix.machine.processor.cores if matrix.machine else None
    return [*said, *([f"cores that runs could use: {cores}"] if cores else [])] or ["nothing ran"]


def budget(matrix: Matrix) -> list[str]:
    """Return what the cells took, by benchmark and device; a core to a run."""
    lines = []
    for place in dict.fromkeys((c.benchmark, c.device) for c in matrix.cells if c.classes):
        own = [c for c in matrix.cells if (c.benchmark, c.device) == place and c.classes]
        hours = core_hours(own)
        lines.append(f"{place[0]} on {place[1]}: {runs(own)} runs, about {hours:.2g} core-hours")
    total = core_hours(matrix.cells)
    return [
        *lines,
        f"all cells: {runs(matrix.cells)} runs, about {total:.2g} hours, a core to a run, by the "
        "median time of a step; probes, ablations, close looks and failed runs come on top",
    ]


def settings(matrix: Matrix, configurations: Mapping[str, list[str]]) -> list[str]:
    """Return seed, steps and settings."""
    asked = [f"seed {matrix.experiment.seed} wherever one is set"]
    for name in matrix.experiment.benchmarks:
        steps = next((c.steps for c in matrix.cells if c.benchmark == name), 0)
        asked.append(f"{name}: {steps} steps; hyperparameters stand in its file in `benchmarks/`")
    return asked + [
        f"{name}: {', '.join(each) or 'no setting'}" for name, each in configurations.items()
    ]


def spread(matrix: Matrix, seeded: set[str]) -> list[str]:
    """Return how many runs there were, the bound that they give, and the spread over seeds."""
    lines = []
    for name in matrix.experiment.benchmarks:
        own = [c for c in matrix.cells if (c.benchmark, c.variation) == (name, "baseline")]
        bound = next((c.divergence_below for c in own if c.divergence_below), None)
        if own:
            sure = (
                f": where equal, fewer than {math.ceil(100 * bound)} % deviate, 95 % sure"
                if bound
                else ""
            )
            lines.append(f"{name}: {len(own[0].records)} runs of each cell{sure}")
    seeds = over_seeds(matrix.cells, seeded)
    return [*lines, *(seeds or ["no unseeded cell was run: the spread over seeds is not known"])]


def licences(data: list[str]) -> list[str]:
    """Return the terms of code, results and data."""
    known = [DATA.get(name, f"{name}: see its own terms") for name in data]
    return ["code and results: MIT (`CITATION.cff`)", *known, *([] if known else ["no data set"])]
