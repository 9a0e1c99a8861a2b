"""The words of a check: what was watched, why runs part, and the whole answer. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from workflows.check.answer import Answer
from workflows.check.judged import NEVER
from workflows.check.record import Commanded, CommandRecord
from workflows.compare.around import Around
from workflows.compare.close_look import BY_OPERATOR, Parted
from workflows.compare.difference import Difference
from workflows.matrix.symptom import symptom, where
from workflows.runs.watched import RANDOM, Source

SEEN = {
    "batch": "the batches of its DataLoaders", "loss": "losses",
    "backward": "gradients as they arrive", "gradients": "gradients at the step",
    "weights": "weights and buffers", "state": "the optimizers' state",
}  # fmt: skip
IGNORES = {"-I", "-E", "-S"}
"""Options with which Python takes no part in being watched."""
SHOWN = 6
"""Sources of which so many are named."""


def watched(run: Commanded) -> list[str]:
    """Say what was watched of a run."""
    record, found = run.record, []
    for process in record.processes:
        phases = [SEEN[name] for name in process.trace.phases if name not in RANDOM]
        steps = f"{process.trace.steps} steps ({', '.join(phases)})"
        took = f"watching took {process.seconds_watching:.1f} of {record.seconds:.1f} s"
        found.append(f"{process.name}: {steps}, {len(process.trace.tensors)} parameters; {took}")
    lines = len(record.printed) + len(record.printed_errors)
    found += [f"{lines} printed lines"] if lines else []
    named = [f"{n} ({one.kind})" if one.nothing else n for n, one in sorted(record.files.items())]
    return [*found, *([f"{len(named)} files: {_few(named)}"] if named else [])]


def unwatched(runs: Sequence[Commanded]) -> list[str]:
    """Say what was not watched of any run."""
    records = [run.record for run in runs]
    found = [text for record in records for text in record.unwatched]
    for process in records[0].processes:
        missing = [words for name, words in SEEN.items() if name not in process.trace.phases]
        found += [f"{process.name}: {words}" for words in [*missing, *process.trace.unwatched]]
    if not records[0].traced:
        found.append(untraced(records[0]))
    else:
        found += NEVER
    return list(dict.fromkeys(found))


def untraced(record: CommandRecord) -> str:
    """Say why no step was seen."""
    if any(word in IGNORES for word in record.command):
        return "every step: Python was started with -I, -E or -S, which shut watching out"
    if not record.reached:
        return "every step: no Python that takes PYTHONPATH was started"
    if not record.imported:
        return "every step: no process imported torch"
    return "every step: none was seen, neither of an optimizer nor a backward pass"


def cause(
    around: Around, sources: Sequence[Source] | None, cured: Mapping[str, str],
    operator: Parted | None = None,
) -> Iterator[str]:  # fmt: skip
    """Say what is known of why two runs part: by their traces, by what was observed.

    `cured`: the settings of a tested cure, with what each controls; `operator`: at which they were
    seen to part.
    """
    place = around.place
    if place.phase == "length" and place.step is None:
        yield "the runs train in other processes"
        return
    yield symptom(around, sources, told=operator is not None).replace(NOT_WATCHED, GIVEN)
    if operator:
        yield f"{BY_OPERATOR}{operator}"
    there = [one for one in sources or [] if _belongs(one, place, cured)]
    for one in there[:SHOWN]:
        yield f"{KINDS[one.kind]}: {one.what} ({one.place})"
    yield from (f"tested: {controls}" for controls in cured.values())


NOT_WATCHED = "where the random generators stood was not watched"
GIVEN = "what the step was given was not watched, as no DataLoader gave it"
KINDS = {
    "read": "the clock, or chance, is read",
    "dropout": "dropout",
}


def _belongs(source: Source, place: Difference, cured: Mapping[str, str]) -> bool:
    """Say whether a source of a kind that is not always a fault may be one here."""
    if source.kind == "read":
        return place.phase.startswith("printed") and not cured
    return source.kind == "dropout" and place.phase == "files"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def text(answer: Answer) -> str:
    """Return the whole answer as lines for a terminal."""
    return "\n".join(_answer(answer))


def _answer(answer: Answer) -> Iterator[str]:
    command = shlex.join(answer.command)
    if answer.result == "cannot be told":
        yield f"cannot be told: {answer.reason}"
        yield from (f"  | {line}" for line in answer.log)
    elif answer.result == "repeats":
        bound = f"{answer.divergence_below:.0%}" if answer.divergence_below else "?"
        yield (
            f"repeats: {answer.repeats} of {answer.repeats} runs are equal in all that was watched "
            f"(fewer than {bound} of runs deviate, at 95 % confidence): {command}"
        )
        yield from _elsewhere(answer)
    elif answer.first_difference:
        process = f" of {answer.process}" if answer.process else ""
        yield f"differs: first in {where(answer.first_difference)}{process}: {command}"
        if any(side is not None for side in answer.sides):
            left, right = (side if side is not None else "nothing" for side in answer.sides)
            yield f"  there: {left!r} against {right!r}"
        yield from (f"  cause: {line}" for line in answer.cause)
        yield from _cure(answer)
    yield f"watched: {'; '.join(answer.watched) or 'nothing'}"
    yield f"not watched: {'; '.join(answer.unwatched) or 'nothing that is known of'}"
    yield from (f"note: {line}" for line in answer.notes)


def _elsewhere(answer: Answer) -> Iterator[str]:
    if answer.elsewhere is not None:
        yield "  but not where folders list their files in another order, as on another disk:"
        yield f"  it then differs, first in {where(answer.elsewhere)}; put sorted(…) around:"
        yield from (f"    {call}" for call in answer.listed)


def _cure(answer: Answer) -> Iterator[str]:
    cure = answer.cure
    if cure is None:
        return
    if not cure.settings:
        tried = ", ".join(dict.fromkeys(" + ".join(one.added) for one in cure.tried)) or "nothing"
        yield f"  cure: none was found ({cure.status}); tried: {tried}"
        for one in cure.tried:
            if why := one.found.not_living:
                yield f"    {' + '.join(one.added)} makes the runs agree, and is no cure: {why}"
        return
    control = cure.control.repeats if cure.control else 0
    yield (
        f"  cure: {' + '.join(cure.settings)}; tested: {cure.repeats} of {cure.repeats} runs agree "
        f"with it, {control} fresh ones without it differ still"
    )
    if answer.variables:
        yield f"    {' '.join(answer.variables)} {shlex.join(answer.command)}"
    yield from (f"    {line}" for line in answer.python)
