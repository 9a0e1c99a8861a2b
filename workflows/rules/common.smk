"""What the rules share: the checked experiment, its plan, the engine."""

from workflows.paired import CODE as LOOKERS
from workflows.snake import COSTS, JUDGES, Context

CONTEXT = Context.of(config)


wildcard_constraints:
    environment="[^/]+",
    dataset="[^/]+",
