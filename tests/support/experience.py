"""An experiment as if its runs had been made: a few groups of real runs under planned names."""

from __future__ import annotations

from typing import Any

from tests.support import real
from tests.support.answers import CATALOGUE, IMAGES
from workflows.experiment.catalogue import Variation
from workflows.experiment.specification import Combination
from workflows.matrix.attempts import Experience
from workflows.matrix.collect import judged
from workflows.runs.record import Run
from workflows.studies.ablation.result import Ablation

CONFIGURATIONS = {**CATALOGUE.configurations, "ordered": ["torch-seed", "sampler-generator"]}
VARIATIONS = {
    "ordered": Variation(options={"in_order": True}),
    "resumed": Variation(resume=5),
    "seeds-too": Variation(settings=["python-seed"]),
    "threads-2": Variation(threads=2),
    "both": Variation(options={"in_order": True, "own": 3}),
    "other": Variation(options={"own": 3}),
    "both-resumed": Variation(options={"in_order": True}, resume=5),
}


def named(runs: list[Run], configuration: str, variation: str = "baseline") -> list[Run]:
    """Return the runs as if they had been asked for so."""
    change = VARIATIONS.get(variation, Variation())
    fields: dict[str, Any] = {
        "environment": "cpu", "configuration": configuration, "variation": variation,
        "options": change.options, "resume": change.resume,
        "settings": [*CONFIGURATIONS[configuration], *change.settings],
    }  # fmt: skip
    asked = [
        run.record.run.model_copy(update={**fields, "repeat": i}) for i, run in enumerate(runs)
    ]
    return [real.change(run, run=asked[i]) for i, run in enumerate(runs)]


EQUAL = real.runs("seeded")
INITIAL = real.runs("unseeded")
BATCH = [real.flip_step(run, 4 + i, 0) for i, run in enumerate(EQUAL)]


def world(
    *groups: list[Run], ablations: list[Ablation] | None = None, searches: Any = None
) -> Experience:
    """Return what was tried, where these groups are all the runs there are."""
    combinations: dict[Combination, list[Run]] = {g[0].record.run.combination: g for g in groups}
    cells = judged(combinations, CATALOGUE)
    return Experience(
        cells,
        combinations,
        CONFIGURATIONS,
        VARIATIONS,
        ablations or [],
        searches or [],
        IMAGES,
        CATALOGUE,
    )
