"""Printing noise: what two equal trainings may print otherwise, such as the time. Pure.

What a training gives (a loss, an accuracy, a digest, a number of steps) is never noise: a pattern
takes the form or the words of what it names, and no number that `RESULT` stands right before. The
order of what is printed counts too, that of a set of words for example: where it shows in a line
it can show in the training, and a setting cures it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

Own = tuple[tuple[str, str], ...]
"""Patterns of one's own: names with regular expressions."""

RESULT = re.compile(
    r"(?i)(?:loss|acc|accuracy|error|err|mae|mse|rmse|mape|auc|f1|score|perplexity|ppl|bleu|iou|"
    r"precision|recall|reward|return|metric|r2|nll|kl|elbo|grad|gradient|norm|lr|weights?|"
    r"seed|sha256|digest|hash|checksum)(?: ?\([^()]*\))?['\"]?\s*(?:[:=(\[]|is|was|of)?\s*[-+]?$"
)
NEAR = 40
"""Characters before a number in which `RESULT` is looked for."""

_NUMBER = r"(?>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"
_BROKEN = r"(?>\d+\.\d+(?:[eE][-+]?\d+)?)(?!\s*(?:epoch|step|iter|batch|sample|update|token))"
_SHORT = r"(?:ns|[uµμ]s|ms|s|sec)"
_LONG = r"(?:ns|[uµμ]s|ms|s|secs?|(?:nano|micro|milli)?seconds?|minutes?|hours?)"
_CLOCK = r"\d{1,2}:[0-5]\d:[0-5]\d(?:[.,]\d+)?"
_REST = r"\d+:[0-5]\d(?::[0-5]\d)?"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_PART = r"[^\s/'\"`,;:()<>\[\]]+"
_START = r"(?<![\w.])"
_PADDED = rf"(?:(?<=,) +)?{_START}"  # to a width, as in a bar
_IS = r"['\"]?\s*[:=]\s*['\"]?"
_MAY = r"['\"]?\s*[:=]?\s*"

