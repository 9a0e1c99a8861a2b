"""How close a run came to the numbers that a benchmark's authors printed."""

from __future__ import annotations

import math

from pydantic import Field

from workflows.common.models import Model
from workflows.experiment.catalogue import Published


class Agreement(Model):
    """Printed lines against published ones, as far as the run goes."""

    lines: int = Field(description="lines compared")
    equal: int = Field(description="of these, lines equal character for character")
    digits: float | None = Field(
        description="significant digits agreed in the worst line; null when all are equal"
    )
    largest_difference: float


def split(line: str) -> tuple[str, float]:
    """Return what stands before a line's last word, and that word as a number."""
    label, _, number = line.rpartition(" ")
    return label, float(number)


def agreement(printed: list[str], published: Published) -> Agreement | None:
    """Compare line by line; None when nothing was printed or a line has another form.

    Digits are the log relative error -log10(|a - b| / |b|) (McCullough, "Assessing the
    reliability of statistical software", The American Statistician 52, 1998).
    """
    pairs = list(zip(printed, published.lines, strict=False))
    if not pairs:
        return None
    differences, digits = [], []
    for ours, theirs in pairs:
        try:
            (label, value), (expected_label, expected) = split(ours), split(theirs)
        except ValueError:
            return None
        if label != expected_label or not math.isfinite(value):
            return None
        differences.append(abs(value - expected))
        if value != expected:
            near = expected != 0
            digits.append(-math.log10(differences[-1] / abs(expected)) if near else 0.0)
    return Agreement(
        lines=len(pairs),
        equal=sum(ours == theirs for ours, theirs in pairs),
        digits=round(max(0.0, min(digits)), 2) if digits else None,
        largest_difference=max(differences),
    )
