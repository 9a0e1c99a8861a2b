"""What other machines sent, opened with care: publications, or results of one's own."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from workflows.errors import UserError
from workflows.history.campaign import machine
from workflows.publication.manifest import SUMS
from workflows.publication.publish import publish
from workflows.verification.integrity import Publication
from workflows.verification.verify import opened

_NAMED = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,60})=(?P<path>.+)")


@dataclass(frozen=True)
class Source:
    """One machine's publication, and what the machine is called."""

    name: str
    publication: Publication


def called(publication: Publication) -> str:
    """Return a machine's name: processor and instruction set, and the GPU where there is one."""
    held = machine(publication.matrix.machine)
    if not held:
        return "an unknown machine"
    name = f"{held['processor']}, {held['instruction set']}"
    return name + (f", {held['GPU']}" if held["GPU"] != "none" else "")


def read(given: str, folder: Path, signers: Path | None) -> Source:
    """Open `PATH` or `NAME=PATH` into `folder`; raise `UserError` where it is not in order."""
    found = _NAMED.fullmatch(given) if not Path(given).exists() else None
    path = Path(found["path"] if found else given)
    if path.is_dir() and (path / "runs").is_dir() and not (path / SUMS).exists():
        with tempfile.TemporaryDirectory() as own:
            publish(path, Path(own) / "publication", "whole", None)
            publication = opened(Path(own) / "publication", folder, None)
    else:
        try:
            publication = opened(path, folder, signers)
        except UserError as error:
            raise UserError(f"{path}: {error}") from None
    if publication.matrix.validity == "invalid":
        raise UserError(f"{path}: its matrix is INVALID: a negative control was missed; not merged")
    return Source(found["name"] if found else called(publication), publication)


def read_all(given: list[str], folder: Path, signers: Path | None) -> list[Source]:
    """Open all; machines that are called alike are numbered."""
    sources: list[Source] = []
    for index, each in enumerate(given):
        source = read(each, folder / str(index), signers)
        taken = [other.name for other in sources]
        name, number = source.name, 1
        while name in taken:
            number += 1
            name = f"{source.name} ({number})"
        sources.append(Source(name, source.publication))
    return sources
