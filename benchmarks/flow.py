"""Which calls of a source file are given what other calls return: read from its text, not run.

Followed are expressions, names of the same function or of the module, attributes of `self`, and
what functions of the same file return.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeGuard

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What takes a seed, and where a seed that is another in every run comes from.
SEEDING = _names(
    "seed manual_seed manual_seed_all Random default_rng RandomState SeedSequence PCG64 MT19937 "
    "Philox SFC64 set_seed seed_everything"
)
CLOCKS = _names(
    "time time_ns perf_counter perf_counter_ns monotonic monotonic_ns process_time process_time_ns "
    "now utcnow today times"
)
PROCESS = _names("getpid getppid get_ident get_native_id")
SYSTEM = _names(
    "urandom getrandom uuid1 uuid4 randbits randbelow token_bytes token_hex SystemRandom getloadavg"
)
OUTSIDE = CLOCKS | PROCESS | SYSTEM


class Flow(NamedTuple):
    """A call that is given what others return: its lines, its function, its text, the others'."""

    lines: range
    function: str
    text: str
    given: frozenset[str]
    given_lines: frozenset[int]


@cache
def handed(path: str, into: frozenset[str], made_by: frozenset[str]) -> tuple[range, ...]:
    """Return the lines of the calls in `into` that are given what a call made, as it is.

    Under a name too, where all that the name ever holds is made by such calls.
    """
    file = _parsed(path)
    return tuple(
        _lines(call)
        for call, scope, _ in file.calls
        if name_of(call) in into and any(file.is_call(a, scope, made_by) for a in call.args)
    )


@cache
def flows(path: str, into: frozenset[str], out_of: frozenset[str]) -> tuple[Flow, ...]:
    """Return the calls of a name in `into` that are given what calls in `out_of` return."""
    file = _parsed(path)
    found = []
    for call, scope, function in file.calls:
        if name_of(call) in into:
            parts = [*call.args, *(keyword.value for keyword in call.keywords)]
            calls = [one for part in parts for one in file.reaching(part, scope, out_of, set())]
            if calls:
                names = frozenset(name_of(one) for one in calls)
                at = frozenset(one.lineno for one in calls)
                found.append(Flow(_lines(call), function, ast.unparse(call.func), names, at))
    return tuple(found)


def name_of(call: ast.Call) -> str:
    """Return the last part of what is called: `seed` of `random.seed(3)`."""
    called = call.func
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def _lines(call: ast.Call) -> range:
    return range(call.lineno, (call.end_lineno or call.lineno) + 1)


@cache
def _parsed(path: str) -> _File:
    try:
        return _File(ast.parse(Path(path).read_text(encoding="utf-8")))
    except (OSError, SyntaxError, ValueError):
        return _File(ast.Module([], []))


class _File:
    """The calls, functions and assignments of one file."""

    def __init__(self, tree: ast.Module) -> None:
        self.calls: list[tuple[ast.Call, ast.AST, str]] = []
        self._functions: dict[str, Function] = {}
        self._assigned: dict[tuple[ast.AST | None, str], list[ast.expr]] = {}
        self._module = tree
        self._visit(tree, tree, "")

    def _visit(self, node: ast.AST, scope: ast.AST, path: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner, name = scope, path
            if isinstance(child, Function):
                inner, name = child, f"{path}.{child.name}".lstrip(".")
                self._functions[child.name] = child
            elif isinstance(child, ast.ClassDef):
                name = f"{path}.{child.name}".lstrip(".")
            elif isinstance(child, ast.Call):
                self.calls.append((child, scope, path or "<module>"))
            for target, value in _assignments(child):
                if isinstance(target, ast.Name):
                    self._assigned.setdefault((scope, target.id), []).append(value)
                elif _is_of_self(target):
                    self._assigned.setdefault((None, target.attr), []).append(value)
            self._visit(child, inner, name)

    def _values(self, name: str, scope: ast.AST) -> tuple[ast.AST, list[ast.expr]]:
        """Return what a name is assigned as it is seen in `scope`, and where that stands."""
        given = [one.arg for one in ast.walk(scope) if isinstance(one, ast.arg)]
        own = (scope, name) in self._assigned or name in given
        where = scope if own else self._module
        return where, self._assigned.get((where, name), [])

    def is_call(
        self, node: ast.AST, scope: ast.AST, made_by: frozenset[str], depth: int = 4
    ) -> bool:
        """Say whether a value is what a call in `made_by` returned, with nothing done to it."""
        if isinstance(node, ast.Call):
            return name_of(node) in made_by
        if not isinstance(node, ast.Name) or not depth:
            return False
        where, values = self._values(node.id, scope)
        return bool(values) and all(self.is_call(v, where, made_by, depth - 1) for v in values)

    def reaching(
        self, node: ast.AST, scope: ast.AST, out_of: frozenset[str], seen: set[ast.AST]
    ) -> Iterator[ast.Call]:
        """Yield the calls in `out_of` whose values are part of what `node` evaluates to."""
        for part in ast.walk(node):
            if part in seen:
                continue
            seen.add(part)
            further: list[tuple[ast.AST, ast.AST]] = []
            if isinstance(part, ast.Call):
                if name_of(part) in out_of:
                    yield part
                elif isinstance(part.func, ast.Name) and part.func.id in self._functions:
                    inner = self._functions[part.func.id]
                    returned = (one for one in ast.walk(inner) if isinstance(one, ast.Return))
                    further = [(one.value, inner) for one in returned if one.value]
            elif isinstance(part, ast.Name):
                where, values = self._values(part.id, scope)
                further = [(one, where) for one in values]
            elif _is_of_self(part):
                further = [(one, scope) for one in self._assigned.get((None, part.attr), [])]
            for other, where in further:
                yield from self.reaching(other, where, out_of, seen)


def _is_of_self(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )


def _assignments(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Assign):
        return [(target, node.value) for target in node.targets]
    if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value:
        return [(node.target, node.value)]
    return []
