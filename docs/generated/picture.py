"""`python -m docs.generated.picture`: the README's picture of a publication, for light and dark.

Two files, since GitHub's scheme is not the reader's system's.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from workflows.common.errors import command
from workflows.common.files import write_text
from workflows.common.paths import ROOT
from workflows.matrix.model import Matrix
from workflows.report.charts import NIGHT, PAPER, picture

PUBLICATION = ROOT / "results/published/2026-11-25-intel-xeon-avx512/publication.zip"


def pictures(publication: Path = PUBLICATION) -> dict[str, str]:
    """Return the two pictures as SVG, by the name of their file."""
    with zipfile.ZipFile(publication) as archive:
        matrix = Matrix.model_validate_json(archive.read("matrix.json"))
    return {"matrix-light.svg": picture(matrix, PAPER), "matrix-dark.svg": picture(matrix, NIGHT)}


def main() -> None:
    """Write both below `docs/images/`."""
    for name, text in pictures().items():
        write_text(ROOT / "docs" / "images" / name, text)


if __name__ == "__main__":
    command(main)
