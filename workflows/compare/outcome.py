"""What counts of runs, where they are compared: all that each of them was watched for. Pure.

Files count by their bytes or, of a known kind, by their parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from workflows.common.files import digest
from workflows.compare.noise import STAMPED, Own, counted, without
from workflows.runs.record import Run
from workflows.runs.watched import ENDS, LINK, PHASES, RANDOM, REMOVED, FileLeft

Files = Mapping[str, FileLeft]
Parts = dict[str, str]
VALUE = "= "
"""What stands in a record before a part that is a value itself, and no SHA-256."""
INITIAL, FINAL = ENDS.index("initial state"), ENDS.index("final state")


def ended(run: Run) -> bool:
    """Return whether the state at both ends was watched, and files and standard error with it."""
    return len(run.ends) > 0


def phases(run: Run) -> list[str]:
    """Return the columns that make a verdict: all but those of random generators."""
    return [name for name in run.record.trace.phases if name not in RANDOM]


def on_common(runs: Sequence[Run]) -> list[Run]:
    """Return the runs, each with what all of them were watched for."""
    names = [n for n in PHASES if all(n in run.record.trace.phases for run in runs)]
    whole = all(ended(run) for run in runs)
    return [_reduced(run, names, whole=whole) for run in runs]


def _reduced(run: Run, names: list[str], *, whole: bool) -> Run:
    if run.record.trace.phases == names and ended(run) == whole:
        return run
    columns = [run.record.trace.phases.index(name) for name in names]
    kept = run if whole else without_ends(run)
    trace = kept.record.trace.model_copy(update={"phases": names})
    record = kept.record.model_copy(update={"trace": trace})
    return replace(kept, record=record, steps=run.steps[:, columns])


def without_ends(run: Run) -> Run:
    """Return the run as if neither state at its ends, files nor standard error were watched."""
    trace = run.record.trace.model_copy(update={"final_state": ""})
    record = run.record.model_copy(update={"trace": trace, "printed_errors": [], "files": {}})
    return replace(run, record=record, ends=run.ends[:0])


def unwatched(runs: Sequence[Run]) -> list[str]:
    """Name what some of the runs were watched for and others not, in words."""
    seen = [(phases(run), ended(run)) for run in runs]
    every = [name for name in PHASES if name not in RANDOM]
    found = [name for name in every if len({name in names for names, _ in seen}) > 1]
    ends = len({ends for _, ends in seen}) > 1
    return [*found, *(["the state at both ends", "files", "standard error"] if ends else [])]


def outcome(run: Run) -> str:
    """Return the SHA-256 over all that makes a verdict: equal ones are equal runs.

    Of runs that were watched for the same: see `on_common`. Of a record before version 3 it is what
    it always was.
    """
    trace, own = run.record.trace, run.noise
    steps = run.steps[:, [trace.phases.index(name) for name in phases(run)]]
    found: list[Any] = [
        trace.tensors,
        run.initial.astype("<u8").tobytes().hex(),
        steps.astype("<u8").tobytes().hex(),
        trace.final_weights,
        [line.plain for line in counted(run.record.printed, own)],
        trace.fingerprint,
    ]
    if ended(run):
        ends = run.ends[[INITIAL, FINAL]]
        errors = counted(run.record.printed_errors, own, errors=True)
        found += [
            phases(run), ends.astype("<u8").tobytes().hex(), trace.final_state,
            [line.plain for line in errors], content(run.record.files, own),
        ]  # fmt: skip
    return digest(found)


def content(files: Files, own: Own = ()) -> dict[str, Parts]:
    """Return what counts of files, by their names without noise: what `parts` returns."""
    return {name: parts(files[known], own) for name, known in _named(files, own).items()}


def parts(file: FileLeft, own: Own = ()) -> Parts:
    """Return what counts of a file: its bytes as a whole are the part without a name.

    Values that stand there themselves are without their noise, told by the key before them.
    """
    if not file.parts:
        return {"": file.sha256}
    own = (*own, *STAMPED) if file.kind == LINK else own  # its target is a name, too
    return {name: _plain(name, value, own) for name, value in file.parts.items()}


def _plain(name: str, value: str, own: Own) -> str:
    if not value.startswith(VALUE):
        return value
    return without(f"{name.rpartition('.')[2]}: {value.removeprefix(VALUE)}", own)[0]


def differing(a: Files, b: Files, own: Own = ()) -> str | None:
    """Return the first file that differs, `NAME` or `NAME: PART`; None where none does."""
    ours, theirs = _named(a, own), _named(b, own)
    for name in sorted({*ours, *theirs}):
        left = parts(a[ours[name]], own) if name in ours else {}
        right = parts(b[theirs[name]], own) if name in theirs else {}
        part = next((p for p in [*left, *right] if left.get(p) != right.get(p)), None)
        if part is not None:
            whole = not left or not right or "" in (*left, *right)
            return (ours.get(name) or theirs[name]) + ("" if whole else f": {part}")
    return None


def other_bytes(a: Files, b: Files, own: Own = ()) -> list[str]:
    """Return the files whose parts are equal, and whose bytes are not."""
    pairs = [(ours, _named(b, own).get(name)) for name, ours in _named(a, own).items()]
    other = [(x, y) for x, y in pairs if y and a[x].sha256 != b[y].sha256]
    return [x for x, y in other if parts(a[x], own) == parts(b[y], own)]


def renamed(a: Files, b: Files, own: Own = ()) -> dict[str, list[str]]:
    """Return which noise differs in the names of files that are taken for one: its files by it."""
    ours, theirs = _named(a, own), _named(b, own)
    found: dict[str, list[str]] = {}
    for name in sorted(ours.keys() & theirs.keys()):
        noise = [without(each[name], (*own, *STAMPED))[1] for each in (ours, theirs)]
        for left, right in zip(*noise, strict=True):
            if left != right and ours[name] not in found.setdefault(left[0], []):
                found[left[0]].append(ours[name])
    return found


def _named(files: Files, own: Own) -> dict[str, str]:
    """Return the names of files by their names without noise.

    Those of some that differ in noise alone are numbered, in the order of their contents. One that
    is gone had its name before the run.
    """
    found: dict[str, str] = {}
    for name in sorted(files, key=lambda name: (digest(parts(files[name], own)), name)):
        gone = files[name].kind == REMOVED
        plain, number = name if gone else without(name, (*own, *STAMPED))[0], 1
        while (numbered := f"{plain} {number}" if number > 1 else plain) in found:
            number += 1
        found[numbered] = name
    return found
