"""What a configuration costs: intervals that cover, costs that are found, noise that is none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workflows.common.errors import UserError
from workflows.studies.costs.result import Estimate
from workflows.studies.costs.statistics import compare, estimate, rank

Round = dict[str, float]


def measured(
    rounds: int, seed: int, noise: float = 0.01, drift: float = 0.0, **slower: float
) -> list[Round]:
    """Return step times of 1 ms with log-normal noise; `drift`: how much slower the last round."""
    generator = np.random.default_rng(seed)
    arms = {"unseeded": 0.0, **slower}
    return [
        {
            arm: 1e-3
            * (1 + more)
            * (1 + drift * number / (rounds - 1))
            * math.exp(generator.normal(0, noise))
            for arm, more in arms.items()
        }
        for number in range(rounds)
    ]


@pytest.mark.parametrize(
    ("rounds", "k", "confidence"),
    [(6, 1, 0.96875), (8, 1, 0.9921875), (9, 2, 0.9609375), (12, 3, 0.961426), (20, 6, 0.958611)],
)
def test_the_ranks_are_those_of_the_tables(rounds: int, k: int, confidence: float) -> None:
    found = rank(rounds)
    assert found[0] == k and found[1] == pytest.approx(confidence, abs=1e-6)


def test_fewer_than_six_rounds_give_no_interval() -> None:
    with pytest.raises(ValueError, match="at least 6"):
        estimate([1.0] * 5)


def test_a_small_sample_by_hand() -> None:
    found = estimate([1.04, 1.01, 1.06, 1.02, 1.05, 1.03])
    assert found.ratio == pytest.approx(1.035)
    assert (found.low, found.high) == (1.01, 1.06)
    assert found.words == "costs 3.5 % (1.0 to 6.0)"
    nine = estimate([9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
    assert (nine.ratio, nine.low, nine.high) == (5.0, 2.0, 8.0)


@pytest.mark.parametrize("noise", ["normal", "skewed", "heavy"])
@pytest.mark.parametrize("rounds", [6, 8, 9, 13])
def test_the_interval_covers_the_true_median(rounds: int, noise: str) -> None:
    generator = np.random.default_rng(rounds)
    median = 1 + 0.05 * math.log(2) if noise == "skewed" else 1.0
    samples = {
        "normal": generator.normal(1, 0.02, (2000, rounds)),
        "skewed": 1 + generator.exponential(0.05, (2000, rounds)),
        "heavy": 1 + 0.01 * generator.standard_cauchy((2000, rounds)),
    }[noise]
    found = [estimate(sample.tolist()) for sample in samples]
    covered = float(np.mean([each.low <= median <= each.high for each in found]))
    promised = found[0].confidence
    spread = 4 * math.sqrt(promised * (1 - promised) / 2000)
    assert promised >= 0.95
    assert covered == pytest.approx(promised, abs=spread), "no less, and not for nothing"
    assert rounds != 8 or covered >= 0.95


def test_a_slowdown_of_five_percent_is_found_in_one_percent_noise() -> None:
    found = [compare(measured(8, seed, slow=0.05), "slow", "unseeded") for seed in range(500)]
    assert sum(each.verdict == "costs" for each in found) >= 0.99 * len(found)
    assert sum(each.low <= 1.05 <= each.high for each in found) >= 0.98 * len(found)


def test_a_saving_is_found() -> None:
    found = compare(measured(8, 1, fast=-0.05), "fast", "unseeded")
    assert found.verdict == "saves"
    assert found.words.startswith("saves ") and "-" not in found.words


def test_no_slowdown_is_no_measurable_cost() -> None:
    verdicts = [
        compare(measured(8, seed, equal=0.0), "equal", "unseeded").verdict for seed in range(500)
    ]
    assert verdicts.count("no measurable cost") >= 0.98 * len(verdicts), "99.2 % are promised"


def test_a_machine_that_grows_slower_shows_no_cost() -> None:
    verdicts = [
        compare(measured(8, seed, drift=0.3, equal=0.0), "equal", "unseeded").verdict
        for seed in range(500)
    ]
    assert verdicts.count("no measurable cost") >= 0.98 * len(verdicts)
    unpaired = measured(8, 0, noise=0, drift=0.3)
    assert unpaired[-1]["unseeded"] == pytest.approx(1.3e-3), "the drift was there"


def test_a_slowdown_shows_on_a_machine_that_grows_slower() -> None:
    found = compare(measured(8, 3, drift=0.3, slow=0.05), "slow", "unseeded")
    assert found.verdict == "costs" and found.high < 1.15


@pytest.mark.parametrize("missing", ["slow", "unseeded"])
def test_a_broken_pair_is_refused(missing: str) -> None:
    rounds = measured(8, 0, slow=0.05)
    del rounds[3][missing]
    with pytest.raises(UserError, match=f"round 3 has no run of {missing}; measure it again"):
        compare(rounds, "slow", "unseeded")


@pytest.mark.parametrize("value", [0.0, -1e-3, math.nan, math.inf])
def test_a_time_that_is_none_is_refused(value: float) -> None:
    rounds = measured(8, 0, slow=0.05)
    rounds[5]["slow"] = value
    with pytest.raises(UserError, match=r"round 5, slow = .*: expected seconds above 0"):
        compare(rounds, "slow", "unseeded")


@pytest.mark.parametrize(
    ("ratio", "low", "high", "words"),
    [
        (1.001, 0.99, 1.012, "no measurable cost (-1.0 to +1.2 %)"),
        (1.0, 1.0, 1.02, "no measurable cost (+0.0 to +2.0 %)"),
        (3.5, 3.4, 3.61, "costs 250.0 % (240.0 to 261.0)"),
        (1.002, 1.0002, 1.003, "costs 0.20 % (0.02 to 0.30)"),
        (0.9, 0.88, 0.95, "saves 10.0 % (5.0 to 12.0)"),
    ],
)
def test_words(ratio: float, low: float, high: float, words: str) -> None:
    found = Estimate(ratio=ratio, low=low, high=high, confidence=0.96, rounds=9)
    assert found.words == words
