"""What the rules share: the checked experiment, its plan, the engine."""

from workflows.rules.code import CODE
from workflows.rules.context import Context

CONTEXT = Context.of(config)


wildcard_constraints:
    environment="[^/]+",
    dataset="[^/]+",
