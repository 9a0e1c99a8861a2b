"""What close looks add to cells and answers: the tensor, and never that of another pair."""

from __future__ import annotations

from typing import Any

from workflows.compare.close_look import Closer, Located
from workflows.compare.difference import Difference
from workflows.experiment.specification import Combination
from workflows.matrix.close_looks import of_kept, with_tensor
from workflows.matrix.variations import Kept

PLACE = Difference(phase="gradients", step=0)


def look(tensor: str, step: int = 0) -> Closer:
    place = Difference(phase="gradients", step=step, tensor=tensor)
    located = Located(place=place, size=None, differing=1, tensors=2)
    return Closer(left="a", right="b", difference=PLACE, located=located)


def combination(variation: str) -> Combination:
    return Combination(
        environment="cpu", device="cpu", benchmark="toy", configuration="seeded",
        variation=variation,
    )  # fmt: skip


def kept(**fields: Any) -> Kept:
    base: dict[str, Any] = {
        **combination("user").model_dump(), "baseline": combination("baseline"),
        "varied": combination("user"), "steps": 9, "repeats": 2, "first_difference": PLACE,
        "answer": "lost", "reason": None,
    }  # fmt: skip
    return Kept(**{**base, **fields})


def test_a_tensor_is_taken_from_the_same_place_only() -> None:
    assert str(with_tensor(PLACE, look("w"))) == "gradients at step 0 (w)"
    assert with_tensor(PLACE, look("w", step=3)) == PLACE
    assert with_tensor(PLACE, None) == PLACE and with_tensor(None, look("w")) is None
    known = Difference(phase="gradients", step=0, tensor="v")
    assert with_tensor(known, look("w")) == known, "what the records say stands"


def test_the_tensor_is_that_of_the_pair_that_differs() -> None:
    looks = {
        "variation/cpu/cpu/toy/seeded/user": look("of the variation"),
        "repeats/cpu/cpu/toy/seeded/user": look("of its repeats"),
        "repeats/cpu/cpu/toy/seeded/baseline": look("of the baseline"),
    }
    answers = [kept(), kept(reason="not by itself"), kept(answer="open", reason="baseline")]
    found = [str(each.first_difference) for each in of_kept(answers, looks)]
    names = ("of the variation", "of its repeats", "of the baseline")
    assert found == [f"gradients at step 0 ({name})" for name in names]
