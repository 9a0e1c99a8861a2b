"""What a verification leaves for others: a statement of in-toto, and a `codecheck.yml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from workflows.common.files import write_json, write_text
from workflows.common.sums import sha256
from workflows.publication.attestation import enveloped, result
from workflows.publication.confirmations import PART, PREFIX, REPRODUCED, WHOLE
from workflows.publication.verify.conclusion import HELD
from workflows.publication.verify.model import WORDS, Verification

STATEMENT, CODECHECK = "confirmation.json", "codecheck.yml"
VERIFIER = "urn:x-reprise:verify:2"
"""Who says so: this program, with the version of what it takes a claim for."""
SPECIFICATION = "https://codecheck.org.uk/spec/config/1.0/"


def properties(found: Verification) -> list[str]:
    """Return the properties that the publication was seen to have; none that it was not."""
    held = [WHOLE] if not found.here.limits else []
    equal = [each.cell for each in found.cells if each.answer in ("reproduced", "renamed")]
    return [
        f"{PREFIX}CONSISTENT",
        *([*held, PART] if found.exit_code == HELD else []),
        *(f"{REPRODUCED}{cell}" for cell in equal),
    ]


def statement(found: Verification) -> dict[str, Any]:
    """Return the statement about the publication's zip."""
    revision = found.here.revision
    verifier = {
        "id": VERIFIER,
        "policies": [],
        "reprise_processor": found.here.machine,
        "reprise_published_on": found.here.published_on,
        "reprise_revision": (revision.commit or "unknown") + " (edited)" * revision.edited,
        "reprise_limits": "; ".join(found.here.limits),
        "reprise_conclusion": " ".join(found.conclusion),
    }
    return result(found.name, found.digest, verifier, found.here.started, properties(found))


def codecheck(found: Verification, report: Path, by: str) -> dict[str, Any]:
    """Return what a `codecheck.yml` of version 1.0 holds; `report`: the page of the verification.

    Its manifest names what was made again: the published records, as they were unpacked beside it.
    """
    return {
        "version": SPECIFICATION,
        "manifest": [
            {
                "file": f"publication/runs/{each.cell}/0.json",
                "comment": f"{WORDS[each.answer]}, {each.steps} steps",
            }
            for each in found.cells
            if each.answer in ("reproduced", "renamed")
        ],
        "paper": {"title": f"Results published as {found.name}", "reference": found.digest},
        "codechecker": [{"name": by}],
        "report": f"{report.name}, SHA-256 {sha256(report)}",
        "summary": " ".join(found.conclusion),
        "check_time": found.here.started.replace("T", " ")[:19],
        "reprise": {"exit_code": found.exit_code, "machine": found.here.machine},
    }


def leave(found: Verification, folder: Path, *, key: Path | None, by: str) -> None:
    """Write both into the folder of a verification; a statement needs a zip to be about."""
    said = codecheck(found, folder / "verification.html", by)
    text = yaml.safe_dump(
        said, explicit_start=True, version=(1, 1), sort_keys=False, allow_unicode=True
    )
    write_text(folder / CODECHECK, text)
    (folder / STATEMENT).unlink(missing_ok=True)
    if found.digest:
        write_json(folder / STATEMENT, enveloped(statement(found), key))
