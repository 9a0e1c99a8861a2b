"""What others confirmed of a publication: the statements in `confirmations/` beside its zip.

A statement is anybody's data: it is held against the SHA-256 of the zip, and its signature is
checked. One without a signature is told, and no confirmation that counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, ValidationError

from workflows.common.errors import UserError
from workflows.common.files import write_text
from workflows.common.models import Model
from workflows.common.sums import sha256
from workflows.common.text_table import drawn
from workflows.publication.attestation import Statement, load
from workflows.report.conclusion import joined

FOLDER, TABLE = "confirmations", "confirmations.md"
PREFIX = "REPRISE_"
WHOLE, PART, REPRODUCED = f"{PREFIX}CLAIMS_HELD", f"{PREFIX}CLAIMS_HELD_IN_PART", f"{PREFIX}CELL_"
"""Properties of a statement: everything claimed held; what was tested of it did; a cell did."""


class Confirmation(Model):
    """One file: what it says, or why it confirms nothing."""

    file: str
    processor: str = ""
    cells: int = 0
    limits: str = ""
    date: str = ""
    signers: list[str] = Field([], description="who signed it, by their keys")
    refused: str | None = None


def read(path: Path, digest: str, signers: Path | None) -> Confirmation:
    """Read one statement and hold it against the digest of a publication."""
    try:
        envelope = load(path)
        found = envelope.statement()
        who = envelope.signers(signers)
    except UserError as error:
        return Confirmation(file=path.name, refused=str(error))
    except (ValidationError, ValueError):
        text = "is no statement of in-toto with a Simple Verification Result"
        return Confirmation(file=path.name, refused=text)
    said = found.predicate
    held = {WHOLE, PART} & set(said.properties)
    reason = None if held else "does not say that what was claimed held"
    if digest not in [subject.digest.sha256 for subject in found.subject]:
        reason = "is about another publication: other SHA-256"
    return Confirmation(
        file=path.name, processor=plain(found, "reprise_processor"),
        cells=sum(name.startswith(REPRODUCED) for name in set(said.properties)),
        limits=plain(found, "reprise_limits") or "", date=said.timeCreated.date().isoformat(),
        signers=[short(each) for each in who], refused=reason,
    )  # fmt: skip


def short(line: str) -> str:
    """Return of ssh-keygen's line who signed: the name that was allowed to, and the key."""
    name = re.search(r" for (\S+) with ", line)
    key = re.search(r"SHA256:\S+", line)
    return ", ".join(found.group(found.re.groups) for found in (name, key) if found) or line


def plain(found: Statement, key: str) -> str:
    """Return a stranger's words that stand beside the verifier, in plain characters."""
    said = str((found.predicate.verifier.model_extra or {}).get(key, ""))[:120]
    return "".join(c if c.isalnum() or c in " ()+.,@/:;*_-" else "?" for c in said)


def beside(publication: Path, signers: Path | None = None) -> list[Confirmation]:
    """Return what lies beside a publication's zip, in the order of the files' names."""
    folder = publication.parent / FOLDER
    if not publication.is_file() or not folder.is_dir():
        return []
    digest = sha256(publication)
    return [read(path, digest, signers) for path in sorted(folder.glob("*.json"))]


def summary(found: Iterable[Confirmation]) -> str:
    """Return `confirmed by N on M kinds of processor`, by those that were signed; others beside."""
    valid = [each for each in found if not each.refused]
    signed = [each for each in valid if each.signers]
    keys = {who for each in signed for who in each.signers}
    parts = []
    if signed:
        parts.append(f"confirmed by {len(keys)} on {kinds(signed)}")
    if unsigned := [each for each in valid if not each.signers]:
        parts.append(f"{len(unsigned)} without a signature, on {kinds(unsigned)}")
    return joined(parts) if parts else "confirmed by nobody yet"


def kinds(found: list[Confirmation]) -> str:
    """Return on how many kinds of processor."""
    number = len({each.processor for each in found})
    return f"{number} kind{'s' if number > 1 else ''} of processor"


def table(publication: Path, found: list[Confirmation]) -> str:
    """Return the table as Markdown."""
    heads = ["processor", "cells equal bit for bit", "asked for less", "date", "signed by", "file"]
    rows = [
        [each.processor, str(each.cells), each.limits, each.date,
         ", ".join(each.signers) or "nobody", each.file]
        for each in found if not each.refused
    ]  # fmt: skip
    text = drawn(f"# {publication.name}: {summary(found)}", (heads, rows), "github")
    refused = [f"- {each.file}: {each.refused}" for each in found if each.refused]
    return "\n\n".join([text, *(["Not counted:", "\n".join(refused)] if refused else [])]) + "\n"


def collect(
    publication: Path, signers: Path | None = None, folder: Path | None = None
) -> str | None:
    """Write the table into a folder, the publication's own where none is named.

    Returns its summary, None without confirmations.
    """
    found = beside(publication, signers)
    if not found:
        return None
    write_text((folder or publication.parent) / TABLE, table(publication, found))
    return summary(found)