NOISE = (
    ("a path", rf"(?:/{_PART})*/\.\d+\.[a-z0-9_]{{8}}(?:/run)?(?!\w)"),  # where a launch works
    ("a path", rf"(?:/{_PART})*/(?=(?:site|dist)-packages/|lib/python3|benchmarks/)"),
    ("a path", rf"/(?:var/)?tmp/(?:tmp[a-z0-9_]{{6,10}}|{_PART}(?=/))"),
    ("a line of code", r"(?<=\.py:)\d+(?=: \w*Warning\b)"),
    ("the number of the repeat", r"--repeat['\",=\s]+\d+"),
    ("a time stamp", rf"\b\d{{4}}-[01]\d-[0-3]\d[T _]{_CLOCK}(?:\s?(?:Z|UTC|[+-]\d\d:?\d\d)\b)?"),
    ("a time stamp", r"\b20\d\d[01]\d[0-3]\d[-_T]?[0-2]\d[0-5]\d[0-5]\d\b"),
    ("a time stamp", rf"\b{_DAY} {_MONTH} [ \d]\d {_CLOCK}(?: [A-Z]{{3,4}})? \d{{4}}\b"),
    ("a time stamp", rf"\b{_DAY}, \d\d {_MONTH} \d{{4}} {_CLOCK}(?: (?:GMT|[+-]\d{{4}})\b)?"),
    ("a time stamp", rf"(?i)\b(?:time(?:stamp)?|now){_MAY}1[5-9]\d{{8}}(?:\.\d+)?\b"),
    ("a progress bar", rf"{_REST}<(?:\?|{_REST})"),
    ("a progress bar", rf"(?<=\[){_REST}(?=, )"),
    ("a progress bar", r"\bETA:?\s*(?:\d+:)*\d+s?\b"),
    ("a time stamp", rf"{_START}(?:\d+ days?, )?{_CLOCK}(?: ?[AP]M)?(?![\w:])"),
    (
        "a rate",
        rf"{_PADDED}(?:{_NUMBER}|\?) ?[kKMG]? ?[A-Za-z]*/(?:s|sec|second|min|minute|h|hour)\b",
    ),
    ("a rate", rf"{_PADDED}{_NUMBER} ?{_SHORT}/[A-Za-z]+\b"),
    ("a rate", rf"{_START}{_NUMBER} [A-Za-z]+ per (?:sec|second|minute)\b"),
    ("a rate", rf"(?i)\b(?:throughput|fps|ips|\w+/s(?:ec)?|\w+_per_sec(?:ond)?){_IS}{_NUMBER}"),
    ("a duration", rf"{_START}\d+(?:h ?\d+m(?: ?\d+(?:\.\d+)?s)?|m ?\d+(?:\.\d+)?s)\b"),
    ("a duration", rf"{_START}{_NUMBER}(?: ?{_LONG}|mins?|hrs?|h)\b(?!/)"),
    ("a duration", rf"(?i)\b(?:took|elapsed){_MAY}{_BROKEN}"),
    ("a duration", rf"(?i)\b[a-z]+_runtime{_IS}{_NUMBER}"),  # Hugging Face's, in four digits
    (
        "a duration",
        rf"(?i)\b(?:\w+[ _])?(?:run|wall[ _-]?)?(?:time|duration|seconds){_IS}{_BROKEN}",
    ),
    (
        "a process number",
        r"(?i)(?<![a-z])(?:p?pid|process[ _]id|thread[ _]id)\b['\"]?\s*[:=#]?\s*\d+\b",
    ),
    ("a memory address", r"(?<= at )0x[0-9a-fA-F]+(?=>)"),
    ("a memory address", r"\b0x(?:0000)?(?:5[56]|7[ef]|aa|ff)[0-9a-f]{10}\b"),
    ("a memory address", r"\b(?:1(?:39|40)\d{12}|9[345]\d{12})\b"),  # the same, as `id` gives it
    (
        "a UUID",  # versions 1 and 4, of the clock and of chance: the others are of contents
        r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[14][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b",
    ),
)
"""What is recognised, in this order, under the names that a note gives it."""

_APART = r"(?<![0-9A-Za-z.])", r"(?![0-9A-Za-z])"
_MONTHS, _DAYS = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_DATE = rf"20\d\d([-_.]?){_MONTHS}\1{_DAYS}"
_DATES = rf"(?:2\d{_MONTHS}{_DAYS}|{_DAYS}([-_.]){_MONTHS}\1(?:20)?\d\d|{_MONTH}[-_]?\d\d)"
"""Dates that are one where a time stands behind them alone."""
_HOURS, _MINUTES = r"(?:[01]\d|2[0-3])", r"[0-5]\d"
_TIME = rf"{_HOURS}{_MINUTES}{_MINUTES}"
"""No time by itself: a step is padded with zeros to as many digits."""
STAMPED = (
    ("an event file's name", r"(?<=\.tfevents\.)1[5-9]\d{8}\.[^/]+?\.\d+(?=\.\d+)"),
    ("a run's name", r"(?<![0-9A-Za-z])run-20\d{6}_\d{6}-[a-z0-9]{8}(?![0-9A-Za-z])"),
    ("a temporary name", r"(?<![0-9A-Za-z.])tmp[a-z0-9_]{8}(?![0-9A-Za-z_])"),
    *(
        ("a time stamp", each.join(_APART))
        for each in (
            rf"{_DATE}(?:[-_.T /]?{_HOURS}([-_.]?){_MINUTES}\2{_MINUTES})?",
            rf"{_DATES}[-_T /]{_TIME}",
            rf"(?i:(?:date)?time|clock|(?:time)?stamp)[-_= ]?{_TIME}",
            rf"{_HOURS}([-_.]){_MINUTES}\1{_MINUTES}",
            r"1[5-9]\d{8}(?:\.\d+)?",
        )
    ),
)
"""What the name of a file may have of the clock and of chance, too: `2026-11-26_094503`, seconds,
`time-094503`, `tempfile`'s names, TensorBoard's (time, host, process), those of W&B's runs.
"""

LIBRARY = re.compile(
    rf"\[[WEIF]\d{{4}} {_CLOCK} .*|\S*/(?:(?:site|dist)-packages|lib/python3\.\d+)/\S+\.py:\d+: "
    r"\w*Warning: .*"
)
"""A library's own warning: on another processor or release it gives others. On standard error
alone, with the line of code that follows it, it does not count.
"""
EMULATOR = re.compile(
    r"qemu-x86_64(?:-static)?: warning: TCG doesn't support requested feature: .*"
)
"""What QEMU says of the processor that it was asked to emulate: no line of the program either."""
WARNED = {"a library's warning": LIBRARY, "the emulator's warnings": EMULATOR}
"""What does not count on standard error, by the names that a note gives it."""
SHOWN = ("a progress bar", r" *\d{1,3}%\|[^|]*\|\s*\d+(?=/\d+ \[[^,\]]*,[^,\]]*\]$)")
"""How far a bar was when another line broke it off: on standard error alone, where bars go, and
where no result stands in it. Its whole length counts.
"""


class Line(NamedTuple):
    """A line that counts: its number from 1, as it was printed, without noise, and the noise."""

    number: int
    printed: str
    plain: str
    noise: tuple[tuple[str, str], ...]


LONG = 10_000
"""Characters from which on a line is not remembered with its noise."""


def counted(lines: Sequence[str], own: Own = (), *, errors: bool = False) -> list[Line]:
    """Return the lines that count; `errors`: they were printed on standard error."""
    found, quoted = [], False
    own = (*own, SHOWN) if errors else own
    for number, line in enumerate(lines, 1):
        library = LIBRARY.match(line) if errors else None
        aside = library or (errors and EMULATOR.match(line))
        if not aside and not (quoted and line.startswith("  ")):
            found.append(Line(number, line, *without(line, own)))
        quoted = bool(library) and not line.startswith("[")  # Python quotes a line of code
    return found


def without(line: str, own: Own = ()) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return a line with its noise named instead, and the noise: (name, text) each."""
    if not (own or any(c.isdigit() or c in "/?" for c in line)):
        return line, ()
    return _remembered(line, own) if len(line) < LONG else _without(line, own)


def _without(line: str, own: Own) -> tuple[str, tuple[tuple[str, str], ...]]:
    found: list[tuple[str, str]] = []
    for name, pattern in _patterns(own):

        def named(match: re.Match[str], name: str = name) -> str:
            text, start = match.string, match.start()
            if RESULT.search(text, max(0, start - NEAR), start):
                return match[0]
            found.append((name, match[0]))
            return f"\ue000{name}\ue000"

        line = pattern.sub(named, line)
    return line, tuple(found)


_remembered = lru_cache(maxsize=2**16)(_without)


@lru_cache
def _patterns(own: Own) -> list[tuple[str, re.Pattern[str]]]:
    return [(name, re.compile(pattern)) for name, pattern in (*own, *NOISE)]


def named(a: Iterable[Line], b: Iterable[Line]) -> dict[str, list[int]]:
    """Return which noise differs between lines that are equal without: its lines by its name."""
    found: dict[str, list[int]] = {}
    for left, right in zip(a, b, strict=True):
        for ours, theirs in zip(left.noise, right.noise, strict=True):
            if ours != theirs and left.number not in found.setdefault(ours[0], []):
                found[ours[0]].append(left.number)
    return found
