"""ResNet-18: trains, repeats, goes on from a checkpoint; crops and flips as torchvision does."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import pad

from benchmarks.harness.load import load
from tests.torch.runner import Runner
from workflows.compare.difference import first_difference
from workflows.runs.record import Run

pytestmark = pytest.mark.late

Resnet18 = Callable[..., Run]
SMALL = '{"batch": 8}'


@pytest.fixture
def resnet18(run: Runner, cifar10_data: Path) -> Resnet18:
    """Return a function that carries out four steps on the real data."""

    def four(*more: str, options: str = SMALL) -> Run:
        words = ("--data", str(cifar10_data), "--steps", "4", "--options", options, *more)
        return run("resnet18", *words)

    return four


def test_it_repeats_and_goes_on_from_a_checkpoint(resnet18: Resnet18) -> None:
    once, again, resumed = resnet18(), resnet18(), resnet18("--resume", "2")
    for each in (once, again, resumed):
        assert each.record.status == "completed", each.record.reason
        assert first_difference(once, each) is None


def test_precision_and_batch_count(resnet18: Resnet18) -> None:
    half = resnet18()
    whole = resnet18(options='{"batch": 8, "amp": false}')
    larger = resnet18(options='{"batch": 9}')
    assert str(first_difference(half, whole)).startswith("loss at step 0")
    assert str(first_difference(half, larger)).startswith("batch at step 0")


def test_images_are_cropped_and_flipped() -> None:
    program: Any = load("resnet18")
    images = torch.rand(200, 3, 32, 32)
    flipped, places = 0, set()
    for image, found in zip(pad(images, [4] * 4), program.augmented(images), strict=True):
        (place,) = (
            (top, left, flip)
            for top in range(9)
            for left in range(9)
            for flip in (False, True)
            if torch.equal(cut(image, top, left, flip=flip), found)
        )
        places.add(place[:2])
        flipped += place[2]
    assert len(places) > 40 and math.isclose(flipped, 100, abs_tol=40)


def cut(image: torch.Tensor, top: int, left: int, *, flip: bool) -> torch.Tensor:
    """Return a part of an image, (3, 40, 40), of the size that is trained on."""
    part = image[:, top : top + 32, left : left + 32]
    return part.flip(2) if flip else part
