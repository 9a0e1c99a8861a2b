"""What a configuration costs: step times of paired, interleaved runs. Pure statistics.

A round holds one run of every arm, in random order, close together in time. Each arm is held
against the reference of its own round, so a machine that grows slower from round to round moves
both alike. The median of these ratios over the rounds has a confidence interval that assumes no
shape of the noise: if the median is m, each ratio lies below m with probability 1/2, so the number
of ratios below m is binomial, and the k-th smallest and k-th largest of n ratios enclose m with
probability 1 - 2 P(Bin(n, 1/2) < k).
Source: Conover, "Practical Nonparametric Statistics", 3rd edition, 1999, section 3.2; Hahn and
Meeker, "Statistical Intervals", 1991, chapter 5.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

from workflows.common.errors import UserError
from workflows.studies.costs.result import Estimate

LEAST_ROUNDS = 6
"""With fewer, even the smallest and largest ratio enclose the median less than 95 % of the time."""


def rank(rounds: int) -> tuple[int, float]:
    """Return the largest k for which the k-th smallest and largest enclose 95 %, and how much.

    k is chosen by the number of rounds alone, before any time is seen. Raises `ValueError` when
    no k does: fewer than six rounds.
    """
    if rounds < LEAST_ROUNDS:
        raise ValueError(f"{rounds} rounds: at least {LEAST_ROUNDS} make an interval of 95 %")
    k, outside = 1, 1
    while 2 * (outside + math.comb(rounds, k)) <= 0.05 * 2**rounds:
        outside += math.comb(rounds, k)
        k += 1
    return k, 1 - 2 * outside / 2**rounds


def estimate(ratios: Sequence[float]) -> Estimate:
    """Return the median of `ratios`, one for each round, and its interval."""
    k, confidence = rank(len(ratios))
    ordered = sorted(ratios)
    return Estimate(
        ratio=statistics.median(ordered),
        low=ordered[k - 1],
        high=ordered[-k],
        confidence=confidence,
        rounds=len(ratios),
    )


def compare(rounds: Sequence[Mapping[str, float]], arm: str, reference: str) -> Estimate:
    """Hold `arm` against `reference`, round by round; times in seconds per step.

    Raises `UserError` when a round lacks one of the two, or a time is none: a pair that is not
    whole must not be left out silently, for what broke it may be what is measured.
    """
    ratios = []
    for number, seconds in enumerate(rounds):
        for name in (arm, reference):
            if name not in seconds:
                raise UserError(f"costs: round {number} has no run of {name}; measure it again")
            if not (math.isfinite(seconds[name]) and seconds[name] > 0):
                raise UserError(
                    f"costs: round {number}, {name} = {seconds[name]!r}: expected seconds above 0; "
                    "measure it again"
                )
        ratios.append(seconds[arm] / seconds[reference])
    return estimate(ratios)
