"""The differing tensor: planted faults are named in causal order, with their exact size."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.tensors import Arrays, arrays, kept, nudge
from workflows.compare.difference import Difference, Phase
from workflows.compare.growth import LATER, of_tensors, window
from workflows.compare.locate import locate


def place(phase: Phase, step: int | None = 3, tensor: str | None = None) -> Difference:
    return Difference(phase=phase, step=step, tensor=tensor)


def test_control_equal_tensors_have_no_place() -> None:
    a, b = kept(arrays()), kept(arrays())
    for phase in ("batch", "loss", "gradients", "weights"):
        assert locate(a, b, Difference(phase=phase, step=3)) is None
    assert locate(a, b, place("initial weights", None)) is None


@pytest.mark.parametrize(
    ("phase", "step", "key", "tensor"),
    [
        ("initial weights", None, "initial/first.bias", "first.bias"),
        ("batch", 3, "3/batch/2", "2"),
        ("loss", 4, "4/loss", None),
        ("gradients", 13, "13/gradients/first.bias", "first.bias"),
        ("weights", 3, "3/weights/last.weight", "last.weight"),
    ],
)
def test_one_bit_is_named_with_one_ulp(
    phase: Phase, step: int | None, key: str, tensor: str | None
) -> None:
    faulty = arrays()
    nudge(faulty, key)
    found = locate(kept(arrays()), kept(faulty), place(phase, step))
    assert found is not None and found.size is not None
    assert found.place == place(phase, step, tensor)
    assert (found.differing, found.size.differing) == (1, 1)
    assert found.size.ulp == (None if phase == "batch" else 1)
    assert (found.values is None) == (phase == "batch")
    assert found.values is None or found.values[0] != found.values[1]


def test_the_gradient_nearest_the_loss_is_named_not_the_first_registered() -> None:
    faulty = arrays()
    for name in ("first.weight", "first.bias", "last.weight"):
        nudge(faulty, f"3/gradients/{name}")
        nudge(faulty, f"3/weights/{name}")
    a, b = kept(arrays()), kept(faulty)
    gradients, weights = (
        locate(a, b, Difference(phase=p, step=3)) for p in ("gradients", "weights")
    )
    assert gradients is not None and gradients.place.tensor == "last.weight"
    assert gradients.differing == gradients.tensors == 3
    assert weights is not None and weights.place.tensor == "first.weight", "as registered"


def test_batches_come_by_their_index() -> None:
    faulty = arrays()
    nudge(faulty, "3/batch/10")
    nudge(faulty, "3/batch/2")
    found = locate(kept(arrays()), kept(faulty), place("batch"))
    assert found is not None and found.place.tensor == "2"


def test_a_missing_tensor_another_shape_or_type_is_a_difference_in_words() -> None:
    def faulty(change: Arrays, *left_out: str) -> Arrays:
        found = {**arrays(), **change}
        return {key: value for key, value in found.items() if key not in left_out}

    key = "3/gradients/last.weight"
    missing = locate(kept(arrays()), kept(faulty({}, key)), place("gradients"))
    assert missing is not None and missing.size is None
    assert (missing.place.tensor, missing.note) == ("last.weight", "only the left side has it")
    shape = locate(kept(arrays()), kept(faulty({key: np.zeros((2, 3), "u2")})), place("gradients"))
    assert shape is not None and shape.note == "bfloat16 [2, 4] against bfloat16 [2, 3]"
    other = kept(arrays(), {key: "torch.float16"})
    types = locate(kept(arrays()), other, place("gradients"))
    assert types is not None and types.note == "bfloat16 [2, 4] against float16 [2, 4]"


def test_a_step_that_was_not_kept_names_nothing() -> None:
    faulty = arrays()
    nudge(faulty, "3/loss")
    assert locate(kept(arrays()), kept(faulty), place("loss", 5)) is None
    for phase in ("printed", "final weights"):
        assert locate(kept(arrays()), kept(faulty), Difference(phase=phase)) is None


@pytest.mark.parametrize(
    ("step", "steps", "expected"),
    [
        (0, 2000, [0, 1, 10, 100, 1000]),
        (500, 1000, [500, 501, 510, 600, 999]),
        (998, 1000, [998, 999]),
        (999, 1000, [999]),
    ],
)
def test_window(step: int, steps: int, expected: list[int]) -> None:
    assert window(step, steps) == expected
    assert LATER == (0, 1, 10, 100, 1000)


def test_growth_of_kept_tensors() -> None:
    faulty = arrays()
    nudge(faulty, "3/weights/first.bias")
    for key in ("4/weights/first.bias", "4/weights/first.weight"):
        nudge(faulty, key, 0)
        nudge(faulty, key, 2)
    faulty["13/loss"] = faulty["13/loss"] * np.float32(2)
    rows = of_tensors(kept(arrays()), kept(faulty), 3)
    assert [(row.later, row.step) for row in rows] == [(0, 3), (1, 4), (10, 13)]
    weights = [row.weights for row in rows if row.weights]
    assert [(w.elements, w.differing, w.ulp) for w in weights] == [
        (24, 1, 1),
        (24, 4, 1),
        (24, 0, 0),
    ]
    losses = [row.loss for row in rows if row.loss]
    assert [loss.differing for loss in losses] == [0, 0, 1]
    assert (losses[2].ulp, losses[2].relative) == (2**23, 0.5)
