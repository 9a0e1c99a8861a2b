"""Which engine the experiment's runs take."""

from __future__ import annotations

from pathlib import Path

from workflows.common.errors import UserError
from workflows.environments.engines import resolve
from workflows.experiment.planned import Planned

PLAN = Path("results/plan.json")


def choose(asked: str) -> tuple[str, str]:
    """Return the engine to use and one line that says why.

    `auto` keeps the engine of the results that are there: results of another engine are other
    results, and one that is down for a moment must not make everything run again.
    """
    if asked == "auto" and PLAN.exists():
        planned = Planned.load(PLAN)
        try:
            resolve(planned.engine)
        except UserError as error:
            raise UserError(
                f"results/ were made with {planned.engine}, which does not work now ({error}); "
                "start it, or name the engine to make them again: --config engine=venv"
            ) from None
        return planned.engine, planned.why
    engine, why = resolve(asked)
    return engine.name, why
