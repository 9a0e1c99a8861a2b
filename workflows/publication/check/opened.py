"""A publication from anybody, opened and checked without running anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from workflows.common.errors import UserError
from workflows.experiment.catalogue import Catalogue
from workflows.publication import signature
from workflows.publication.check.account import Account
from workflows.publication.check.holding import check_holding
from workflows.publication.check.integrity import Publication, check_publication, check_sums
from workflows.publication.check.meaning import check_agreement, meanings, widened
from workflows.publication.check.remade import check_pages
from workflows.publication.check.software import check_data
from workflows.publication.check.truth import check_truth
from workflows.publication.check.unpack import unpack


def opened(source: Path, folder: Path, signers: Path | None) -> Publication:
    """Unpack a publication and check all of it; raise `UserError` where anything is wrong."""
    unpack(source, folder)
    count = check_sums(folder)
    publication = check_publication(folder, signature.check(folder, signers))
    try:
        return replace(publication, account=account(publication, count))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # Whatever a stranger's numbers and names can make our own code do is their fault.
        text = " ".join(f"{type(error).__name__}: {error}".split())
        raise UserError(f"{source}: cannot be made again from its records ({text})") from None


def account(publication: Publication, sums: int) -> Account:
    """Check what a publication says of itself; `sums`: how many of its files fit theirs."""
    catalogue = Catalogue.read()
    check_agreement(publication)
    named = meanings(publication, catalogue)
    for path, record in publication.records.items():
        image = publication.matrix.images[record.run.environment]
        check_holding(f"runs/{path}.json", record, image, catalogue)
    unknown = check_data(publication.folder, publication.planned.experiment, publication.records)
    matrix, claimed = check_truth(publication, catalogue)
    equal, other, undrawn = check_pages(publication, widened(publication, catalogue))
    versions = {r.schema_version for r in publication.records.values() if r.status == "completed"}
    return Account(
        sums, matrix, traced_by(publication), equal, other, [*claimed, *unknown, *undrawn], named,
        old=min(versions, default=3) < 3,
    )  # fmt: skip


def traced_by(publication: Publication) -> list[int]:
    """Return the versions of the fingerprint that its completed runs were traced by."""
    records = publication.records.values()
    return sorted({r.trace.fingerprint for r in records if r.status == "completed"})
