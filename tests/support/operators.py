"""An operator at which two runs part, as a close look names it."""

from __future__ import annotations

from workflows.compare.close_look import Operator, Parted

OPERATOR = Operator(
    operator="aten.mm.default", place="train.py:3 in f", text="a @ b", module="0", backward=False,
    draws=False, given=["1"], asked=[], unwritten=None, left=["2"],
)  # fmt: skip
PARTED = Parted(kind="operator", operator=OPERATOR)
