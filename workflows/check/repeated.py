"""`reprise check`: the command carried out again and again, judged, explained and cured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from workflows.check import paste, texts
from workflows.check.answer import Answer, Result
from workflows.check.cure import Cure, Cures
from workflows.check.extras import SHUFFLED
from workflows.check.judged import judged, of_process, parting, seen
from workflows.check.launch import Launch, Order
from workflows.check.operators import RUNS, recorded
from workflows.check.record import Commanded
from workflows.check.words import cause, unwatched, watched
from workflows.compare.close_look import Operator, Parted
from workflows.compare.difference import END, Difference, first_difference
from workflows.compare.notes import WORDS
from workflows.compare.operators import parted
from workflows.compare.outcome import VALUE
from workflows.compare.together import TOLD, drawn, held
from workflows.compare.verdict import Verdict
from workflows.runs.record import Run
from workflows.runs.watched import Source

Tell = Callable[[str, int], None]
"""Is told what is under way, and how many runs are still to come at most."""


class Further(NamedTuple):
    """What was looked for beyond the verdict, in runs of its own; None: it was not."""

    sources: list[Source] | None = None
    operator: Parted | None = None
    cure: Cure | None = None


@dataclass
class Check:
    """One check. `most`: runs that the search for a cure may take; 0: none is searched for."""

    launch: Launch
    home: Path
    settings: Sequence[str]
    repeats: int
    most: int
    tell: Tell
    made: list[Commanded] = field(default_factory=list)

    def answer(self) -> Answer:
        """Carry it out."""
        runs: list[Commanded] = []
        for number in range(self.repeats):
            self.tell(f"run {number + 1} of {self.repeats}", self.repeats - number)
            runs.append(self._run(Order(number, self.settings)))
            if runs[-1].record.status != "completed":
                break
        verdict = judged(runs)
        if verdict.first_difference is None:
            return self._elsewhere(runs, self._answer(runs, verdict))
        return self._explained(runs, verdict, verdict.first_difference)

    def _run(self, order: Order) -> Commanded:
        self.made.append(self.launch(order, self._folder(len(self.made))))
        return self.made[-1]

    def _elsewhere(self, runs: Sequence[Commanded], answer: Answer) -> Answer:
        """Ask of a command that repeats what it does where folders list files in another order."""
        processes = runs[0].record.processes
        listed = list(dict.fromkeys(call for process in processes for call in process.listed))
        if answer.result != "repeats" or not listed:
            return answer
        self.tell("with folders that list their files in another order", 1)
        other = self._run(Order(self.repeats, [*self.settings, SHUFFLED]))
        found = judged([runs[0], other]).first_difference
        return answer.model_copy(
            update={"listed": listed, "elsewhere": found, "seconds": self._seconds()}
        )

    def _folder(self, number: int) -> Path:
        """Return where a run leaves its record, by a name of one length.

        The program gets it in a variable, whose length moves whatever lies in memory behind it.
        """
        return self.home / f"{number:04}"

    def _explained(self, runs: Sequence[Commanded], verdict: Verdict, place: Difference) -> Answer:
        index = parting(runs)
        a, b, pair = self._pair(runs, index)
        found = Further()
        if self.most:
            found = self._further(index, pair, place, seen(a, b, place).apart)
        sources, operator, cure = found
        cured = cure.settings if cure else []
        declared = self.launch.catalogue.settings
        controls = {name: declared[name].controls for name in cured}
        names = runs[0].names
        return self._answer(runs, verdict).model_copy(update={
            "process": names[index] if len(names) > 1 else None,
            "sides": [*self._sides(pair, place)],
            "cause": [*cause(seen(a, b, place), sources, controls, operator)],
            "sources": sources,
            "operator": operator,
            "cure": cure,
            "python": paste.python(cured, self.launch.seed),
            "variables": paste.variables(cured, self.launch.seed, self.launch.catalogue),
            "seconds": self._seconds(),
        })  # fmt: skip

    def _further(
        self, index: int, pair: tuple[Commanded, Commanded], place: Difference,
        apart: Mapping[str, int],
    ) -> Further:  # fmt: skip
        """Return what further runs tell of a difference; `apart`: the generators that parted."""
        self.tell("a second look at what is random", self.most + 1)
        sources = self._sources(index, place, apart)
        operator = None
        if not apart and place.phase not in ("length", *END):
            operator = self._operator(index, place.step or 0)
        known = [run for run in self.made if len(run.runs) == len(pair[0].runs)]
        search = Cures(self.launch.catalogue, self._with, self.most, known)
        return Further(sources, operator, search.search(pair, index, place, sources, operator))

    def _pair(
        self, runs: Sequence[Commanded], index: int
    ) -> tuple[Run, Run, tuple[Commanded, Commanded]]:
        """Return the first run and the one that parts from it first, of that process."""
        first, *others = of_process(runs, index)
        differing = [i for i, run in enumerate(others, 1) if first_difference(first, run)]
        other = differing[0] if differing else 1
        return first, of_process(runs, index)[other], (runs[0], runs[other])

    def _sources(self, index: int, place: Difference, apart: Iterable[str]) -> list[Source]:
        """Return what further runs are seen to take; `apart`: the generators that parted."""
        last = place.step if place.step is not None and place.phase != "length" else -1
        found = self._looked(index, last)
        kinds = {one.kind for one in found}
        several = len(drawn(found, tuple(f"{WORDS[name]}: " for name in apart))) > 1
        if several or (kinds & {*TOLD} and "entropy" not in kinds):
            # No line was seen that takes a seed from outside: is one, or an order, another next?
            # And of lines that draw, which is the one that a generator parts at?
            return held(found, self._looked(index, last))
        return held(found, found)

    def _looked(self, index: int, last: int) -> list[Source]:
        """Return what one more run is seen to take from outside, up to a step."""
        looked = self._run(Order(self.repeats, self.settings, observe=last))
        found = looked.record.processes[index : index + 1]
        return [*found[0].sources] if found and found[0].sources else []

    def _operator(self, index: int, step: int) -> Parted | None:
        """Return the operator at which further runs part in a step, where they are seen to."""
        first: list[Operator] | None = None
        for _ in range(RUNS):
            self.tell("operator by operator", self.most + 1)
            run = self._run(Order(self.repeats, self.settings, record=step))
            found = recorded(run, self._folder(len(self.made) - 1), index)
            if found is None:
                return None
            if first is not None and (place := parted(first, found)):
                return place
            first = first or found
        return None

    def _with(self, settings: list[str], repeat: int) -> Commanded:
        added = " + ".join(name for name in settings if name not in self.settings)
        self.tell(f"with {added}" if added else "without it, as a control", self.most)
        return self._run(Order(self.repeats + 1 + repeat, settings))

    def _sides(self, pair: tuple[Commanded, Commanded], place: Difference) -> Iterator[str | None]:
        """Yield what stands on both sides: a line, a number of steps, the part of a text file."""
        name, _, part = (place.tensor or "").partition(": ")
        if place.phase != "files":
            yield from (place.left, place.right)
            return
        for run in pair:
            folder = self._folder(self.made.index(run)) / "files"
            file = run.record.files.get(name)
            if file and file.nothing and not part:
                yield file.kind
                continue
            value = ((file and file.parts) or {}).get(part, "")
            plain = value.startswith(VALUE)
            yield value.removeprefix(VALUE) if plain else texts.part(folder / name, part)

    def _answer(self, runs: Sequence[Commanded], verdict: Verdict) -> Answer:
        results: dict[str, Result] = {"identical": "repeats", "differs": "differs"}
        result = results.get(verdict.verdict.replace("prints-alike", "differs"), "cannot be told")
        failed = [run.record for run in runs if run.record.status != "completed"]
        return Answer(
            command=[*self.launch.command], settings=[*self.settings], result=result,
            reason=verdict.reason, log=failed[0].log if failed else [],
            repeats=verdict.repeats, divergence_below=verdict.divergence_below,
            first_difference=verdict.first_difference,
            watched=watched(runs[0]), unwatched=unwatched(runs),
            notes=[note for note in verdict.notes if not note.startswith("not watched")],
            seconds=self._seconds(),
        )  # fmt: skip

    def _seconds(self) -> float:
        return round(sum(run.record.seconds for run in self.made), 1)
