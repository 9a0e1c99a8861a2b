"""What the rules share: the checked experiment, its plan, the engine."""

from workflows.rules.stage import CODE as LOOKERS
from workflows.rules.context import COSTS, JUDGES, Context

CONTEXT = Context.of(config)


wildcard_constraints:
    environment="[^/]+",
    dataset="[^/]+",
