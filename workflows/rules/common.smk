"""What the rules share: the checked experiment, its plan, the engine."""

from workflows.common.cores import cores
from workflows.rules.code import CODE
from workflows.rules.context import Context
from workflows.rules.shared import images_without_gpu, records_without_gpu

# The priority of what others wait for; theirs are the seconds that they take.
FIRST = 10**9
SETTINGS = workflow.resource_settings
# A cluster has nodes; on one of these a job finds out by itself what is there.
ELSEWHERE = workflow.remote_exec or SETTINGS.nodes is not None
HERE = 0 if ELSEWHERE else min(SETTINGS.cores or 1, cores())
CONTEXT = Context.of(config, workflow.configfiles, cores=HERE)

if CONTEXT.cores and "trainings" not in workflow.global_resources:
    # However many cores are asked for: more at once than there are would cost all of them.
    workflow.register_resource("trainings", cores())


wildcard_constraints:
    environment="[^/]+",
    dataset="[^/]+",


onstart:
    CONTEXT.announce(logger)
