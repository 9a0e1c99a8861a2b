"""What the names in a publication stand for: inside it, and in this checkout.

A name (`strict`, `cpu-haswell`, `toy`) is worth no more than what was asked of the runs under it.
Three things are held against each other:

- Experiment, plan, matrix and records of the publication, always: they must agree.
- The plan, and what this checkout plans for the same experiment. Where the publication says that
  this very code made it (`Manifest.code`), another plan is a lie, and refused.
- Where other code made it, a name may stand for something else there (`strict` has gained a
  setting since). That is no forgery: the publication is read, its runs are made again as it asked
  for them, but whatever comes of that is not said under the name: it is *not vouched for*.

So one who claims other code gains nothing by it: the answer is then never `reproduced`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from workflows.common.errors import UserError
from workflows.environments.definition import driven, find, names, parse_lock
from workflows.experiment.catalogue import Benchmark, Catalogue, Variation
from workflows.experiment.check import check_experiment
from workflows.experiment.identity import identity
from workflows.experiment.model import Experiment, times
from workflows.experiment.plan import make
from workflows.experiment.planned import CONTROLS, Plan
from workflows.experiment.reads import static
from workflows.experiment.resolve import own_names
from workflows.experiment.specification import RunSpecification
from workflows.publication.check.fields import first_unequal
from workflows.publication.check.integrity import Publication
from workflows.runs.record import RunRecord

MOST = 1_000_000
"""Runs that an experiment may mean, before anything is made of it."""


def check_agreement(publication: Publication) -> None:
    """Raise `UserError` where experiment, plan, matrix and records do not say the same."""
    planned, matrix = publication.planned, publication.matrix
    asked = planned.experiment.model_dump(mode="json", exclude_none=True)
    heads = _head(matrix, matrix.left_out), _head(planned, planned.plan.left_out)
    for file, said, made in (
        ("experiment.json", publication.experiment, asked), ("matrix.json", *heads)
    ):  # fmt: skip
        if found := first_unequal(said, made):
            raise UserError(found.line(file, "plan.json says"))
    paths = [run.path for run in planned.plan.runs]
    if len(set(paths)) < len(paths) or set(paths) != set(planned.identities):
        raise UserError("plan.json: its runs and identities are not one for each path; refused")
    _check_experiment(publication)
    for run in planned.plan.runs:
        if record := publication.records.get(run.path):
            _check_record(f"runs/{run.path}.json", record, run, publication)


def _check_experiment(publication: Publication) -> None:
    """Raise `UserError` where a run is not what the experiment itself says, without any name."""
    experiment, plan = publication.planned.experiment, publication.planned.plan
    defined = {
        name: settings
        for item in experiment.configurations
        if isinstance(item, dict)
        for name, settings in item.items()
    }
    counts = Counter(run.combination for run in plan.runs)
    for run in plan.runs:
        choice = experiment.benchmarks.get(run.benchmark)
        wanted: dict[str, Any] = {"seed": experiment.seed}
        if choice and run.variation == "baseline":
            wanted |= {"steps": choice.steps or run.steps, "options": run.options | choice.options}
            wanted["settings"] = defined.get(run.configuration, run.settings)
            count, asked = counts[run.combination], times(experiment, run.benchmark)
            if count != asked:
                said = f"{run.path.rpartition('/')[0]}: {count} runs, its experiment says {asked}"
                raise UserError(f"plan.json: {said}")
        if found := first_unequal({name: getattr(run, name) for name in wanted}, wanted):
            raise UserError(found.line(f"plan.json: {run.path}", "its experiment says"))


def _head(found: Any, left_out: list[str]) -> dict[str, Any]:
    return {
        "experiment": found.experiment.model_dump(mode="json"),
        "engine": found.engine, "why": found.why, "left_out": left_out,
    }  # fmt: skip


def _check_record(
    where: str, record: RunRecord, asked: RunSpecification, publication: Publication
) -> None:
    said, made = record.run.model_dump(mode="json"), asked.model_dump(mode="json")
    if found := first_unequal(said, made):
        raise UserError(found.line(where, "plan.json says"))
    if static(record.identity) != publication.planned.identities[asked.path]:
        raise UserError(f"{where}: identity: is not the one that plan.json names")


def drives(publication: Publication) -> dict[str, list[str]]:
    """Return what each of the publication's environments can drive, by its own locks.

    The publishing machine's devices are not this one's: an environment without a lock drives all.
    """
    found = {}
    for name in publication.planned.experiment.environments:
        lock = publication.folder / "locks" / f"{name}.lock"
        if lock.is_file():
            pins = parse_lock(lock.read_text(encoding="utf-8", errors="replace"), lock)
            found[name] = driven(pins)
        elif name in names():
            found[name] = find(name).devices
    return found


def ours(publication: Publication, catalogue: Catalogue) -> Plan:
    """Return what this checkout plans for the publication's experiment.

    Raises `UserError` where it cannot: a name is unknown here, or far too much is asked for.
    """
    experiment = publication.planned.experiment
    check_size(experiment, catalogue)
    check_experiment(experiment, catalogue, experiment.environments)
    return make(experiment, catalogue, drives(publication))


def check_size(experiment: Experiment, catalogue: Catalogue) -> None:
    """Raise `UserError` for an experiment that means more runs than anybody does."""
    each = times(experiment, "variations")
    repeats = [
        max(each, times(experiment, n)) for n in experiment.benchmarks if n in experiment.repeats
    ]
    cells = len(experiment.configurations) * len(experiment.variations)
    count = sum(repeats) * cells + 4 * len(catalogue.benchmarks) * times(experiment, "probes")
    count *= len(experiment.environments) * len(experiment.devices)
    if count > MOST:
        raise UserError(f"experiment.json: means more than {MOST:,} runs; refused")


def meanings(publication: Publication, catalogue: Catalogue) -> dict[str, list[str]]:
    """Return, by cell, why its name is not vouched for; see the module.

    Raises `UserError` where this very code is said to have made it.
    """
    planned = publication.planned
    try:
        plan = ours(publication, catalogue)
    except UserError as error:
        if publication.same_code:
            raise
        text = f"this checkout cannot plan its experiment ({error})"
        return {cell.folder: [text] for cell in publication.matrix.cells}
    if publication.same_code:
        said, made = planned.plan.model_dump(mode="json"), plan.model_dump(mode="json")
        if found := first_unequal(_by_path(said), _by_path(made)):
            raise UserError(found.line("plan.json", "this checkout, of the same code, plans"))
        for run in plan.runs:
            if identity(run, catalogue) != planned.identities[run.path]:
                raise UserError(f"plan.json: identities: {run.path}: not what this same code has")
        return {}
    found_here = {run.path: run for run in plan.runs}
    unvouched: dict[str, list[str]] = {}
    for run in planned.plan.runs:
        for reason in differing(completed(run, catalogue), found_here.get(run.path)):
            reasons = unvouched.setdefault(run.path.rpartition("/")[0], [])
            reasons += [] if reason in reasons else [reason]
    there = {run.path for run in planned.plan.runs}
    for path, run in found_here.items():
        if path not in there and run.variation not in CONTROLS:  # no names of cells
            text = "this checkout plans it for that experiment, the publication does not"
            unvouched.setdefault(path.rpartition("/")[0], [text])
    return unvouched


def _by_path(plan: dict[str, Any]) -> dict[str, Any]:
    """Return a plan with its runs by their paths, so that one that parts is named."""
    runs = {RunSpecification(**run).path: run for run in plan["runs"]}
    return {"runs": runs, "order": [*runs], **{k: v for k, v in plan.items() if k != "runs"}}


def completed(run: RunSpecification, catalogue: Catalogue) -> RunSpecification:
    """Return a run with the options that its benchmark got since, at their defaults.

    So it ran before there were any.
    """
    benchmark = catalogue.benchmarks.get(run.benchmark)
    options = {**benchmark.options, **run.options} if benchmark else run.options
    return run.model_copy(update={"options": options})


def differing(published: RunSpecification, here: RunSpecification | None) -> list[str]:
    """Say in which fields a run of that name is another one here."""
    if here is None:
        return [f"this checkout plans no run {published.path}"]
    reasons = []
    for name in RunSpecification.model_fields:
        theirs, own = getattr(published, name), getattr(here, name)
        if theirs == own:
            continue
        of = published.configuration if name == "settings" else published.variation
        if name == "settings":
            lost = ", ".join(s for s in own if s not in theirs) or "none"
            more = ", ".join(s for s in theirs if s not in own) or "none"
            text = f"{name} of `{of}` differ from this checkout's: here also {lost}; there {more}"
        else:
            if of == "baseline":
                of = published.benchmark
            x, y = (v.model_dump_json() if name == "conditions" else v for v in (theirs, own))
            text = f"{name} of `{of}` differ from this checkout's: published {x}, here {y}"
        reasons.append(text)
    return reasons


def widened(publication: Publication, catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with the names that are unknown here, as the publication has them.

    For judging its records alone: nothing is run by it.
    """
    experiment, plan = publication.planned.experiment, publication.planned.plan
    configurations, variations = dict(catalogue.configurations), dict(catalogue.variations)
    benchmarks = dict(catalogue.benchmarks)
    for run in plan.runs:
        if run.benchmark in experiment.benchmarks and run.benchmark not in benchmarks:
            benchmarks[run.benchmark] = Benchmark(
                file="", steps=run.steps, options=run.options, data=None, published=None
            )
    for name in own_names(experiment.configurations):
        settings = next((r.settings for r in plan.runs if r.configuration == name), [])
        configurations.setdefault(name, settings)
    for name in own_names(experiment.variations):
        variations.setdefault(name, Variation())
    # The experiment's own definitions are no standard names.
    for kept, names_ in (
        (configurations, experiment.configurations), (variations, experiment.variations),
    ):  # fmt: skip
        for item in names_:
            for name in item if isinstance(item, dict) else ():
                kept.pop(name, None)
    return catalogue.model_copy(
        update={
            "configurations": configurations, "variations": variations, "benchmarks": benchmarks,
        }
    )  # fmt: skip
