"""The code behind the results of each stage: a change to it makes these again, but runs no run."""

from __future__ import annotations

from pathlib import Path

from workflows.common.imports import closure

CODE = {
    "differences": closure("workflows/studies/differences/run.py"),
    "ablations": closure("workflows/studies/ablation/run.py"),
    "costs": closure("workflows/studies/costs/run.py"),
    "matrix": closure("workflows/matrix/collect.py", "workflows/matrix/show.py"),
    "report": [
        *closure("workflows/report/page.py", "workflows/report/pictures.py"),
        *sorted(str(path) for path in Path("workflows/report/templates").iterdir()),
    ],
    "publication": closure("workflows/publication/publish.py"),
}
"""By the stage's name. That of a run is no input: it is in the run's identity."""
