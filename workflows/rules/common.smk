"""What the rules share: the checked experiment, its plan, the engine."""

from workflows.rules.code import CODE
from workflows.rules.context import Context

# On a cluster (it has nodes), what is not here may be there: each job finds that out.
CONTEXT = Context.of(
    config,
    here=workflow.resource_settings.nodes is None and not workflow.remote_exec,
)


wildcard_constraints:
    environment="[^/]+",
    dataset="[^/]+",


onstart:
    CONTEXT.announce(logger)
