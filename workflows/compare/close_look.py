"""A close look at the first difference of two runs: what it holds, and how it is filled."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflows.common.models import Model
from workflows.compare.difference import Difference
from workflows.runs.watched import Source

RerunOutcome = Literal[
    "shown again at the same place", "shown elsewhere", "not shown again", "not possible"
]
BY_OPERATOR = "operator by operator: "
"""Stands before what `Parted` says."""
Kind = Literal["operator", "draw", "received", "asked", "elsewhere", "unwritten", "flow"]
LEFT: dict[Kind, str] = {
    "operator": "is given equal bits, and leaves others",
    "draw": "draws other numbers",
    "received": "is given equal bits, and receives others from the processes that it trains with",
    "asked": "is asked otherwise",
    "elsewhere": "is given other bits that no operator left so: they come from Python, NumPy, a "
    "file, a library or a compiled function, or another thread or process wrote them",
    "unwritten": "reads memory as it was found, which nothing has written",
    "flow": "is carried out by one of them alone, or elsewhere: the program went another way",
}


class Distance(Model):
    """How far two tensors are apart; each largest is over its own pairs of elements.

    A pair counts as differing when its bits differ, so -0.0 and 0.0 do, and two NaN of other
    payload. Of the differing pairs `ulp` leaves out those with a NaN, `relative` and `absolute`
    those with an infinity too; each is 0 where no pair differs, and None where no differing pair
    is left or where it has no meaning for the type.
    """

    elements: int
    differing: int = Field(description="elements whose bits differ")
    ulp: int | None = Field(None, description="largest distance in units in the last place")
    relative: float | None = Field(None, description="largest |a - b| / max(|a|, |b|)")
    absolute: float | None = Field(None, description="largest |a - b|")
    not_finite: int = Field(0, description="differing pairs with a NaN or an infinity in them")

    @property
    def share(self) -> float:
        """The share of elements that differ, 0 to 1."""
        return self.differing / self.elements if self.elements else 0.0

    def __str__(self) -> str:
        """Say it in words."""
        parts = [f"{self.differing} of {self.elements} elements differ"]
        parts += [f"by {self.ulp} ULP at most"] if self.ulp is not None else []
        parts += [f"{self.relative:.2g} relative"] if self.relative is not None else []
        parts += [f"{self.absolute:.2g} absolute"] if self.absolute is not None else []
        parts += [f"{self.not_finite} with NaN or infinity"] if self.not_finite else []
        return ", ".join(parts)


def ulp(size: Distance | None) -> str:
    """Return the ULP for a table, empty where unknown."""
    return "" if size is None or size.ulp is None else str(size.ulp)


def relative(size: Distance | None, digits: int = 1) -> str:
    """Return the relative difference for a table, empty where unknown."""
    return "" if size is None or size.relative is None else f"{size.relative:.{digits}e}"


class Located(Model):
    """The first differing tensor of the phase in which two runs part, and how far it is apart."""

    place: Difference
    size: Distance | None = Field(None, description="None where the tensors have no elements alike")
    note: str | None = Field(None, description="what differs other than elements")
    values: tuple[float, float] | None = Field(
        None, description="left and right: of the finite elements that differ, the pair most ULP "
        "apart; None where there is none, or where the type has no ULP"
    )  # fmt: skip
    differing: int = Field(description="tensors of this phase that differ")
    tensors: int = Field(description="tensors of this phase")


class Growth(Model):
    """The size of a difference some steps after it began."""

    later: int = Field(description="steps after the first difference")
    step: int
    loss: Distance | None = Field(None, description="`ulp` in the type of the loss, where known")
    weights: Distance | None = Field(None, description="all weights after the step, taken as one")


class Operator(Model):
    """What one operator of a run was given, was asked besides, and left."""

    operator: str = Field(description="as PyTorch names it, `aten.mm.default`")
    place: str | None = Field(description="FILE:LINE in FUNCTION, of a backward pass its forward's")
    text: str | None = Field(description="the call that stands there")
    module: str | None
    backward: bool
    node: str | None = Field(None, description="autograd's, in a backward pass")
    draws: bool = Field(description="whether it takes random numbers")
    given: list[str] = Field(description="fingerprints of the tensors that it reads; `?`: unknown")
    asked: list[str] = Field(description="its other arguments")
    unwritten: str | None = Field(description="where memory was had that it reads unwritten")
    left: list[str] = Field(description="fingerprints of the tensors that it gives or writes")

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes it the same operator in two runs, beside how often it came before."""
        return self.operator, self.place, self.module, self.backward, self.node


