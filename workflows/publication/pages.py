"""The pages of a publication, each a pure function of the matrix and the runs: made, made again."""

from __future__ import annotations

from collections.abc import Callable

from workflows.common.files import as_json
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.resolve import own
from workflows.matrix.model import Matrix
from workflows.matrix.show import csv, markdown
from workflows.publication import badge
from workflows.publication.manifest import Manifest
from workflows.report import junit, pictures
from workflows.report.cell import detail, usable
from workflows.report.charts import losses, picture
from workflows.report.conclusion import paragraph
from workflows.report.page import render
from workflows.runs.record import Run

REPORT = "report.html"

README = """# {conclusion}

`{report}` is for people, `matrix.json` for programs. `runs/` holds the records, `traces/` what
they traced, `locks/` and `images/` the environments, `SHA256SUMS` the sums of all files.

To run the same cells on another machine and compare, in a clone of Reprise{at}:

    reprise verify THIS.zip
"""


def conclusion(matrix: Matrix, catalogue: Catalogue) -> str:
    """Return the matrix in one paragraph."""
    configurations = own(matrix.experiment.configurations, "configurations", catalogue)
    variations = own(matrix.experiment.variations, "variations", catalogue)
    return paragraph(matrix, configurations, variations)


def tables(matrix: Matrix) -> dict[str, str]:
    """Return the matrix's other forms by name."""
    return {"matrix.csv": csv(matrix), "matrix.md": markdown(matrix)}


def about(
    matrix: Matrix, manifest: Manifest, catalogue: Catalogue, *, report: bool
) -> dict[str, str]:
    """Return badge, JUnit XML and README by name; `report`: the publication holds the page."""
    configurations = own(matrix.experiment.configurations, "configurations", catalogue)
    said = badge.endpoint(matrix, configurations)
    commit = manifest.revision.commit
    readme = README.format(
        conclusion=conclusion(matrix, catalogue),
        at=f" at revision {commit}" if commit else "",
        report=REPORT if report else "matrix.md",
    )
    return {
        "badge.json": as_json(said),
        "badge.svg": badge.svg(said),
        "junit.xml": junit.document(matrix, configurations),
        "README.md": readme,
    }


def drawn(
    matrix: Matrix, find: Callable[[str], Run], catalogue: Catalogue
) -> dict[str, Callable[[], str]]:
    """Return how to make report and pictures, by name; `find` gives a record's run."""

    def page() -> str:
        details = [
            detail(cell, matrix, usable(cell, matrix, find), catalogue) for cell in matrix.cells
        ]
        return render(matrix, details, catalogue)

    def curves(benchmark: str) -> Callable[[], str]:
        shown = pictures.title(benchmark)
        return lambda: losses(pictures.distinct(matrix, benchmark, find), shown)

    return {
        REPORT: page,
        "pictures/matrix.svg": lambda: picture(matrix),
        **{f"pictures/losses/{name}.svg": curves(name) for name in matrix.experiment.benchmarks},
    }
