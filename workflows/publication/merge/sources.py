"""What other machines sent, opened with care: publications, or results of one's own."""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from workflows.common.errors import UserError
from workflows.common.sums import SUMS
from workflows.matrix.cells import Cell
from workflows.publication import programs
from workflows.publication.check.integrity import Publication
from workflows.publication.check.limits import printable
from workflows.publication.check.opened import opened
from workflows.publication.merge.hardware import Hardware, hardware
from workflows.publication.publish import publish

SIMULATED = "simulated by QEMU"
"""Stands in the name of every machine that is none of metal, whatever it is called."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,60}")
_EXAMPLE = "reprise merge here=results there=other.zip"


@dataclass(frozen=True)
class Source:
    """One machine's publication, what the machine is called, and what it is."""

    name: str
    publication: Publication
    hardware: Hardware

    def completed(self, cell: Cell) -> list[str]:
        """Return the paths of a cell's completed runs that were published."""
        records = self.publication.records
        return [p for p in cell.runs if p in records and records[p].status == "completed"]

    def program(self, benchmark: str) -> str | None:
        """Return the digest of a command's program as it was published; None: it is no command."""
        return programs.contents(self.publication.folder, benchmark)


def divided(given: str) -> tuple[str | None, Path]:
    """Return name and path of `PATH` or `NAME=PATH`; raise `UserError` where there is no such."""
    if given and Path(given).exists():
        return None, Path(given)
    name, equals, path = given.partition("=")
    if not equals:
        raise UserError(f"{given!r}: no such file or folder; {_EXAMPLE}")
    if not _NAME.fullmatch(name):
        raise UserError(
            f"{given!r}: no such file, and {name!r} is no name: expected a letter or digit, then "
            "letters, digits, spaces or ._()+-, 61 at most"
        )
    if not path or not Path(path).exists():
        raise UserError(f"{given!r}: {path!r}: no such file or folder; {_EXAMPLE}")
    return name, Path(path)


def read(path: Path, folder: Path, signers: Path | None) -> Publication:
    """Open a publication or a results folder; raise `UserError` where it is not in order."""
    if not (path.is_dir() or path.is_file()):
        raise UserError(f"{path}: neither a file nor a folder; name a publication or results")
    try:
        if path.is_dir() and not (path / SUMS).exists():
            publication = _own(path, folder)
        else:
            publication = opened(path, folder, signers)
    except UserError as error:
        said = str(error)
        raise UserError(said if str(path) in said else f"{path}: {said}") from None
    if publication.matrix.validity == "invalid":
        raise UserError(f"{path}: its matrix is INVALID: a negative control was missed; not merged")
    return publication


def _own(results: Path, folder: Path) -> Publication:
    """Publish a results folder, and read that as one would read a stranger's."""
    if not (results / "matrix.json").is_file():
        raise UserError(
            f"{results}: holds no matrix.json: neither a publication nor a folder of finished "
            "results; finish it (reprise matrix), or name a publication"
        )
    with tempfile.TemporaryDirectory() as made, contextlib.redirect_stdout(io.StringIO()):
        publish(results, Path(made) / "publication", "whole", None)
        return opened(Path(made) / "publication", folder, None)


def read_all(given: list[str], folder: Path, signers: Path | None) -> list[Source]:
    """Open all; raise `UserError` unless there are two at least, with names of their own.

    Machines whose names come from their records are numbered where they are called alike. One and
    the same run in two sources is refused: it would agree with itself.
    """
    if len(given) < 2:
        raise UserError(f"{len(given)} named: a merge takes two machines at least; {_EXAMPLE}")
    asked = [divided(each) for each in given]
    chosen = [name for name, _ in asked if name]
    if twice := [name for name in chosen if chosen.count(name) > 1]:
        raise UserError(f"two machines are named {twice[0]!r}; give each its own name")
    sources: list[Source] = []
    for index, (name, path) in enumerate(asked):
        publication = read(path, folder / str(index), signers)
        held = hardware(publication)
        taken = {*chosen, *(source.name for source in sources)}
        found = Source(_called(name, held, taken), publication, held)
        for other, (_, its) in zip(sources, asked, strict=False):
            if same := _in_both(found, other):
                raise UserError(f"{path}: run {printable(same)} is the very one of {its}; give one")
        sources.append(found)
    return sources


def _called(name: str | None, held: Hardware, taken: set[str]) -> str:
    """Return what a machine is called; where it is simulated its name says so."""
    suffix = f" ({SIMULATED})" if held.simulated else ""
    if name:
        return name + suffix
    called, number = held.words + suffix, 1
    while called in taken:
        number += 1
        called = f"{held.words} ({number}){suffix}"
    return called


def _in_both(a: Source, b: Source) -> str | None:
    """Return the first run whose record, times and all, is in both; None where none is."""
    ours, theirs = a.publication.records, b.publication.records
    completed = (path for path in ours if ours[path].status == "completed")
    return next((path for path in completed if theirs.get(path) == ours[path]), None)