class Parted(Model):
    """The first operator at which two runs part in a step, and how."""

    kind: Kind
    operator: Operator = Field(description="of the one run, or of the only one that has it")
    sides: list[str] = Field([], description="what it was asked in the two runs, where that parts")

    def __str__(self) -> str:
        """Say it in words."""
        one = self.operator
        where = f"{one.text} ({one.place})" if one.place else "a line that is not known"
        where = f"the backward pass of {where}" if one.backward else where
        module = f", module {one.module}" if one.module else ""
        how = LEFT[self.kind]
        if self.kind == "unwritten":
            how += f": fill it where it is had ({one.unwritten})"
        sides = f": {' against '.join(self.sides)}" if self.sides else ""
        return f"{one.operator} in {where}{module} {how}{sides}"


class Rerun(Model):
    """What a second look shows; `left` and `right` say how each side's second run fared."""

    outcome: RerunOutcome
    reason: str | None = Field(None, description="why it was not possible, or names no tensor")
    seen: list[Difference | None] = Field(
        [], description="the first difference in each attempt, tensors not yet named"
    )
    steps: int = Field(0, description="steps that the last attempt compared")
    left: Difference | None = Field(None, description="where the left side left its own first run")
    right: Difference | None = Field(None, description="the same of the right side")
    left_repeated: bool | None = Field(None, description="equal to its first run up to the place")
    right_repeated: bool | None = None


class Closer(Model):
    """The first difference of two runs, as closely as it can be told.

    `difference` is what the traces of the two runs say; `located` and `growth` come from kept
    tensors: those beside the records, or those of the re-run where `rerun` says that there was
    one. In a re-run the difference may stand elsewhere: `located.place` says where.
    """

    schema_version: Literal[1] = 1
    left: str = Field(description="the run, as environment/device/benchmark/…")
    right: str | None = Field(description="the run that it was compared with; None: with none")
    difference: Difference | None = Field(description="None: no difference, or see `reason`")
    reason: str | None = Field(None, description="why there is nothing to compare")
    left_out: list[str] = Field([], description="runs that could not be compared, and why")
    located: Located | None = Field(None, description="the tensor and the size")
    beside: list[str] = Field([], description="what else differs between the two sides")
    growth: list[Growth] = Field([], description="loss and weights, from kept tensors")
    losses: list[Growth] = Field([], description="the loss, from the traces")
    rerun: Rerun | None = None
    operator: Parted | None = Field(
        None, description="at which the re-run parts, operator by operator; None: not told"
    )
    sources: list[Source] | None = Field(
        None, description="randomness from outside the seeds and draws, as the re-run observed "
        "them; None: not observed"
    )  # fmt: skip

    @property
    def place(self) -> Difference | None:
        """Where they part: as the tensors tell it, else as the traces do."""
        return self.located.place if self.located else self.difference

    def told(self, place: Difference) -> Parted | None:
        """Return the operator at which they part, where the re-run shows that very place."""
        seen = self.place
        here = seen is not None and (seen.phase, seen.step) == (place.phase, place.step)
        return self.operator if here else None

    @property
    def size(self) -> Distance | None:
        """How far they are apart there."""
        return self.located.size if self.located else None

    @property
    def grown(self) -> list[Growth]:
        """What becomes of it later: by the tensors, else by the losses."""
        return self.growth or self.losses

    @property
    def seen(self) -> str:
        """Where that is known from."""
        return self.rerun.outcome if self.rerun else "from the records"
