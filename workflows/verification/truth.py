"""Is the matrix of a publication true to the records that came with it?"""

from __future__ import annotations

import re

from workflows.cells import Cell
from workflows.errors import UserError
from workflows.verification.integrity import Publication
from workflows.verification.limits import check_names


def check_truth(publication: Publication) -> None:
    """Hold the matrix against the records; raise `UserError` where it is untrue.

    Each cell names its own records, all of them. Equal letters stand for equal outcomes and,
    where all was published, different ones for different outcomes, and `identical` for repeats
    that are.
    """
    whole = publication.manifest.traces == "whole"
    letters: dict[tuple[str, str], str] = {}
    outcomes: dict[tuple[str, str], str] = {}
    seen: set[str] = set()
    for cell in publication.matrix.cells:
        said = f"matrix.json: {cell.folder}"
        check_cell(said, cell, publication)
        if cell.folder in seen:
            raise UserError(f"{said}: is in it twice")
        seen.add(cell.folder)
        named = cell.runs
        completed = [
            publication.reference(path).run.digest
            for path in named
            if path in publication.records and publication.records[path].status == "completed"
        ]
        if whole and len(completed) != len(cell.classes):
            raise UserError(f"{said}: its repeats are not those of its records")
        for letter, outcome in zip(cell.classes, completed, strict=False):
            if outcomes.setdefault((cell.benchmark, letter), outcome) != outcome:
                raise UserError(f"{said}: letter {letter} stands for unequal outcomes")
            if whole and letters.setdefault((cell.benchmark, outcome), letter) != letter:
                raise UserError(f"{said}: two letters for one outcome")
        equal = len(completed) == len(named) > 1 and len(set(completed)) == 1
        if whole and (cell.verdict == "identical") != equal:
            raise UserError(f"{said}: {cell.verdict}: its records say otherwise")


def check_cell(said: str, cell: Cell, publication: Publication) -> None:
    """Refuse a cell with strange names, or with records that are not all of its own."""
    names = (cell.environment, cell.device, cell.benchmark, cell.configuration, cell.variation)
    check_names("matrix.json", *names)
    if cell.environment not in publication.matrix.images:
        raise UserError(f"{said}: the matrix has no image of {cell.environment}")
    own = rf"runs/{re.escape(cell.folder)}/[0-9]+\.json"
    if not cell.records or len(set(cell.records)) != len(cell.records):
        raise UserError(f"{said}: names no record, or one twice")
    for path in cell.records:
        if not re.fullmatch(own, path):
            raise UserError(f"{said}: names {path!r}, which is not a record of its own")
    present = {path for path in publication.records if path.rpartition("/")[0] == cell.folder}
    named = cell.runs
    if publication.manifest.traces == "whole":
        if absent := [path for path in named if path not in present]:
            raise UserError(f"matrix.json: {absent[0]}: its record is not in the publication")
        if left := sorted(present - set(named)):
            raise UserError(f"{said}: leaves out its record {left[0]}")
    elif cell.verdict == "identical" and named[0] not in present:
        raise UserError(f"matrix.json: {named[0]}: its record is not in the publication")
    for path in present:
        record = publication.records[path]
        if record.run.steps != cell.steps or record.run.flip is not None:
            raise UserError(f"{said}: its record {path} answers another question")
    first = publication.records.get(named[0])
    if cell.verdict == "identical" and (first is None or first.status != "completed"):
        raise UserError(f"{said}: identical, but {named[0]} did not complete")
