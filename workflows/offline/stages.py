"""An experiment in stages, so that what matters most is done, and published, first. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.common.errors import UserError
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.load import load
from workflows.experiment.model import OTHERS, AblationChoice, Experiment


def stages(experiment: Experiment, catalogue: Catalogue) -> Iterator[tuple[str, Experiment]]:
    """Give an experiment's stages with their names, each holding all before it; the last is all.

    First the ablations and the first benchmark, then each further benchmark, probes, costs.
    """
    named = list(experiment.benchmarks)
    asked = [(name, named[:number]) for number, name in enumerate(named, 1)]
    parts = [*asked, *([("probes", named)] if experiment.probes and experiment.costs else [])]
    for name, benchmarks in parts:
        stage = _less(experiment, benchmarks, probes=name == "probes")
        # What needs a later benchmark (a variation of its options) comes with that one.
        if stage != experiment and _stands(stage, catalogue):
            yield name, stage
    yield "all", experiment


def _less(experiment: Experiment, benchmarks: list[str], *, probes: bool) -> Experiment:
    """Return an experiment with some of its benchmarks, with or without probes, without costs."""
    kept = [*benchmarks, *OTHERS]
    return experiment.model_copy(
        update={
            # A benchmark that is not here yet still says how its ablation is run.
            "ablation": {name: _explicit(experiment, name) for name in experiment.ablation},
            "benchmarks": {name: experiment.benchmarks[name] for name in benchmarks},
            "repeats": {name: n for name, n in experiment.repeats.items() if name in kept},
            "probes": experiment.probes if probes else [],
            "cures": experiment.cures
            and {name: how for name, how in experiment.cures.items() if name in benchmarks},
            "costs": {},
        }
    )


def _explicit(experiment: Experiment, name: str) -> AblationChoice:
    """Return the choice of an ablation with what it takes from the benchmark's written out."""
    choice, usual = experiment.ablation[name], experiment.benchmarks.get(name)
    if usual is None:
        return choice
    options = {**usual.options, **choice.options}
    return choice.model_copy(update={"steps": choice.steps or usual.steps, "options": options})


def _stands(stage: Experiment, catalogue: Catalogue) -> bool:
    try:
        load(stage.model_dump(mode="json", exclude_none=True), catalogue)
    except UserError:
        return False
    return True
