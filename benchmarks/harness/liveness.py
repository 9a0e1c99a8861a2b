"""Which local variables of a suspended frame will be read again.

A local that is written before it is next read (the loss of the step that ends, scratch memory)
carries nothing forward, and its memory may never have been set. An ordinary backward dataflow
analysis of the byte code tells: live before = (live after - written) + read. Any instruction that
a handler guards may raise, which errs on the side of too many.
"""

from __future__ import annotations

import dis
import re
from collections.abc import Iterator
from functools import cache
from types import CodeType

ACCESS = re.compile(r"(LOAD|STORE|DELETE)_FAST")
"""One part of the name of an instruction that uses locals; some use two."""
GOES_ON_ELSEWHERE = {
    "RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD", "JUMP_ABSOLUTE",
    "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "INTERPRETER_EXIT",
}  # fmt: skip
JUMPS = {*dis.hasjrel, *dis.hasjabs}


@cache
def live(code: CodeType, last: int) -> frozenset[str]:
    """Return the names that a frame of `code` may read after the instruction at offset `last`.

    Variables that other functions share (cells) always count.
    """
    shared = frozenset((*code.co_cellvars, *code.co_freevars))
    reading = [names for offset, names in after(code) if offset <= last]
    return shared | (reading[-1] if reading else frozenset(code.co_varnames))


@cache
def after(code: CodeType) -> list[tuple[int, frozenset[str]]]:
    """Return, for each instruction's offset in order, the locals that are live after it."""
    instructions = list(dis.get_instructions(code))
    index = {instruction.offset: i for i, instruction in enumerate(instructions)}
    handlers = [(range(start, end), index[target]) for start, end, target in guarded(code)]
    follow = []
    for i, one in enumerate(instructions):
        falls = one.opname not in GOES_ON_ELSEWHERE and i + 1 < len(instructions)
        jumps = [index[one.argval]] if one.opcode in JUMPS else []
        raised = [target for where, target in handlers if one.offset in where]
        follow.append([*([i + 1] if falls else []), *jumps, *raised])
    before: list[frozenset[str]] = [frozenset()] * len(instructions)
    changed = True
    while changed:
        changed = False
        for i in reversed(range(len(instructions))):
            now = frozenset().union(*(before[j] for j in follow[i]))
            for reads, name in reversed([*accesses(instructions[i])]):
                now = now | {name} if reads else now - {name}
            changed, before[i] = changed or now != before[i], now
    left = [frozenset().union(*(before[j] for j in then)) for then in follow]
    return [(one.offset, names) for one, names in zip(instructions, left, strict=True)]


def guarded(code: CodeType) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and handler of each guarded stretch of code, as offsets in bytes.

    The format: Objects/exception_handling_notes.txt of CPython 3.11 and later.
    """
    table = iter(code.co_exceptiontable)

    def number(byte: int) -> int:
        value = byte & 63
        while byte & 64:
            byte = next(table)
            value = value << 6 | byte & 63
        return value

    for first in table:
        start, length, target, _ = (number(first), *(number(next(table)) for _ in range(3)))
        yield 2 * start, 2 * (start + length), 2 * target


def accesses(instruction: dis.Instruction) -> Iterator[tuple[bool, str]]:
    """Yield each local that an instruction uses, in order, and whether it reads it."""
    kinds = ACCESS.findall(instruction.opname)
    value = instruction.argval
    names = value if isinstance(value, tuple) else (value,) * len(kinds)
    for kind, name in zip(kinds, names, strict=False):
        yield kind == "LOAD", name
