"""Batches of every form: traced by their keys, or refused in one line."""

from __future__ import annotations

import collections
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.harness.trace import Tracer
from tests.torch.watching import CPU, column

Point = collections.namedtuple("Point", "x y")
ONE = torch.ones(2)
LOSS = torch.tensor(1.0)


def given(batch: Any, loss: Any = LOSS) -> int:
    tracer = Tracer(CPU)
    tracer.start({"w": torch.ones(1)})
    tracer.step(batch, loss)
    tracer.close()
    return int(column(tracer.finish(), "batch")[0])


@pytest.mark.parametrize(
    ("batch", "other"),
    [
        ({"x": ONE}, {"x": 2 * ONE}),
        ({"x": ONE, "y": 2 * ONE}, {"y": ONE, "x": 2 * ONE}),
        ([ONE], [2 * ONE]),
        ((ONE, [ONE, {"a": ONE}]), (ONE, [ONE, {"a": 2 * ONE}])),
        (Point(ONE, ONE), Point(ONE, 2 * ONE)),
        ((np.ones(2),), (np.full(2, 2.0),)),
        ((ONE, 1), (ONE, 2)),
        ((ONE, 0.1), (ONE, 0.1 + 2**-55)),
        ((ONE, ["a"]), (ONE, ["b"])),
        ((ONE, None), (ONE,)),
        ((ONE, ()), (ONE,)),
        ((ONE[0], ONE[1]), (ONE[:1], ONE[1])),
    ],
)
def test_another_batch_has_another_fingerprint(batch: Any, other: Any) -> None:
    assert given(batch) != given(other)
    assert given(batch) == given(batch), "control"


def test_the_same_tensors_are_one_batch_in_whatever_they_come() -> None:
    one = given((ONE, 2 * ONE))
    same = ([ONE, 2 * ONE], {"a": ONE, "b": 2 * ONE}, {"b": 2 * ONE, "a": ONE}, Point(ONE, 2 * ONE))
    assert {given(batch) for batch in same} == {one} != {given((2 * ONE, ONE))}


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (ONE, "the batch is of the type Tensor: expected a tensor in a tuple"),
        (None, "the batch is of the type NoneType"),
        ((x for x in [ONE]), "the batch is of the type generator"),
        ({ONE}, "the batch is of the type set"),
        (({"a": object()},), "the batch's '0.a' is of the type object"),
    ],
)
def test_what_is_no_collection_of_tensors_is_refused(batch: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        given(batch)


@pytest.mark.parametrize("loss", [1.0, 1, None])
def test_a_loss_that_is_no_tensor_is_refused(loss: Any) -> None:
    with pytest.raises(TypeError, match=r"the loss is of the type \w+: expected the tensor itself"):
        given((ONE,), loss)
