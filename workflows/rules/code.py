"""The code behind the results of each stage: a change to it makes these again, but runs no run."""

from __future__ import annotations

from pathlib import Path

from workflows.common.imports import closure
from workflows.common.paths import ROOT


def code(*files: str) -> list[str]:
    """Return files with all that they import, but the empty ones: only what is in one acts."""
    return [file for file in closure(*files) if (ROOT / file).stat().st_size]


CODE = {
    "differences": code("workflows/studies/differences/run.py"),
    "ablations": code("workflows/studies/ablation/run.py"),
    "costs": code("workflows/studies/costs/run.py"),
    "matrix": code("workflows/matrix/collect.py", "workflows/matrix/show.py"),
    "report": [
        *code("workflows/report/page.py", "workflows/report/pictures.py"),
        *sorted(str(path) for path in Path("workflows/report/templates").iterdir()),
    ],
    "publication": code("workflows/publication/publish.py"),
}
"""By the stage's name. That of a run is no input: it is in the run's identity."""
