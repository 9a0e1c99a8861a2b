"""What becomes of a difference: how far loss and printed lines come to be apart. Pure."""

from __future__ import annotations

import math

import numpy as np

from workflows.compare.distance import distance
from workflows.compare.published import agreement
from workflows.experiment.catalogue import Published
from workflows.publication.traces import Reference
from workflows.publication.verify.model import After
from workflows.report.conclusion import counted
from workflows.runs.record import Run


def after(published: Reference, here: Run, theirs: list[str], ours: list[str]) -> After:
    """Return what a difference leads to; `theirs`, `ours`: the printed lines in one form."""
    return After(losses=losses(published, here), prints=prints(theirs, ours))


def losses(published: Reference, here: Run) -> list[str]:
    """Say how far the losses are apart at the published steps: the first unequal one, the last."""
    within = published.at < len(here.losses)
    at = published.at[within]
    theirs, ours = published.run.losses[within], here.losses[at]
    unequal = np.flatnonzero(theirs.view(np.uint64) != ours.view(np.uint64))
    if not len(unequal):
        return ["every loss equal"] if len(at) else []
    first, last = int(unequal[0]), len(at) - 1
    said = [f"loss {apart(float(theirs[first]), float(ours[first]))} apart at step {at[first]}"]
    if last in unequal and last != first:
        said.append(f"{apart(float(theirs[last]), float(ours[last]))} at step {at[last]}")
    elif last != first:
        said.append(f"equal again at step {at[last]}")
    return said


def apart(theirs: float, ours: float) -> str:
    """Return how far two losses are apart: relative, and in ULP where both are of float32.

    A trace holds each loss as float64, exactly. Whatever float32 can hold and float16 and bfloat16
    cannot was a float32.
    """
    pair = np.array([theirs, ours])
    if not np.isfinite(pair).all():
        return f"{theirs:.6g} against {ours:.6g},"
    size = f"{distance(pair[:1], pair[1:]).relative:.1g}"
    with np.errstate(over="ignore"):
        single = pair.astype(np.float32)
        half = pair.astype(np.float16).astype(np.float64)
    narrow = (half == pair).all() or not (single.view(np.uint32) & 0xFFFF).any()
    if (single.astype(np.float64) != pair).any() or narrow:
        return size
    return f"{size} ({distance(single[:1], single[1:]).ulp} ULP)"


def prints(theirs: list[str], ours: list[str]) -> str:
    """Say to how many digits the printed lines agree, as far as both go."""
    count = min(len(theirs), len(ours))
    equal = sum(left == right for left, right in zip(theirs, ours, strict=False))
    if not count:
        return "nothing printed to compare"
    if equal == count:
        return f"{counted(count, 'printed line')} equal"
    near = agreement(ours[:count], Published(seed=0, lines=theirs[:count]))
    if near is None or near.digits is None:
        return f"{equal} of {count} printed lines equal"
    digits = counted(math.floor(near.digits), "digit")
    return f"prints agree to {digits} ({counted(count, 'line')})"
