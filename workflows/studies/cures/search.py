"""The search: likely settings, each alone, until the runs agree. Pure; asks for runs.

Where a setting moves the first difference later without making the runs agree it is kept, and the
search goes on from there. Last, the same runs without anything added have to differ still.

Some programs differ only now and then: threads that race mostly end in one order. Then two runs
agree by chance, whatever was added, and of many tries one looks like a cure. So what was found is
carried out again, the more often the more was tried, and as often without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from workflows.compare.difference import Difference, earliest, first_difference
from workflows.compare.life import DETECTORS, ruined
from workflows.compare.verdict import judge
from workflows.experiment.catalogue import Catalogue
from workflows.runs.record import Run
from workflows.studies.ablation.result import Outcome
from workflows.studies.cures.plan import CuresPlan
from workflows.studies.cures.result import Status, Try

PAIR = 2
"""Runs of each try, and at least of the control."""
LEAST = 50
"""Steps that runs take at least, where they are so long."""
MOST = 4
"""Runs of what makes them agree, and of the control, where so many are left."""
EACH = 2
"""Tries after which what makes runs agree is carried out once more than that."""
CHANCE = 0.05
"""That all runs with a setting agree though it does nothing, at most."""

Obtain = Callable[[list[str], int, int], Run]
"""Carries out a run: settings, repeat, steps."""
Candidates = Callable[[tuple[Run, Run], Difference], Iterable[str]]
"""Gives the settings to be tried against what parts two runs, the likeliest first."""


def length(place: Difference, steps: int) -> int:
    """Return how many steps it takes to pass a place: twice as many as lead there."""
    if place.phase in ("initial weights", "initial state"):
        return min(steps, LEAST)
    if place.step is None or place.phase == "length":
        return steps
    return min(steps, max(LEAST, 2 * (place.step + 1)))


@dataclass
class Search:
    """One search; `tried` and `control` are what it found, `made` all its runs.

    `known`: runs without anything added that were made before it.
    """

    plan: CuresPlan
    catalogue: Catalogue
    obtain: Obtain
    steps: int
    candidates: Candidates
    known: Sequence[Run] = ()
    tried: list[Try] = field(default_factory=list)
    control: Outcome | None = None
    alike: int = 1
    """Runs without anything added that agree with each other, at most; of `without`."""
    without: int = 0
    made: list[Run] = field(default_factory=list)

    def carry_out(self, pair: tuple[Run, Run], place: Difference) -> None:
        """Try what is likely, from two runs that part at `place`."""
        kept: list[str] = []
        at: Difference | None = place
        while at is not None and (further := self._step(kept, pair, at)):
            kept, pair, at = further
        if kept or any(each.found.answer == "identical" for each in self.tried):
            self._hold_against(pair)
        if kept and at is None:
            wanted = MOST + (len(self.tried) - 1) // EACH
            found = outcome(self._runs_left(kept, wanted), pair)
            self.tried[-1] = Try(added=kept, found=self._by_chance(found))

    @property
    def status(self) -> Status:
        """What the search came to."""
        if self.control and self.control.answer != "differs":
            return "not shown again"
        last = self.tried[-1].found if self.tried else None
        return "cured" if last and last.holds and last.not_living is None else "not cured"

    def _step(
        self, kept: list[str], pair: tuple[Run, Run], at: Difference
    ) -> tuple[list[str], tuple[Run, Run], Difference | None] | None:
        """Try one setting after the other until one moves the place; None where none does."""
        for name in self.candidates(pair, at):
            added = self._with(kept, name)
            if added is None:
                continue
            if len(self.made) + self._reserve > self.plan.runs:
                return None  # the control is to come
            runs = self._runs(added, PAIR)
            found = outcome(runs, pair)
            self.tried.append(Try(added=added, found=found))
            if found.answer == "identical" and found.not_living is None and name not in DETECTORS:
                return added, pair, None
            if found.answer == "differs" and (there := self._moved(added, pair, at)):
                return added, (runs[0], runs[1]), there
        return None

    @property
    def _reserve(self) -> int:
        """Runs that a try needs with all that follows it; of few runs, half are for tries."""
        return max(2 * PAIR, min(2 * MOST, self.plan.runs // 2))

    def _moved(self, added: list[str], pair: tuple[Run, Run], at: Difference) -> Difference | None:
        """Return where the first difference is with settings that move it later in all runs."""
        for count in (PAIR, MOST):
            there = outcome(self._runs_left(added, count, PAIR), pair).first_difference
            if there is None or not _later(there, at):
                return None
        return there

    def _hold_against(self, pair: tuple[Run, Run]) -> None:
        """Carry out the control: a lost letter was seen in all repeats."""
        runs = [*pair] if self.plan.varied else self._runs_left([], MOST)
        self.control = outcome(runs, pair)
        if self.control.answer == "differs":  # else one may have no trace
            runs += [run for run in self.known if run.record.status == "completed"]
            self.alike = max(sum(not first_difference(a, b) for b in runs) for a in runs)
            self.without = len(runs)

    def _by_chance(self, found: Outcome) -> Outcome:
        """Return an outcome, with what speaks against it where its runs may agree by chance."""
        likely = self.alike > 1 and (self.alike / self.without) ** found.repeats > CHANCE
        if found.answer != "identical" or found.not_living or not likely:
            return found
        why = f"{self.alike} of {self.without} runs agree without it, too"
        return found.model_copy(update={"not_living": why})

    def _runs_left(self, added: list[str], count: int, kept: int = 0) -> list[Run]:
        """Return so many runs, or at least a pair where no more are left but the `kept` ones."""
        there = len(self._runs(added, PAIR))
        left = self.plan.runs - len(self.made) - kept
        return self._runs(added, max(PAIR, min(count, there + left)))

    def _with(self, kept: list[str], name: str) -> list[str] | None:
        """Return what is added by a setting and by what it needs.

        None where that changes nothing, or contradicts what is there.
        """
        there, settings = [*self.plan.baseline.settings, *kept], self.catalogue.settings
        if name not in settings or self.plan.baseline.device not in settings[name].devices:
            return None
        needed = self.catalogue.needed(name, there)
        more = [each for each in settings if each in {*needed, name} and each not in there]
        if name not in more or self.catalogue.contradiction([*there, *more]):
            return None
        return [*kept, *more]

    def _runs(self, added: list[str], count: int) -> list[Run]:
        """Return the first runs with these settings added, making those that are missing."""
        wanted = {*self.plan.baseline.settings, *added}
        settings = [name for name in self.catalogue.settings if name in wanted]
        there = [run for run in self.made if run.record.run.settings == settings]
        for repeat in range(len(there), count):
            there.append(self.obtain(settings, repeat, self.steps))
            self.made.append(there[-1])
            if there[-1].record.status != "completed":
                break
        return there


def outcome(runs: Sequence[Run], before: Sequence[Run]) -> Outcome:
    """Return what some runs showed; `before`: runs that were to be cured."""
    verdict = judge([*runs])
    answer = "differs" if verdict.verdict == "prints-alike" else verdict.verdict
    return Outcome(
        answer=answer, repeats=verdict.repeats, first_difference=verdict.first_difference,
        reason=verdict.reason, not_living=ruined(runs, before) if answer == "identical" else None,
    )  # fmt: skip


def _later(a: Difference, b: Difference) -> bool:
    same = (a.phase, a.step) == (b.phase, b.step)
    return not same and earliest([a, b]) == b
