"""The pages of a publication, made again from its matrix and records and held against its own.

Only the same code makes the same page, and only the same tools the same drawing. Where other code
made it, what happens to be equal is said to be; the rest is only claimed.
"""

from __future__ import annotations

from collections.abc import Callable

from workflows.catalogue import Catalogue
from workflows.errors import UserError
from workflows.files import as_json
from workflows.places import ROOT
from workflows.publication import code, crate
from workflows.publication.pages import REPORT, about, conclusion, drawn, tables
from workflows.records import Run
from workflows.verification.integrity import Publication


def check_pages(publication: Publication, catalogue: Catalogue) -> tuple[list[str], list[str]]:
    """Return which pages are equal to those made again, and which are only claimed.

    Raises `UserError` for one that is not, though this code is said to have made it.
    """
    equal: list[str] = []
    claimed: list[str] = []
    same = publication.same_code
    same_tools = same and publication.manifest.tools == code.tools()
    for name, text in _light(publication, catalogue).items():
        fits = text.encode() == (publication.folder / name).read_bytes()
        if not fits and same:
            raise UserError(f"{name}: is not what its own matrix and records give; refused")
        (equal if fits else claimed).append(name)
    for name, heavy in _heavy(publication, catalogue).items():
        if not (publication.folder / name).is_file():
            continue
        if heavy is None or not same_tools:
            claimed.append(name)
            continue
        if heavy().encode() != (publication.folder / name).read_bytes():
            raise UserError(f"{name}: is not what its own matrix and records give; refused")
        equal.append(name)
    whose = "other code" if not same else "other tools"
    return equal, [f"{name} (made by {whose})" if not same_tools else name for name in claimed]


def _light(publication: Publication, catalogue: Catalogue) -> dict[str, str]:
    """Return what takes no tool that draws, by name."""
    matrix, manifest = publication.matrix, publication.manifest
    report = (publication.folder / REPORT).is_file()
    pages = {**tables(matrix), **about(matrix, manifest, catalogue, report=report)}
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
        timed = [record.timing for record in publication.records.values() if record.timing]
        ended = max((timing["started"] for timing in timed), default=None)
        return as_json(crate.metadata(folder, matrix, conclusion(matrix, catalogue), ended))

    found: dict[str, Callable[[], str] | None] = {crate.METADATA: metadata}
    for name, make in drawn(matrix, find, catalogue).items():
        found[name] = make if whole or name == "pictures/matrix.svg" else None
    return found
