"""The pages of a publication, made again from its matrix and records and held against its own.

Only the same code makes the same page, and only the same tools the same drawing: where those made
it, a page that is not equal is refused. Where others did, it is said to be other, and no more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from workflows.common.errors import UserError
from workflows.common.files import as_json
from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Catalogue
from workflows.publication import code, crate
from workflows.publication.check.integrity import Publication
from workflows.publication.pages import REPORT, about, conclusion, drawn, tables
from workflows.publication.review.files import made
from workflows.runs.record import Run


class Pages(NamedTuple):
    """Pages made again: equal to the publication's, or not; and those that could not be made."""

    equal: list[str]
    other: list[str]
    claimed: list[str]


def check_pages(publication: Publication, catalogue: Catalogue) -> Pages:
    """Make every page again that can be.

    Raises `UserError` for one that is not equal, though this code is said to have made it.
    """
    pages = Pages([], [], [])
    same = publication.same_code
    light = {
        name: (lambda text=text: text) for name, text in _light(publication, catalogue).items()
    }
    same_tools = same and publication.manifest.tools == code.tools()
    for name, make in {**light, **_heavy(publication, catalogue)}.items():
        page = publication.folder / name
        if not page.is_file():
            continue
        if make is None:
            pages.claimed.append(name)
        elif make().encode() == page.read_bytes():
            pages.equal.append(name)
        elif same_tools or (same and name in light):
            raise UserError(f"{name}: is not what its own matrix and records give; refused")
        else:
            pages.other.append(name)
    return pages


def _light(publication: Publication, catalogue: Catalogue) -> dict[str, str]:
    """Return what takes no tool that draws, by name."""
    matrix, manifest = publication.matrix, publication.manifest
    report = (publication.folder / REPORT).is_file()
    pages = {
        "matrix.csv": tables(matrix)["matrix.csv"],
        **about(matrix, manifest, catalogue, report=report),
        **made(publication.folder, matrix, manifest, catalogue),
    }
    copied = {name: (ROOT / name).read_text(encoding="utf-8") for name in code.COPIED}
    return {**pages, **copied}


def _heavy(publication: Publication, catalogue: Catalogue) -> dict[str, Callable[[], str] | None]:
    """Return how to draw report, pictures and crate, by name; None without all the records."""
    matrix, folder = publication.matrix, publication.folder
    whole = publication.manifest.traces == "whole"
    runs: dict[str, Run] = {}

    def find(path: str) -> Run:
        key = path.removeprefix("runs/").removesuffix(".json")
        if key not in runs:
            runs[key] = publication.reference(key).run
        return runs[key]

    def metadata() -> str:
        said, left = conclusion(matrix, catalogue), publication.records.values()
        return as_json(crate.metadata(folder, matrix, said, left, brief=not whole))

    found: dict[str, Callable[[], str] | None] = {}
    for name, make in drawn(matrix, find, catalogue).items():
        found[name] = make if whole or name == "pictures/matrix.svg" else None
    found["matrix.md"] = lambda: tables(matrix)["matrix.md"]
    return {**found, crate.METADATA: metadata}  # the last: it holds the sizes of the others
