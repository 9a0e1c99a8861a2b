"""What is known of sets of settings: which keep runs identical, how sure, and what follows.

An oracle answers for one set by running it several times. `differs` is certain: two runs were
seen to differ. `identical` is not: the runs may have agreed by chance. So a set that matters is
confirmed with fresh repeats, and a set that holds inside one that differs is doubted first.

Assumed is monotonicity: settings only take randomness away, so that a set inside one whose runs
differ keeps no runs identical either, and need not be tested. It is given up for good when a
confirmed set is found inside one that differs. `refused` and `failed` say nothing of smaller sets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from typing import Protocol

from workflows.studies.ablation.result import Outcome

Settings = frozenset[str]
UNDECIDED = ("failed", "not-run")


class NotMonotoneError(Exception):
    """A confirmed set was found inside one that differs: what was ruled out is open again."""


class Oracle(Protocol):
    """Runs a set of settings; `fresh` asks for repeats that no answer rests on yet."""

    def __call__(self, settings: Settings, *, fresh: bool) -> Outcome:
        """Return the outcome."""


@dataclass
class Knowledge:
    """All outcomes so far for subsets of `full`, each asked of the oracle once.

    `needs`: settings that act only together with all of others; without them they are left out.
    """

    full: Sequence[str]
    oracle: Oracle
    needs: Mapping[str, Settings] = field(default_factory=dict)
    tested: dict[Settings, Outcome] = field(default_factory=dict)
    confirmed: dict[Settings, Outcome] = field(default_factory=dict)
    exception: tuple[Settings, Settings] | None = None

    def acting(self, settings: Settings) -> Settings:
        """Return the settings without those that lack what they need: the runs are the same."""
        kept = frozenset(s for s in settings if self.needs.get(s, frozenset()) <= settings)
        return kept if kept == settings else self.acting(kept)

    def without(self, *settings: str) -> Settings:
        """Return all settings but these."""
        return self.acting(frozenset(self.full) - set(settings))

    def of_size(self, size: int) -> Iterator[Settings]:
        """Return all sets of a size that differ from every smaller one in what they do."""
        sets = map(frozenset, combinations(self.full, size))
        return (each for each in sets if self.acting(each) == each)

    def test(self, settings: Settings) -> Outcome:
        """Return the outcome of a set, asking the oracle unless it is known.

        Raises `NotMonotoneError`, once, where it shows that the assumption is wrong.
        """
        settings = self.acting(settings)
        if settings not in self.tested:
            with self._monotone():
                self.tested[settings] = self.oracle(settings, fresh=False)
                self._doubt()
        return self.tested[settings]

    def confirm(self, settings: Settings) -> Outcome:
        """Return the outcome of fresh repeats; where they do not agree the set does not hold.

        Raises `NotMonotoneError` likewise.
        """
        with self._monotone():
            return self._confirm(self.acting(settings))

    @contextmanager
    def _monotone(self) -> Iterator[None]:
        before = self.exception
        yield
        if self.exception is not before:
            raise NotMonotoneError

    def _confirm(self, settings: Settings) -> Outcome:
        if settings not in self.confirmed:
            self.confirmed[settings] = outcome = self.oracle(settings, fresh=True)
            if not outcome.holds:
                self.tested[settings] = outcome
                self._doubt()
        return self.confirmed[settings]

    def ruled_out(self, settings: Settings) -> bool:
        """Whether a set lies inside one that differs, so that by assumption it cannot hold."""
        return self.exception is None and any(
            settings <= each for each, outcome in self.tested.items() if outcome.answer == "differs"
        )

    def known(self, settings: Settings) -> bool:
        """Whether the answer for a set needs no further test."""
        settings = self.acting(settings)
        return settings in self.tested or self.ruled_out(settings)

    def holds(self, settings: Settings) -> bool:
        """Whether a set holds, by a test unless it is ruled out."""
        settings = self.acting(settings)
        if settings not in self.tested and self.ruled_out(settings):
            return False
        return self.test(settings).holds

    @property
    def undecided(self) -> list[Settings]:
        """The sets whose runs failed and that nothing else rules out."""
        failed = [each for each, outcome in self.tested.items() if outcome.answer in UNDECIDED]
        return [each for each in failed if not self.ruled_out(each)]

    def _doubt(self) -> None:
        """Confirm every set that holds inside one that differs; note one that really does."""
        for small in [each for each, outcome in self.tested.items() if outcome.holds]:
            for large in [e for e, outcome in self.tested.items() if outcome.answer == "differs"]:
                if small < large and self.tested[small].holds and self._confirm(small).holds:
                    self.exception = self.exception or (small, large)
