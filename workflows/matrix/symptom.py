"""A first difference in words: the place, and what the traces and a second look say of it. Pure.

A place is no cause. An operator is named only where all that a pass was given was seen to be equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workflows.compare.around import Around
from workflows.compare.difference import START, Difference
from workflows.compare.notes import WORDS
from workflows.runs.watched import Source

NOWHERE = "nothing that was watched explains it: it comes from a source that no seed reaches"
TRACED = "all that was traced is equal"
ANOTHER_ORDER = "its samples may stand in another order"
STATE_TOO = ", and the state before it,"
ELSEWHERE = {
    "batch": f"{NOWHERE}, or from the loader's worker processes",
    "weights": f"the gradients of that step{STATE_TOO} are equal",
}
WHERE: Mapping[str, str] = {
    "initial weights": "the initial weights",
    "initial state": "the state at the start beside the weights",
    "batch": "the batch",
    "loss": "the loss",
    "backward": "the gradients as they arrive",
    "gradients": "the gradients",
    "weights": "the weights",
    "state": "the state beside the weights (optimizer, schedule, buffers)",
    "length": "the number of steps",
    "final weights": "the weights after the last step",
    "final state": "the state after the last step beside the weights",
    "files": "the files that it writes",
    "printed": "what it prints",
    "printed errors": "what it prints on standard error",
}
NAMED = ("entropy", "late seed", "late variable", "process", "threads", "uninitialised",
         "race")  # fmt: skip
"""Kinds of sources that are a fault wherever they act."""
SHOWN = 4
"""Observed sources of which so many are named."""


def where(place: Difference) -> str:
    """Return a place in words."""
    step = "" if place.step is None or place.phase == "length" else f" at step {place.step}"
    what = place.tensor or (f"line {place.line}" if place.line else None)
    if what and place.phase == "gradients":
        return f"the gradients of {what}{step}"
    if what and place.phase == "backward":
        return f"the gradients of {what} as they arrive{step}"
    return WHERE[place.phase] + step + (f" ({what})" if what else "")


def symptom(
    seen: Around, sources: Sequence[Source] | None, *, changed: bool = False, told: bool = False
) -> str:
    """Return the place, what can be said of why, and the sources that a second look observed.

    `sources`: None where none was asked to observe them; `changed`: the two sides were asked
    different things, so that equal inputs blame nobody; `told`: the operator is named beside it.
    """
    there = acting(seen, sources or [])
    faults = [each for each in there if each.kind in NAMED]
    observed = [*faults, *(e for e in there if e.kind not in NAMED and _explains(e, seen))]
    parts = [f"first in {where(seen.place)}", *_why(seen, sources, changed, told)]
    if observed:
        parts.append(f"seen: {_listed(observed)}")
    read = [each for each in there if each.kind == "read" and each not in observed]
    # Beside a draw too: who draws first is seen, and not always where its seed comes from.
    certain = {each.kind for each in faults} - {"race"}
    if read and not (certain or changed or seen.place.phase in ("printed", "printed errors")):
        parts.append(f"what it reads from outside, for whatever use: {_listed(read)}")
    return "; ".join(parts)


def _listed(sources: Sequence[Source]) -> str:
    named = ", ".join(f"{each.what} ({each.place})" for each in sources[:SHOWN])
    return named + (f" and {len(sources) - SHOWN} more" if len(sources) > SHOWN else "")


def acting(seen: Around, sources: Sequence[Source]) -> list[Source]:
    """Return the sources that acted no later than the place, the first first.

    An order of results only where nothing else tells: who takes them may put them in order again.
    """
    last = -1 if seen.place.phase in START else seen.place.step
    there = [each for each in sources if last is None or each.step <= last]
    if seen.apart or {each.kind for each in there} & {*NAMED} != {"race"}:
        there = [each for each in there if each.kind != "race"]
    return sorted(there, key=lambda each: each.step)


def _explains(source: Source, seen: Around) -> bool:
    """Return whether a source of a kind that every program may have is worth naming here."""
    if source.kind == "draw":  # of a generator that strayed, and for the first time where it did
        first = min(seen.apart.values(), default=None)
        strayed = tuple(WORDS[name] for name, row in seen.apart.items() if row == first)
        # What a script draws before its first backward pass may be of its first step.
        return source.what.startswith(strayed) and first in (0, max(source.step, 0) + 1)
    if source.kind == "dropout":
        return seen.place.phase == "printed"
    return source.kind == "read" and seen.equal_inputs


def _why(seen: Around, sources: Sequence[Source] | None, changed: bool, told: bool) -> list[str]:
    after = [_after(seen)] if seen.arrived_equal else []
    if seen.place.phase not in START and seen.apart:
        return [*after, _random(seen)]
    if changed:
        return [*after, *([_apart(seen)] if seen.apart else [])]
    found = None if told else _unexplained(seen, sources)
    return [*after, found] if found else after


def _after(seen: Around) -> str:
    if seen.felt:
        return "after backward, before the optimizer's step"
    return "after backward; the weights of that step are equal"


def _unexplained(seen: Around, sources: Sequence[Source] | None) -> str | None:
    """Say what is left where no generator's state tells; None: what was seen says it."""
    phase = seen.place.phase
    named = any(each.kind in NAMED for each in acting(seen, sources or []))
    if phase in ("files", "printed", "printed errors"):
        found = TRACED
    elif phase in START and seen.apart:  # so much was watched of any run
        found = _apart(seen)
    elif not seen.watched:
        found = "where the random generators stood was not watched"
    elif phase in START:
        found = _at_start(seen, named=named)
    elif seen.equal_inputs:
        found = _operator(seen, sources)
    elif named:
        return None
    else:
        found = ELSEWHERE.get(phase, NOWHERE)
        if seen.place.step == 0:  # of an optimizer it is seen as its first step begins
            found = found.replace(STATE_TOO, "")
    return found


