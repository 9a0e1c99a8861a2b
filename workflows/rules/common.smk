"""What the rules share: the checked experiment, its plan, the engine."""

import sys

sys.path.insert(0, workflow.basedir)

from workflows.snake import Context

PYTHON = sys.executable
CONTEXT = Context.of(config)
