"""Puts a cause to every difference of the matrix, from all that the experiment has shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from workflows.compare.around import Around, around
from workflows.compare.close_look import BY_OPERATOR, Closer, Parted
from workflows.compare.difference import Difference, first_difference
from workflows.compare.life import ruined
from workflows.compare.outcome import on_common
from workflows.environments.images.record import ImageRecord
from workflows.experiment.catalogue import change_in_words
from workflows.matrix import cause
from workflows.matrix.attempts import Experience
from workflows.matrix.cells import Cell
from workflows.matrix.close_looks import cell_of, look_of, path
from workflows.matrix.symptom import acting, symptom
from workflows.matrix.tried import Tried
from workflows.matrix.variations import Kept
from workflows.runs.record import Run
from workflows.runs.watched import Source

Looks = Mapping[str, Closer]


def of_cells(world: Experience, looks: Looks) -> list[Cell]:
    """Return the cells, each baseline that differs with its cause.

    One that is refused gets a note of what it does where operators only warn.
    """
    return [_explained(cell, world, looks) for cell in world.cells]


def _explained(cell: Cell, world: Experience, looks: Looks) -> Cell:
    if cell.first_difference is not None and cell.variation == "baseline":
        found = _of_cell(cell, cell.first_difference, world, looks)
        return cell.model_copy(update={"cause": found})
    if warned := world.warned(cell):
        return cell.model_copy(update={"notes": [*cell.notes, *warned]})
    return cell


def _of_cell(cell: Cell, place: Difference, world: Experience, looks: Looks) -> cause.Cause:
    if len(cell.machines) > 1:
        basis = f"repeats ran on several machines: {'; '.join(cell.machines)}"
        return cause.Cause(what=basis, cure=[], evidence="correlation", basis="not one machine")
    look = looks.get(f"repeats/{path(cell_of(cell))}")
    seen = _seen(world.runs[cell_of(cell)], place)
    sources = look.sources if look else None
    observed, tried = acting(seen, sources or []), world.against(cell)
    operator = look.told(place) if look else None
    found = cause.of_repeats(_said(seen, sources, operator), place, cell.classes, tried, observed)
    return cause.with_operator(found, operator)


def _seen(runs: Sequence[Run], place: Difference) -> Around:
    """Return what the first pair of runs shows that parts at this very place."""
    first, *others = on_common(runs)
    for other, whole in zip(others, runs[1:], strict=True):
        parted = first_difference(first, other)
        if parted and (parted.phase, parted.step) == (place.phase, place.step):
            return around(runs[0], whole, place)
    raise AssertionError("the verdict rests on a difference that no pair of its runs has")


def of_kept(kept: list[Kept], world: Experience, looks: Looks) -> list[Kept]:
    """Return the answers, each lost letter with its cause."""
    return [
        each.model_copy(update={"cause": _of_lost(each, each.first_difference, kept, world, looks)})
        if each.answer == "lost" and each.first_difference is not None
        else each
        for each in kept
    ]


def _of_lost(
    lost: Kept, place: Difference, kept: list[Kept], world: Experience, looks: Looks
) -> cause.Cause:
    look = look_of(lost, looks)
    sources, operator = (look.sources, look.told(place)) if look else (None, None)
    if lost.varied.environment != lost.baseline.environment:
        sides = (world.images[each.environment] for each in (lost.baseline, lost.varied))
        return cause.of_environment(differing(*sides), place, operator)
    change = change_in_words(world.variations[lost.variation].model_dump(exclude_defaults=True))
    varied = world.runs[lost.varied]
    [cell] = [each for each in world.cells if cell_of(each) == lost.varied]
    if lost.reason:
        seen = _seen(varied, place)
        words = f"under {change} runs do not repeat, {_said(seen, sources, operator)}"
        tried, observed = world.against(cell), acting(seen, sources or [])
        why = cause.of_repeats(words, place, cell.classes, tried, observed)
        return why if why.cure else cause.of_unsteady(lost.variation, why)
    seen = around(world.runs[lost.baseline][0], varied[0], place)
    said = f"{change} gives other bits, {_said(seen, sources, operator, changed=True)}"
    alike = [*world.searched(cell), *_mended(lost, kept, world)]
    return cause.of_variation(lost.variation, said, place, _keeping(lost, kept, world), alike)


def _said(
    seen: Around, sources: Sequence[Source] | None, operator: Parted | None, *,
    changed: bool = False,
) -> str:  # fmt: skip
    """Return the symptom, and the operator at which the two sides were seen to part."""
    said = symptom(seen, sources, changed=changed, told=operator is not None)
    return f"{said}; {BY_OPERATOR}{operator}" if operator else said


def _mended(lost: Kept, kept: list[Kept], world: Experience) -> Iterator[Tried]:
    """Give what variations that make the same change and one more did to the letter."""
    for other in kept:
        one = (other.baseline, other.steps) == (lost.baseline, lost.steps)
        more = world.further(lost.variation, other.variation) if one else None
        if more and not other.reason and other.answer in ("kept", "lost"):
            before, after = world.runs[lost.varied], world.runs[other.varied]
            yield Tried(
                way=change_in_words(more), added=frozenset(), alone=True, repeats=other.repeats,
                basis=f"{other.variation} changes this, too, and keeps the letter",
                place=other.first_difference, ruined=ruined(after, before),
            )  # fmt: skip


def _keeping(lost: Kept, kept: list[Kept], world: Experience) -> dict[str, list[str]]:
    """Return the configurations that keep their letter under it, with the settings they add.

    A set that lacks one of these settings, too, adds no single one.
    """
    where = (lost.environment, lost.device, lost.benchmark, lost.variation)
    own = world.catalogue.acting(world.configurations[lost.configuration], lost.device)
    found = {}
    for other in kept:
        here = (other.environment, other.device, other.benchmark, other.variation)
        if here == where and other.answer == "kept":
            theirs = world.catalogue.acting(world.configurations[other.configuration], lost.device)
            found[other.configuration] = sorted(theirs - own) if own < theirs else []
    return found


def differing(a: ImageRecord, b: ImageRecord) -> list[str]:
    """Return the packages in which two environments differ, `name version, version`."""
    versions = {"python": (a.python, b.python)}
    for name in sorted({*a.packages, *b.packages}):
        versions[name] = (a.packages.get(name, "none"), b.packages.get(name, "none"))
    return [f"{name} {x}, {y}" for name, (x, y) in versions.items() if x != y]