def _at_start(seen: Around, *, named: bool) -> str:
    if seen.apart:
        return _apart(seen)
    alike = "PyTorch's generator stands alike there"
    guess = "drawn from elsewhere, seeded too late, or memory that was never initialised"
    return alike if named else f"{alike}: {guess}"


def _apart(seen: Around) -> str:
    return f"standing elsewhere there, too: {', '.join(WORDS[name] for name in seen.apart)}"


def _random(seen: Around) -> str:
    first = min(seen.apart.values())
    names = " and ".join(WORDS[name] for name, row in seen.apart.items() if row == first)
    if first == 0:
        return f"random state differs from the start ({names})"
    if seen.broken is not None and first == seen.broken + 1:
        found = f"random state differs since the new process ({names})"
        more = f"; nor watched: {'; '.join(seen.unwatched)}" if seen.unwatched else ""
        return f"{found}: the program's own save and load do not put it back{more}"
    if seen.place.step is not None and first > seen.place.step:
        since = f"the end of step {first - 2}" if first > 1 else "the start"
        return f"random state differs since {since} ({names}): drawn from otherwise in that step"
    text = f"random state differs after step {first - 1} ({names})"
    return f"{text}, while all else was equal: a stray draw, not an operator"


def _operator(seen: Around, sources: Sequence[Source] | None) -> str:
    """Say what equal inputs leave: an operator, and all that nobody looked for."""
    which = "forward" if seen.place.phase == "loss" else "backward"
    operator = f"an operator in the {which} pass is not deterministic"
    text = "equal inputs" + (", as far as they were watched" if seen.unwatched else "")
    text += f", other bits: {operator}"
    if not seen.given:  # a mean over the same samples in another order is often the same
        text = f"an equal loss of a batch that was not watched: {ANOTHER_ORDER}, or {operator}"
    if sources is None:
        return f"{text}, or takes from a source that no seed reaches (not looked for)"
    if any(each.kind not in ("draw", "dropout") for each in acting(seen, sources)):
        return f"{text}, or takes from what was seen"
    return text
