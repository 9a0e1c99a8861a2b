"""Everything that an experiment tried against the difference of one cell. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workflows.compare.life import STILL, hides, ruined, stands_still
from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import Catalogue, Variation, change_in_words
from workflows.experiment.comparisons import BASELINE
from workflows.experiment.specification import Combination
from workflows.matrix.cells import Cell
from workflows.matrix.close_looks import cell_of
from workflows.matrix.tried import Tried
from workflows.matrix.variations import reached
from workflows.runs.record import Run
from workflows.studies.ablation.result import Ablation, Outcome, Way
from workflows.studies.cures.result import Cures

COMPARED = ("identical", "prints-alike", "differs")
NO_CURE = ("resume", "load", "flip", "flip_in")
"""Fields of variations that try a setup instead of mending it."""


@dataclass(frozen=True)
class Experience:
    """What an experiment did: its cells with their runs, and its studies."""

    cells: Sequence[Cell]
    runs: Mapping[Combination, list[Run]]
    configurations: Mapping[str, list[str]]
    variations: Mapping[str, Variation]
    ablations: Sequence[Ablation]
    cures: Sequence[Cures]
    images: Mapping[str, ImageRecord]
    catalogue: Catalogue

    def against(self, cell: Cell) -> list[Tried]:
        """Return all that was tried in the place of a cell whose repeats differ."""
        return [
            *self._ablations(cell), *self.searched(cell), *self._configurations(cell),
            *self._variations(cell),
        ]  # fmt: skip

    def _acting(self, settings: Sequence[str], cell: Cell) -> frozenset[str]:
        return self.catalogue.acting(settings, cell.device)

    def _own(self, cell: Cell) -> frozenset[str]:
        return self._acting(self.configurations[cell.configuration], cell)

    def _ablations(self, cell: Cell) -> Iterator[Tried]:
        asked = self.runs[cell_of(cell)][0].record.run
        for each in self.ablations:
            plan = each.plan
            here = (plan.environment, plan.device, plan.benchmark, plan.options, plan.threads)
            there = (cell.environment, cell.device, cell.benchmark, asked.options, asked.threads)
            if here == there and plan.steps >= cell.steps:
                yield from self._of_ablation(each, cell)

    def _of_ablation(self, ablation: Ablation, cell: Cell) -> Iterator[Tried]:
        own = self._own(cell)
        ways = {frozenset(way.settings): way for way in ablation.smallest}
        for tested in ablation.tested:
            outcome, acting = tested.fresh or tested.first, self._acting(tested.settings, cell)
            if outcome is None or outcome.answer not in COMPARED or acting <= own:
                continue  # of no use; or in force already, and has failed
            if way := ways.get(frozenset(tested.settings)):
                yield self._of_way(way, outcome, cell)
            elif own < acting:
                yield Tried(
                    way="+".join(s for s in tested.settings if s not in own),
                    basis="ablation: a set that keeps repeats identical",
                    added=acting - own, place=outcome.first_difference, repeats=outcome.repeats,
                    alone=len(acting - own) == 1, ruined=self._ruined(outcome, cell),
                )  # fmt: skip

    def _of_way(self, way: Way, outcome: Outcome, cell: Cell) -> Tried:
        return Tried(
            way="+".join(way.settings) or "nothing",
            basis=f"ablation: a smallest set that keeps {way.repeats} fresh repeats identical",
            added=frozenset(way.settings) - self._own(cell), place=None, alone=True,
            repeats=way.repeats, ruined=self._ruined(outcome, cell),
        )  # fmt: skip

    def _ruined(self, outcome: Outcome, cell: Cell) -> str | None:
        why = outcome.not_living
        still = any(map(stands_still, self.runs[cell_of(cell)]))
        return None if why == STILL and still else why

    def searched(self, cell: Cell) -> Iterator[Tried]:
        """Give what a search for a cure tried, if the difference was there all the same.

        In its repeats, or between a baseline and it.
        """
        for each in self.cures:
            mine = each.plan.cell == cell_of(cell) and {*each.plan.repeats} >= {*cell.runs}
            known = mine and each.control and not each.control.holds
            for made in each.tried if known else []:
                if made.found.answer in COMPARED:
                    part = "" if each.steps >= cell.steps else f" of {each.steps} steps"
                    yield Tried(
                        way="+".join(made.added), added=frozenset(made.added), alone=True,
                        basis=f"tried in {made.found.repeats} runs{part}, while those without it "
                        "still differ",
                        place=made.found.first_difference, repeats=made.found.repeats,
                        ruined=made.found.not_living,
                    )  # fmt: skip

    def warned(self, cell: Cell) -> list[str]:
        """Say what a baseline that was refused did where operators only warn, if it was tried."""
        return [
            str(each.warned)
            for each in self.cures
            if each.warned and cell.verdict == "refused" and each.plan.repeats == cell.runs
        ]

    def _configurations(self, cell: Cell) -> Iterator[Tried]:
        own = self._own(cell)
        for other in self._beside(cell):
            theirs = self._acting(self.configurations[other.configuration], cell)
            if other.variation != cell.variation or not (own < theirs or theirs < own):
                continue  # another question, or each has what the other has not
            added, apart = theirs - own, own ^ theirs
            single = "".join(apart) if added else f"without {''.join(apart)}"
            which = "this setting alone" if len(apart) == 1 else ", ".join(sorted(apart))
            done = f"{'adds' if added else 'lacks'} {which}"
            found = self._tried(
                other, cell, added, single if len(apart) == 1 else other.configuration,
                f"{other.configuration} is identical here and {done}",
            )  # fmt: skip
            yield replace(found, alone=len(apart) == 1)

    def _variations(self, cell: Cell) -> Iterator[Tried]:
        for other in self._beside(cell):
            fields = self.further(cell.variation, other.variation)
            mine, theirs = self.runs[cell_of(cell)], self.runs[cell_of(other)]
            same = (other.configuration, other.steps) == (cell.configuration, cell.steps)
            if same and fields and reached(mine[0], theirs[0]):
                own, added = self._own(cell), frozenset[str]()
                if {*fields} == {"settings"}:
                    added = self._acting([*own, *fields["settings"]], cell) - own
                    if not added:
                        continue  # they do nothing here
                yield self._tried(
                    other, cell, added, "+".join(sorted(added)) or change_in_words(fields),
                    f"{other.variation} is identical here, and nothing but it was changed",
                )  # fmt: skip

    def further(self, variation: str, other: str) -> dict[str, Any] | None:
        """Return what one variation mends beyond another, all of whose changes it makes, too.

        None where it changes anything else, or nothing more.
        """
        if BASELINE.fullmatch(other) or other not in self.variations:
            return None
        mine, theirs = (
            self.variations.get(name, Variation()).model_dump(exclude_defaults=True)
            for name in (variation, other)
        )
        more = beyond(mine, theirs)
        return more if more and not {*more} & {*NO_CURE} else None

    def _beside(self, cell: Cell) -> Iterator[Cell]:
        """Give the cells in the same place whose repeats were compared."""
        for other in self.cells:
            here = (other.environment, other.device, other.benchmark)
            there = (cell.environment, cell.device, cell.benchmark)
            if here == there and other.verdict in COMPARED and len(other.machines) == 1:
                yield other

    def _tried(self, other: Cell, cell: Cell, added: frozenset[str], way: str, basis: str) -> Tried:
        cured, before = (self.runs[cell_of(each)] for each in (other, cell))
        return Tried(
            way=way, basis=basis, added=added, place=other.first_difference,
            alone=len(added) < 2, repeats=other.repeats,
            ruined=ruined(cured, before) or hides(_phase(cell), cured, before),
        )  # fmt: skip


def _phase(cell: Cell) -> str:
    return cell.first_difference.phase if cell.first_difference else ""


def beyond(change: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what `other` changes beyond `change`; None where it does not change all of that."""
    mine, theirs = [*_single(change)], [*_single(other)]
    if any(each not in theirs for each in mine):
        return None
    more: dict[str, Any] = {}
    for name, key, value in theirs:
        if (name, key, value) in mine:
            continue
        if isinstance(other[name], dict):
            more.setdefault(name, {})[key] = value
        elif isinstance(other[name], list):
            more.setdefault(name, []).append(value)
        else:
            more[name] = value
    return more


def _single(change: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Give each single thing that a change sets: its field, its name there, its value."""
    for name, value in change.items():
        if isinstance(value, dict):
            yield from ((name, key, part) for key, part in value.items())
        elif isinstance(value, list):
            yield from ((name, "", part) for part in value)
        else:
            yield name, "", value
