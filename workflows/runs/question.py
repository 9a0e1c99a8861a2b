"""What was asked of a run, as a digest: outcomes of equal questions can be held together."""

from __future__ import annotations

from workflows.common.files import digest
from workflows.runs.record import Run


def question(run: Run) -> str:
    """Return the digest of what was asked of a run, but its repeat.

    With the version of its fingerprints from 2 on: outcomes of two versions cannot be compared.
    """
    # A field that came later changes no question that is asked without it.
    later = set() if run.record.run.flip_in else {"flip_in"}
    asked = run.record.run.model_dump(mode="json", exclude={"repeat", "fingerprint", *later})
    version = run.record.trace.fingerprint
    return digest(asked | ({"fingerprint": version} if version > 1 else {}))
