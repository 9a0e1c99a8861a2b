"""An ablation and a table of costs, whole as their stages leave them, and the plan of both."""

from __future__ import annotations

from typing import Any

from tests.support.images import image
from workflows.compare.close_look import Closer
from workflows.environments import definition as environments
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.load import load
from workflows.experiment.plan import make
from workflows.experiment.planned import Planned
from workflows.runs.record import ImageUsed
from workflows.studies.ablation.plan import planned
from workflows.studies.ablation.result import Ablation
from workflows.studies.costs.plan import measurements
from workflows.studies.costs.result import CostMachine, Costs, Row
from workflows.studies.cures.plan import planned as searches
from workflows.studies.cures.result import Cures

CATALOGUE = Catalogue.read()
UNSEEN = Closer(left="a", right="b", difference=None, sources=[])
"""A close look that saw nothing."""
EXPERIMENT = load(
    {
        "environments": ["cpu"], "devices": ["cpu"], "benchmarks": {"toy": {"steps": 9}},
        "configurations": ["seeded"], "repeats": {"toy": 2},
        "ablation": {"toy": {}}, "costs": {"toy": {}}, "cures": {"toy": {}},
    },
    CATALOGUE,
)  # fmt: skip
PLANNED = Planned(
    experiment=EXPERIMENT, engine="venv", why="", plan=make(EXPERIMENT, CATALOGUE, {}),
    identities={},
)  # fmt: skip
IMAGES = {"cpu": image(content_digest="1" * 64)}
DIGEST = IMAGES["cpu"].content_digest


def ablation(**changes: Any) -> Ablation:
    """Return a finished one, with other fields if any."""
    [plan] = planned(EXPERIMENT, CATALOGUE, environments.devices())
    fields: dict[str, Any] = {
        "plan": plan, "identity": identity(plan.run(plan.settings, 0), CATALOGUE),
        "content_digest": DIGEST, "status": "done", "reason": None, "settings": [],
        "smallest": [], "larger": [], "method": "exact", "complete": True, "exception": None,
        "undecided": [], "tested": [], "runs": 0,
    }  # fmt: skip
    return Ablation(**{**fields, **changes})


def cures(**changes: Any) -> Cures:
    """Return a finished search, which found nothing to cure, with other fields if any."""
    [plan] = searches(EXPERIMENT, PLANNED.plan, CATALOGUE)
    fields: dict[str, Any] = {
        "plan": plan, "identity": plan.identity(CATALOGUE), "content_digest": DIGEST,
        "status": "nothing to cure",
    }  # fmt: skip
    return Cures(**{**fields, **changes})


def costs(**changes: Any) -> Costs:
    """Return a table, with other fields if any; its control could not run."""
    [plan] = measurements(EXPERIMENT, CATALOGUE, environments.devices())
    row = Row(configuration="x", verdict="not-run", words="", estimate=None, reason="no GPU")
    used = ImageUsed(engine="venv", isolation="none", content_digest=DIGEST)
    fields: dict[str, Any] = {
        "environment": "cpu", "device": "cpu", "benchmark": "toy", "steps": 9,
        "reference": next(iter(plan.arms)), "confidence": 0.95, "disturbed": None, "rows": [],
        "control": row, "tracing": row, "machine": CostMachine(processor="p", cores=1),
        "image": used, "identity": plan.identity(CATALOGUE), "rounds": [],
    }  # fmt: skip
    return Costs(**{**fields, **changes})
