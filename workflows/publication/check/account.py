"""What was checked of a publication, and what is only claimed: the line that is told first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

BY_VERSION = {
    1: "traced by fingerprints of version 1, as runs here will be: their keys are related, and the "
    "bound that it states does not hold (results/published/README.md)"
}


OLD = (
    "its records are older than version 3: of state beside the weights, files and standard error "
    "they say nothing, and only what both watched is compared"
)


@dataclass(frozen=True)
class Account:
    """What was done, in words; `claimed` holds all that was not.

    `fingerprints`: the versions of the hash that its runs were traced by; `old`: some of its
    records say less than those of today. `equal`, `other`: pages
    that were made again and are equal to the publication's, or not, which is no fault where other
    code made it. `meanings`: by a cell's folder, why its name is not vouched for (`meaning.py`).
    """

    sums: int
    matrix: str
    fingerprints: list[int] = field(default_factory=list)
    equal: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)
    meanings: Mapping[str, list[str]] = field(default_factory=dict)
    old: bool = False

    def __str__(self) -> str:
        """Say it in one line."""
        return "; ".join(self.lines())

    def lines(self) -> list[str]:
        """Say it, a thing at a time."""
        parts = [f"sums fit ({self.sums:,} files)", self.matrix]
        parts += [
            BY_VERSION.get(version, f"traced by fingerprints of version {version}")
            for version in self.fingerprints
        ]
        if self.old:
            parts.append(OLD)
        if self.equal:
            parts.append(f"{', '.join(self.equal)} made again: equal")
        if self.other:
            parts.append(
                f"made by other code, and not what this code makes: {', '.join(self.other)}"
            )
        if self.claimed:
            parts.append(f"not made again, so only claimed: {', '.join(self.claimed)}")
        if self.meanings:
            first, reasons = next(iter(self.meanings.items()))
            more = f" (and {len(self.meanings) - 1} more)" if len(self.meanings) > 1 else ""
            parts.append(f"names not vouched for: {first}{more}: {reasons[0]}")
        return parts
