"""What a verification comes to: a yes or a no, in one paragraph, and its exit code. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.publication.verify.model import Checked, Here, Standing
from workflows.report.conclusion import joined, title

HELD, DIFFERS, OPEN = 0, 1, 4
MANY = 3
"""Reasons that are told; the others are counted."""


def outcome(found: list[Checked]) -> int:
    """Return the exit code.

    0: all that is claimed of such a machine held; 1: something claimed did not; 4: nothing of it
    could be tested, or some of it not, or it held under another name only.
    """
    standings = {each.standing for each in found}
    if "failed" in standings:
        return DIFFERS
    renamed = any(each.answer == "renamed" and not each.earlier for each in found)
    return OPEN if "untested" in standings or renamed or "held" not in standings else HELD


def of(found: Iterable[Checked], *standings: Standing) -> list[Checked]:
    """Return the answers that stand so."""
    return [each for each in found if each.standing in standings]


def conclusion(found: list[Checked], here: Here) -> list[str]:
    """Return the paragraph, sentence by sentence."""
    claimed = of(found, "held", "failed", "untested")
    failed, held = of(found, "failed"), of(found, "held")
    sentences = [verdict(claimed, held, failed), *came_back(found, here), *parted(found)]
    return [*sentences, *could_not(found), *names(found)]


def verdict(claimed: list[Checked], held: list[Checked], failed: list[Checked]) -> str:
    """Say whether everything that is claimed of such a machine held."""
    if failed and len(claimed) == 1:
        return "No: the one cell that is claimed of such a machine did not hold."
    if failed:
        return f"No: {len(failed)} of {cells(len(claimed))} claimed of such a machine did not hold."
    if not held:
        return "Open: nothing that is claimed of such a machine could be tested here."
    if len(held) < len(claimed):
        rest = len(claimed) - len(held)
        return f"So far, yes: what was tested held; {cells(rest)} claimed could not be run."
    return "Yes: everything that it claims of such a machine held."


def came_back(found: list[Checked], here: Here) -> list[str]:
    """Say what was reproduced, and on which other hardware."""
    equal = [each for each in found if each.answer in ("reproduced", "renamed")]
    where = f"on {here.machine}"
    if here.published_on != here.machine:
        where += f" (published on {here.published_on})"
    if not equal:
        return [f"Nothing came back bit for bit {where}."]
    ran = [each for each in found if each.answer not in ("not-claimed", "cannot-run")]
    count = f"{len(equal)} of {cells(len(ran))}"
    sentences = [f"{count} came back bit for bit {where}: {named(equal)}."]
    if beyond := of(equal, "beyond"):
        sentences.append(f"It did not claim so much of {named(beyond)}.")
    return sentences


def parted(found: list[Checked]) -> list[str]:
    """Say what was not reproduced, and whether the publication itself foretells it."""
    sentences = []
    if failed := of(found, "failed"):
        sentences.append(f"Not reproduced, though claimed: {named(failed)}.")
    if foretold := of(found, "foretold"):
        by = dict.fromkeys(word for each in foretold if each.foretold for word in each.foretold.by)
        sentences += [
            f"{differ(foretold)}, as the publication itself foretells: its own runs under "
            f"{joined(by)} lose their bits, too.",
            f"{'These are' if len(foretold) > 1 else 'It is'} {named(foretold)}.",
        ]
    if unclaimed := of(found, "unclaimed"):
        sentences.append(
            f"{differ(unclaimed)} of which it claims nothing on other hardware: {named(unclaimed)}."
        )
    return sentences


def could_not(found: list[Checked]) -> list[str]:
    """Say what could not run here, and why."""
    stuck = [each for each in found if each.answer == "cannot-run"]
    if not stuck:
        return []
    reasons = list(dict.fromkeys(each.reason or "" for each in stuck))
    more = f"; and {len(reasons) - MANY} more reasons" if len(reasons) > MANY else ""
    return [
        f"{cells(len(stuck)).capitalize()} could not run here: {'; '.join(reasons[:MANY])}{more}."
    ]


def names(found: list[Checked]) -> list[str]:
    """Say which names stand for something else in this checkout."""
    renamed = [each for each in found if each.answer == "renamed"]
    if not renamed:
        return []
    configurations = list(dict.fromkeys(each.cell.split("/")[3] for each in renamed))
    if all(each.earlier for each in renamed):
        return [
            f"They were run with the settings that the publication names {joined(configurations)}; "
            "here these names hold further ones."
        ]
    return [f"Here other things are called {joined(configurations)}: see the notes."]


def cells(number: int) -> str:
    """Return `one cell`, `12 cells`."""
    return "one cell" if number == 1 else f"{number} cells"


def differ(found: list[Checked]) -> str:
    """Return `One cell differs`, `12 cells differ`."""
    return f"{cells(len(found)).capitalize()} {'differ' if len(found) > 1 else 'differs'}"


def named(found: list[Checked]) -> str:
    """Return cells as a few words: `seeded and strict (the toy, CIFAR-10)`.

    A cell under a variation is told where the same without one is not among them.
    """
    plain = {each.cell.rpartition("/")[0] for each in found if _variation(each) is None}
    rows: dict[str, dict[str, None]] = {}
    for each in found:
        folder, _, variation = each.cell.rpartition("/")
        _, _, benchmark, configuration = folder.split("/")
        if _variation(each):
            if folder in plain:
                continue
            configuration += f" under {variation}"
        rows.setdefault(configuration, {})[title(benchmark)] = None
    groups: dict[tuple[str, ...], list[str]] = {}
    for configuration, benchmarks in rows.items():
        groups.setdefault(tuple(benchmarks), []).append(configuration)
    parts = [f"{joined(names)} ({', '.join(who)})" for who, names in groups.items()]
    return "; ".join(parts)


def _variation(found: Checked) -> str | None:
    """Return what was varied; None of a baseline, also of a short one."""
    name = found.cell.rpartition("/")[2]
    return None if name.partition("-")[0] == "baseline" else name
