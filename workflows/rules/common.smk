"""What the rules share: the checked experiment, its plan, the engine."""

from workflows.snake import JUDGES, Context

CONTEXT = Context.of(config)


wildcard_constraints:
    environment="[^/]+",
    dataset="[^/]+",
