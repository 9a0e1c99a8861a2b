"""What a benchmark's file says of it: constants, read from its text without running it."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
GIVEN = 3
"""What every `train` is given: device, steps, data."""
FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "STEPS": (lambda v: type(v) is int and v > 0, "a number of steps; write STEPS = 500"),
    "OPTIONS": (
        lambda v: isinstance(v, dict) and all(isinstance(name, str) for name in v),
        'options with their defaults; write OPTIONS = {"width": 32}, or {}',
    ),
    "DATA": (lambda v: v is None or isinstance(v, str), "a data set's name; write DATA = None"),
    "PUBLISHED": (
        lambda v: v is None or (isinstance(v, dict) and {*v} == {"seed", "lines"}),
        'what was once printed; write PUBLISHED = None, or {"seed": 3, "lines": ["99 10.65"]}',
    ),
}
"""The constants of every benchmark: what each may be, and in words."""
PROBE, COMMAND = "PROBE", "COMMAND"
"""Two more: of those that are probes, and of those that are commands, which have no `train`."""
MORE: dict[str, tuple[Callable[[Any], bool], str]] = {
    PROBE: (lambda v: isinstance(v, dict), "a dict"),
    COMMAND: (
        lambda v: isinstance(v, list) and len(v) > 0 and all(isinstance(word, str) for word in v),
        'a list of words; write COMMAND = ["python", "train.py"]',
    ),
}


@dataclass(frozen=True)
class Described:
    """Constants by name, the lines that they stand on, and what is wrong: FILE:LINE and the fix.

    With a fault there are no constants: nothing is run by half of a description.
    """

    constants: dict[str, Any]
    lines: dict[str, int]
    fault: str | None = None


class Fault(Exception):  # noqa: N818 (an answer about a file, kept for whoever asks for it)
    """What is wrong with a benchmark's file, and on which line."""

    def __init__(self, line: int, text: str) -> None:
        """Keep both."""
        super().__init__(text)
        self.line = line


@cache
def described(path: Path) -> Described | None:
    """Return what a file says of the benchmark in it; None if it is none.

    One is meant where a function `train` takes what every benchmark is given, or STEPS stands
    there; a file that cannot be read at all may have been meant. Read once: what a run opens later
    is its own.
    """
    lines: dict[str, int] = {}
    try:
        found = _constants(_statements(path), lines)
        if found and COMMAND in found and not path.with_suffix("").is_dir():
            text = f"there is no folder {path.stem}/ beside it; put the program's files there"
            raise Fault(lines[COMMAND], text)
    except Fault as fault:
        file = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
        return Described({}, lines, f"{file}:{fault.line}: {fault}")
    return None if found is None else Described(found, lines)


def _statements(path: Path) -> list[ast.stmt]:
    try:
        return ast.parse(path.read_bytes(), str(path)).body
    except SyntaxError as error:
        raise Fault(error.lineno or 1, f"not Python: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise Fault(1, f"not Python: {error}") from None


def _constants(body: list[ast.stmt], lines: dict[str, int]) -> dict[str, Any] | None:
    """Return the constants, and fill in their `lines`; raise `Fault` for the first thing wrong."""
    values = {name: value for node in body for name, value in _assigned(node)}
    lines |= {name: node.lineno for name, node in values.items()}
    if COMMAND in values:
        return _of_command(values, lines)
    trains = next((n for n in body if isinstance(n, ast.FunctionDef) and n.name == "train"), None)
    meant = trains and len([*trains.args.posonlyargs, *trains.args.args]) >= GIVEN
    if not meant and "STEPS" not in values:
        return None
    if trains is None:
        raise Fault(lines["STEPS"], "STEPS, but no train; write def train(device, steps, data):")
    for name in FORMS:
        if name not in values:
            text = f"{name} is missing: expected {FORMS[name][1]}"
            raise Fault(trains.lineno, text)
    if not any(_gives(node) for node in ast.walk(trains)):
        text = "train yields nothing: expected Start once, then a Step after each update; write"
        raise Fault(trains.lineno, f"{text} yield Start(model) and yield Step((x,), loss)")
    return {name: _value(name, node) for name, node in values.items()}


def _of_command(values: dict[str, ast.expr], lines: dict[str, int]) -> dict[str, Any]:
    """Return the constants of a benchmark that is a command."""
    if "STEPS" not in values:
        text = "STEPS is missing: expected the number of steps that the command takes"
        raise Fault(lines[COMMAND], text)
    found = {name: _value(name, node) for name, node in values.items()}
    if found.get("OPTIONS"):
        raise Fault(lines["OPTIONS"], "OPTIONS: a command has none; write them into COMMAND")
    return {"OPTIONS": {}, "DATA": None, "PUBLISHED": None, **found}


def _gives(node: ast.AST) -> bool:
    if isinstance(node, ast.Return):
        return node.value is not None
    return isinstance(node, ast.Yield | ast.YieldFrom)


def _assigned(node: ast.stmt) -> list[tuple[str, ast.expr]]:
    """Return the constants that a statement assigns, with their expressions."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return [(name, node.value) for name in names if name in FORMS or name in MORE]


def _value(name: str, node: ast.expr) -> Any:
    try:
        value = ast.literal_eval(node)
        json.dumps(value, allow_nan=False)
    except (ValueError, TypeError, RecursionError, MemoryError):
        raise Fault(
            node.lineno,
            f"{name} = {ast.unparse(node)}: expected a plain literal of numbers, texts, lists and "
            "dicts, which is read without running the file; write its value",
        ) from None
    fits, expected = (FORMS | MORE)[name]
    if not fits(value):
        raise Fault(node.lineno, f"{name} = {ast.unparse(node)}: expected {expected}")
    return value
