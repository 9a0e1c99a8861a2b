"""The code behind the results of each stage: a change to it makes these again, but runs no run."""

from __future__ import annotations

from workflows.common.imports import closure
from workflows.common.paths import ROOT, here

_TEMPLATES = (ROOT / "workflows" / "report" / "templates").iterdir()


def code(*files: str) -> list[str]:
    """Return files with all that they import, but the empty ones: only what is in one acts."""
    return [here(file) for file in closure(*files) if (ROOT / file).stat().st_size]


CODE = {
    "differences": code("workflows/studies/differences/run.py"),
    "families of differences": code("workflows/studies/differences/family.py"),
    "differences without GPU": code("workflows/studies/differences/absent.py"),
    "ablations": code("workflows/studies/ablation/run.py"),
    "cures": code("workflows/studies/cures/run.py"),
    "costs": code("workflows/studies/costs/run.py"),
    "matrix": code("workflows/matrix/collect.py"),
    "tables": code("workflows/matrix/write_tables.py"),
    "report": [
        *code("workflows/report/page.py", "workflows/report/pictures.py"),
        *sorted(here(path.relative_to(ROOT).as_posix()) for path in _TEMPLATES),
    ],
    "publication": code("workflows/publication/publish.py"),
}
"""By the stage's name. That of a run is no input: it is in the run's identity."""
