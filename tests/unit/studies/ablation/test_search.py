"""The search for the fewest settings, on oracles whose answer is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import chain, combinations

import pytest

from workflows.compare.difference import Difference
from workflows.studies.ablation.assemble import in_words
from workflows.studies.ablation.knowledge import Knowledge, NotMonotoneError, Settings
from workflows.studies.ablation.result import Outcome
from workflows.studies.ablation.search import Found, ddmin, hitting, search

FULL = list("abcdefgh")
DIFFERS = Outcome(answer="differs", repeats=2, first_difference=Difference(phase="weights", step=1))


class Oracle:
    """Answers from a rule; counts how often it was asked for each set."""

    def __init__(self, rule: Callable[[Settings], bool], chance: Iterable[str] = ()) -> None:
        """Hold where `rule` says so; the sets of `chance` agree by chance until fresh repeats."""
        self.rule, self.chance = rule, {frozenset(each) for each in chance}
        self.asked: list[tuple[Settings, bool]] = []

    def __call__(self, settings: Settings, *, fresh: bool) -> Outcome:
        """Answer once for each set."""
        assert (settings, fresh) not in self.asked, "no set is run twice for one answer"
        self.asked.append((settings, fresh))
        if self.rule(settings) or (settings in self.chance and not fresh):
            return Outcome(answer="identical", repeats=5 if fresh else 3)
        return DIFFERS


def ways(*sets: str) -> Callable[[Settings], bool]:
    """Return the monotone rule that any of these sets is enough."""
    return lambda settings: any(set(each) <= settings for each in sets)


def run(
    rule: Callable[[Settings], bool], budget: int = 1000, chance: Collection[str] = ()
) -> tuple[Found, Knowledge, Oracle]:
    oracle = Oracle(rule, chance)
    known = Knowledge(FULL, oracle)
    found = search(known, budget)
    for each in [*found.smallest, *found.larger]:
        assert known.confirmed[each].holds, "nothing is reported without fresh repeats"
    return found, known, oracle


def words(sets: Iterable[Settings]) -> list[str]:
    return sorted("".join(sorted(each)) for each in sets)


def power(items: str) -> list[frozenset[str]]:
    subsets = chain.from_iterable(combinations(items, n) for n in range(len(items) + 1))
    return [frozenset(each) for each in subsets]


CASES = [
    (["a"], ["a"], []),
    (["a", "b"], ["a", "b"], []),
    (["ab"], ["ab"], []),
    (["a", "bc"], ["a"], ["bc"]),
    (["ab", "ac"], ["ab", "ac"], []),
    (["ab", "cd", "efg"], ["ab", "cd"], ["efg"]),
    (["abcdefgh"], ["abcdefgh"], []),
    ([""], [""], []),
]


@pytest.mark.parametrize("budget", [1000, 20])
@pytest.mark.parametrize(("sets", "smallest", "larger"), CASES, ids=[str(c[0]) for c in CASES])
def test_all_ways_are_found(
    sets: list[str], smallest: list[str], larger: list[str], budget: int
) -> None:
    found, _, _ = run(ways(*sets), budget)
    assert words(found.smallest) == smallest
    assert words(found.larger) == larger
    assert (found.method, found.complete, found.stopped) == ("exact", True, None)


def test_every_monotone_rule_over_four_settings_is_solved_exactly() -> None:
    rules = 0
    for first, second, third in combinations(power("abcd"), 3):
        sets = [first, second, third]
        least = [each for each in sets if not any(other < each for other in sets)]
        for budget in (1000, 0):
            oracle = Oracle(ways(*("".join(each) for each in sets)))
            found = search(Knowledge(list("abcd"), oracle), budget)
            ended = words([*found.smallest, *found.larger])
            assert ended == words(least) if found.complete else set(ended) <= {*words(least)}
            if found.method == "exact":
                assert {len(each) for each in found.smallest} == {min(map(len, least))}
            assert found.complete or budget == 0
        rules += 1
    assert rules == 560


def test_what_each_setting_does() -> None:
    found, _, _ = run(ways("ab", "ac", "adef"))
    answers = {name: in_words(name, name == "a", False, found) for name in FULL}
    assert answers == {
        "a": "needed",
        "b": "one of several ways",
        "c": "one of several ways",
        **dict.fromkeys("def", "part of a larger set"),
        **dict.fromkeys("gh", "no effect here"),
    }
    assert in_words("a", True, True, found) == "needed, sufficient alone"


def test_the_tests_of_the_table_are_always_made() -> None:
    _, known, _ = run(ways("a"))
    table = [frozenset(), frozenset(FULL), *(frozenset(name) for name in FULL)]
    table += [frozenset(FULL) - {name} for name in FULL]
    assert set(table) <= set(known.tested)
    assert len(known.tested) == len(table), "a single needed setting takes no further test"


@pytest.mark.parametrize("answer", ["differs", "refused", "failed", "not-run"])
def test_a_start_that_does_not_hold_ends_the_search(answer: str) -> None:
    asked = []

    def oracle(settings: Settings, *, fresh: bool) -> Outcome:
        asked.append(settings)
        where = Difference(phase="batch", step=0) if answer == "differs" else None
        reason = None if where else "why"
        return Outcome(answer=answer, repeats=2, first_difference=where, reason=reason)

    found = search(Knowledge(FULL, oracle))
    expected = "runs differ first in batch at step 0" if answer == "differs" else "why"
    assert found.stopped == f"{answer}: {expected}"
    assert (found.smallest, found.complete, len(asked)) == ([], False, 1)


def test_a_rule_that_is_not_monotone_is_noticed() -> None:
    # `c` undoes what `a` does, unless `d` is there too.
    found, known, _ = run(lambda s: "a" in s and ("c" not in s or "d" in s))
    assert words(found.smallest) == ["a"]
    assert known.exception is not None
    inner, outer = known.exception
    assert inner < outer and known.confirmed[inner].holds and not known.tested[outer].holds
    assert (found.method, found.complete) == ("exact", False)
    assert in_words("h", False, False, found) == "no effect seen"


def test_what_breaks_monotonicity_is_told_once() -> None:
    known = Knowledge(list("abc"), Oracle(lambda s: s in (frozenset("a"), frozenset("abc"))))
    known.test(frozenset("ab"))
    with pytest.raises(NotMonotoneError):
        known.test(frozenset("a"))
    assert known.exception == (frozenset("a"), frozenset("ab"))
    assert known.test(frozenset("ac")) == DIFFERS, "no more than once"
    assert not known.ruled_out(frozenset("c")), "nothing is, from then on"


def test_without_monotonicity_every_smaller_set_is_tested() -> None:
    # Only `fg`, alone, and everything but one at most: no inference finds that.
    found, known, _ = run(lambda s: s == frozenset("fg") or len(s) >= 7)
    assert words(found.smallest) == ["fg"] or known.exception is None
    if known.exception:
        assert all(len(e) > 2 or e in known.tested for e in power("".join(FULL)))


@pytest.mark.parametrize("budget", [1000, 20])
@pytest.mark.parametrize(
    "chance",
    [
        [""],
        ["c"],
        ["a", "b", "c", "cd", "bcdefgh"],
        ["bcdefgh"],
        ["acdefgh", "a", "cdefgh"],
        ["", *FULL],
    ],
    ids=str,
)
def test_runs_that_agree_by_chance_are_caught_by_fresh_repeats(
    chance: list[str], budget: int
) -> None:
    found, known, _ = run(ways("ab"), budget, chance)
    assert words(found.smallest) == ["ab"]
    assert found.larger == [] and found.complete
    assert not known.tested[frozenset(FULL) - {"a"}].holds, "a is needed, whatever chance says"
    assert not known.tested[frozenset(FULL) - {"b"}].holds
    assert known.exception is None


def test_chance_is_not_caught_without_fresh_repeats() -> None:
    """The control: were the fresh repeats as lucky, the wrong set would be reported."""
    found, _, _ = run(ways("ab", "c"), chance=[])
    assert words(found.smallest) == ["c"]


def test_a_start_that_held_by_chance_is_no_start() -> None:
    found, _, _ = run(lambda _: False, chance=["".join(FULL)])
    assert found.stopped == "differs: runs differ first in weights at step 1"


@pytest.mark.parametrize("budget", [0, 1, 5])
def test_a_spent_budget_leaves_a_set_that_needs_each_of_its_settings(budget: int) -> None:
    rule = ways("abc", "def", "beg", "cdh")
    found, _, oracle = run(rule, budget)
    for each in [*found.smallest, *found.larger]:
        assert rule(each)
        assert not any(rule(each - {name}) for name in each), "1-minimal"
    assert (found.method, found.complete) == ("1-minimal", False)
    assert len(oracle.asked) < 60
    assert in_words("z", False, False, found) == "no effect seen"


def test_refused_sets_rule_out_nothing() -> None:
    # Without `d`, an operator raises while `c` is there: on a GPU, c are the deterministic
    # algorithms and d the workspace that they ask for. `a` alone is enough.
    def oracle(settings: Settings, *, fresh: bool) -> Outcome:
        if "c" in settings and "d" not in settings:
            return Outcome(answer="refused", repeats=0, reason="no workspace")
        return Outcome(answer="identical", repeats=3) if "a" in settings else DIFFERS

    known = Knowledge(FULL, oracle)
    found = search(known)
    assert words(found.smallest) == ["a"] and found.complete
    assert known.tested[known.without("d")].answer == "refused"
    assert known.exception is None


def test_failed_sets_are_undecided_and_never_hold() -> None:
    def oracle(settings: Settings, *, fresh: bool) -> Outcome:
        if settings == frozenset("b"):
            return Outcome(answer="failed", repeats=0, reason="out of memory")
        return Outcome(answer="identical", repeats=3) if {"a", "b"} & settings else DIFFERS

    known = Knowledge(FULL, oracle)
    found = search(known)
    assert words(found.smallest) == ["a"]
    assert known.undecided == [frozenset("b")]
    assert (found.method, found.complete) == ("1-minimal", False), "{b} may be enough too"


def test_settings_that_lack_what_they_need_are_not_run() -> None:
    oracle = Oracle(ways("ab"))
    known = Knowledge(FULL, oracle, {"b": frozenset("a")})
    found = search(known)
    assert words(found.smallest) == ["ab"] and found.complete
    assert all("a" in asked or "b" not in asked for asked, _ in oracle.asked)


def test_ddmin_is_one_minimal() -> None:
    for sets in (["abc", "cde"], ["h"], ["aceg"]):
        rule = ways(*sets)
        kept = ddmin(FULL, rule)
        assert rule(kept) and not any(rule(kept - {name}) for name in kept)


def test_hitting_sets() -> None:
    assert words(hitting([frozenset("ab"), frozenset("ac")])) == ["a", "bc"]
    assert hitting([]) == [frozenset()]
    assert hitting([frozenset()]) == [], "nothing meets the empty set"
