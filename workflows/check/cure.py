"""What cures a command that does not repeat: found by trying, the fewest settings, and tested.

By the search of `workflows/studies/cures/search.py`: the likely ones first. What makes the runs
agree is held against as many fresh runs without it, which have to differ still.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import Field

from workflows.check.extras import ADDRESSES, REACHED, can_be_tried
from workflows.check.judged import judged, seen, strayed_before
from workflows.check.record import Commanded
from workflows.common.models import Model
from workflows.compare.close_look import Parted
from workflows.compare.difference import Difference
from workflows.experiment.catalogue import Catalogue
from workflows.runs.record import Run
from workflows.runs.watched import Source
from workflows.studies.ablation.result import Outcome
from workflows.studies.cures.likely import GUIDES, OPERATORS, SEEDS, guided, likely
from workflows.studies.cures.plan import CuresPlan
from workflows.studies.cures.result import Try
from workflows.studies.cures.search import Search

DATA = ("hash-seed", ADDRESSES, "one-worker")
"""What orders a program's data; generators come after it, where none was seen to stray."""
LAST = ("hash-seed", ADDRESSES, "sorted-listing", "one-worker", "entropy-seeded", "worker-seed",
        "in-order", "one-thread", "deterministic-algorithms")  # fmt: skip
"""What is tried after all that is likely."""

Obtain = Callable[[list[str], int], Commanded]
"""Carries the command out: settings, repeat."""


class Cure(Model):
    """What the search found."""

    settings: list[str] = Field(description="with which the runs agree; empty: none was found")
    tried: list[Try] = Field(description="in this order")
    control: Outcome | None = Field(description="of fresh runs without it: they differ still")
    repeats: int = Field(description="runs that agreed with it")
    status: str = Field(description="cured, not cured, or not shown again")
    runs: int = Field(description="that all this took")


@dataclass
class Cures:
    """A search for what makes runs agree. `most`: runs that it may take, each from `obtain`.

    `known`: runs as the command is, made before.
    """

    catalogue: Catalogue
    obtain: Obtain
    most: int
    known: Sequence[Commanded] = ()
    made: dict[tuple[tuple[str, ...], int], Commanded] = field(default_factory=dict)

    def search(
        self, pair: tuple[Commanded, Commanded], index: int, place: Difference,
        sources: Sequence[Source], operator: Parted | None = None,
    ) -> Cure:  # fmt: skip
        """Search against two runs that part at `place`, in their process `index`, at `operator`."""

        def of(run: Commanded) -> Run:
            return run.runs[min(index, len(run.runs) - 1)]

        def obtained(settings: list[str], repeat: int, _steps: int) -> Run:
            self.made[(*settings,), repeat] = run = self.obtain(settings, repeat)
            return of(run)

        def candidates(sides: tuple[Run, Run], at: Difference) -> Iterable[str]:
            more = () if at.phase == "length" else _more(sides)  # which no setting stretches
            found = [*likely(seen(*sides, at), sources), *more]
            there = operator if at == place else None
            if there and there.kind in GUIDES:
                found = guided(found, there, sources)
            elif at.phase == "loss" and "batch" not in sides[0].record.trace.phases:
                found = _of_data(sides, at, found)
            return (name for name in dict.fromkeys(found) if name != REACHED and can_be_tried(name))

        a, b = map(of, pair)
        base = a.record.run
        plan = CuresPlan(baseline=base, repeats=[], runs=self.most, settings=[], noise={})
        found = Search(plan, self.catalogue, obtained, base.steps, candidates)
        found.known = [of(run) for run in self.known]
        found.carry_out((a, b), place)
        return self._found(found, {*base.settings})

    def _found(self, search: Search, base: set[str]) -> Cure:
        """Return what a search came to; all processes and the output have to agree, too."""
        status: str = search.status
        last = search.tried[-1] if search.tried else None
        if last and status == "cured":
            wanted = base | {*last.added}
            runs = [run for (settings, _), run in self.made.items() if {*settings} == wanted]
            status = "cured" if judged(runs).verdict == "identical" else "not cured"
        cured = last if status == "cured" else None
        return Cure(
            settings=cured.added if cured else [], tried=search.tried, control=search.control,
            repeats=cured.found.repeats if cured else 0, status=status, runs=len(self.made),
        )  # fmt: skip


def _of_data(sides: tuple[Run, Run], at: Difference, found: Sequence[str]) -> list[str]:
    """Return settings in another order: what the first loss was made of was not watched.

    Then data are likelier than operators; where a generator strayed in the steps its seed is first.
    """
    strayed = [setting for name in seen(*sides, at).apart for setting in SEEDS[name]]
    others = [name for name in found if name not in OPERATORS]
    return [*strayed, *DATA, *others, *OPERATORS]


def _more(sides: tuple[Run, Run]) -> Iterator[str]:
    """Give what may help beside what is likely."""
    for name in strayed_before(*sides):
        yield from SEEDS[name]
    yield from LAST
