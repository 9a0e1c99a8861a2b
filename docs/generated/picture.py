"""`python -m docs.generated.picture`: the README's picture of a publication, for light and dark.

Its matrix without the columns in which nothing could run; the report shows all of them.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from workflows.common.errors import command
from workflows.common.files import write_text
from workflows.common.paths import ROOT
from workflows.matrix.cells import Cell
from workflows.matrix.model import Matrix
from workflows.report.charts import PAPER, Look, picture

PUBLICATION = ROOT / "results/published/2026-11-25-intel-xeon-avx512/publication.zip"
NIGHT = Look(
    ground="#0d1117",  # GitHub's
    words="#c9d1d9",
    ink="#f0f6fc",
    tiles=("#1f5132", "#5c4a10", "#7a2b22", "#4a3566", "#8a1f14", "#2d333b"),
)


def ran(cells: list[Cell]) -> list[Cell]:
    """Return the cells of those columns in which anything ran."""
    places = {(c.environment, c.device) for c in cells if c.verdict != "not-run"}
    return [cell for cell in cells if (cell.environment, cell.device) in places]


def pictures(publication: Path = PUBLICATION) -> dict[str, str]:
    """Return the two pictures as SVG, by the name of their file."""
    with zipfile.ZipFile(publication) as archive:
        matrix = Matrix.model_validate_json(archive.read("matrix.json"))
    cells = ran(matrix.cells)
    return {"matrix-light.svg": picture(cells, PAPER), "matrix-dark.svg": picture(cells, NIGHT)}


def main() -> None:
    """Write both below `docs/images/`."""
    for name, text in pictures().items():
        write_text(ROOT / "docs" / "images" / name, text)


if __name__ == "__main__":
    command(main)
