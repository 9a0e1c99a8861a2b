"""Ablations for people: a row for each setting, a column for each benchmark, and the ways found."""

from __future__ import annotations

import math

from workflows.common.text_table import Table
from workflows.studies.ablation.result import Ablation, SettingResult, Way


def text(found: SettingResult | None) -> str:
    """Return what the table says of a setting, with where runs differ without it."""
    if found is None:
        return ""
    if found.needed:
        without = found.first_difference_without or found.reason_without
        return f"{found.answer}; without it: {without}"
    return found.answer


def table(ablations: list[Ablation]) -> Table:
    """Return heads and rows: a row for each setting."""
    names = dict.fromkeys(each.setting for found in ablations for each in found.settings)
    heads = [place(found) for found in ablations]
    columns = [{each.setting: each for each in found.settings} for found in ablations]
    rows = [[name, *(text(column.get(name)) for column in columns)] for name in names]
    return ["setting", *heads], rows


def place(found: Ablation) -> str:
    """Return the head of an ablation's column."""
    plan = found.plan
    threads = f", {plan.threads} threads" if plan.threads > 1 else ""
    return f"{plan.benchmark}, {plan.environment} on {plan.device}{threads}"


def in_words(way: Way) -> str:
    """Return a way with its evidence."""
    bound = math.ceil(100 * way.divergence_below)
    settings = " + ".join(way.settings) or "no setting at all"
    return (
        f"{settings} (keeps runs identical in {way.repeats} fresh repeats: fewer than {bound} % "
        "of runs deviate, 95 % sure)"
    )


def summary(found: Ablation) -> str:
    """Return one ablation's result in one line."""
    if found.status != "done":
        return f"{place(found)}: {found.status}: {found.plan.start}: {found.reason}"
    ways = "; or ".join(map(in_words, found.smallest))
    parts = [f"{place(found)}: the fewest settings ({found.method}): {ways}"]
    if found.larger:
        parts.append("larger ways: " + "; ".join(" + ".join(way.settings) for way in found.larger))
    if not found.complete:
        parts.append("there may be other ways")
    if found.exception:
        inner, outer = (" + ".join(each) or "no setting" for each in found.exception)
        parts.append(f"{inner} keeps runs identical, {outer} does not")
    if found.undecided:
        parts.append(f"{len(found.undecided)} sets could not be decided: their runs failed")
    parts.append(f"{len(found.tested)} sets, {found.runs} runs")
    return "; ".join(parts)


def notes(ablations: list[Ablation]) -> list[str]:
    """Return one line for each ablation."""
    return [summary(found) for found in ablations]
