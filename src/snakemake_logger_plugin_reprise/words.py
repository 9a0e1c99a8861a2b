"""What a job, a time and a count are called on a line, and how a line is cut to a width."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TITLES = {
    "image": "environment {environment}",
    "rebuild": "environment {environment}, built twice",
    "data": "data {dataset}",
    "ablation": "fewest settings of {ablation}",
    "cure": "a cure of {cure}",
    "costs": "costs of {cost}",
    "publication": "the publication",
    "report": "the report",
}
"""By rule; that of a run is made from its path."""
RUN, LOOK = "run", "difference"


def rule_of(name: str) -> str:
    """Return the rule's name as the suite has it: on a GPU, or in another workflow, it has more."""
    plain = re.sub(r"(_\d+)+$", "", name.removesuffix("_on_gpu"))
    known = [*TITLES, RUN, LOOK]
    return next((each for each in known if plain == each or plain.endswith(f"_{each}")), plain)


def results(name: str) -> int:
    """Return how many runs or close looks one job of a rule makes: its name ends with that."""
    number = re.search(r"_\d+_(\d+)$", name)
    return int(number[1]) if number else 1


def job(
    rule: str,
    wildcards: Mapping[str, str],
    repeats: Mapping[str, int],
    outputs: Sequence[str] = (),
) -> str:
    """Return what a job does; `repeats` says of how many runs a run is one, by its cell."""
    if rule == RUN and (path := wildcards.get("run")):
        return run(path, repeats)
    if rule == RUN and outputs:
        return several(outputs[0].partition("runs/")[2].rpartition("/")[0], repeats, outputs)
    if rule == LOOK and (pair := wildcards.get("pair")):
        return f"a close look: {cell(pair.partition('/')[2])}"
    if rule == LOOK and (place := wildcards.get("place")):
        return f"close looks: {cell(f'{place}/baseline')}"
    if rule in TITLES:
        try:
            return TITLES[rule].format(**wildcards)
        except KeyError:
            pass
    return rule


def run(path: str, repeats: Mapping[str, int]) -> str:
    """Return a run's name: its cell, and which repeat it is of how many."""
    of, _, number = path.rpartition("/")
    if not number.isdigit():
        return path
    if repeats.get(of) == 1:
        return cell(of)
    return f"{cell(of)} · {int(number) + 1}" + (f" of {repeats[of]}" if of in repeats else "")


def several(of: str, repeats: Mapping[str, int], outputs: Sequence[str]) -> str:
    """Return the name of the repeats of a cell that one job makes."""
    numbers = sorted({int(n) + 1 for n in map(_stem, outputs) if n.isdigit()})
    if not numbers:
        return cell(of)
    first, last = numbers[0], numbers[-1]
    row = last - first == len(numbers) - 1
    which = f"{first} to {last}" if row else ", ".join(map(str, numbers))
    return f"{cell(of)} · {which}" + (f" of {repeats[of]}" if of in repeats else "")


def _stem(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def cell(path: str) -> str:
    """Return a cell's name: benchmark, configuration, variation, place."""
    parts = path.split("/")
    if len(parts) != 5:
        return path
    environment, device, benchmark, configuration, variation = parts
    what = [benchmark, configuration, *([] if variation == "baseline" else [variation])]
    where = environment if environment == device else f"{environment} on {device}"
    return f"{' '.join(what)} · {where}"


def lasting(seconds: float) -> str:
    """Return how long something took."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def left(seconds: float) -> str:
    """Return about how long it still takes; nobody needs it closer than to ten seconds."""
    if seconds < 55:
        return f"about {max(10, 10 * round(seconds / 10))} s left"
    return f"about {lasting(max(100, seconds)) if seconds > 90 else '1 min'} left"


@dataclass(frozen=True)
class Line:
    """A line: what is said, and how far it all is; the latter in longer and shorter words."""

    said: str
    ending: str
    counts: tuple[str, ...]

    def fitted(self, width: int | None) -> str:
        """Return it in at most so many columns: shorter counts first, then a shorter name."""
        forms = [f"{self.said} … {self.ending}   [{count}]" for count in self.counts]
        forms.append(f"{self.said} … {self.ending}")
        if width is None:
            return forms[0]
        fitting = (form for form in forms if len(form) <= width)
        if found := next(fitting, None):
            return found
        tail = f" … {self.ending}"
        return cut(self.said, width - len(tail)) + tail if len(tail) < width else cut(tail, width)


def cut(text: str, width: int) -> str:
    """Return a text in at most so many columns, with a sign where something is missing."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…" * (width > 0)
