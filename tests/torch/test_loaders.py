"""Other ways to draw batches: which give the DataLoader's bits, and which cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, RandomSampler

from benchmarks.loaders import InMemory, order_as_before
from tests.torch.runner import Runner
from workflows.compare.difference import first_difference
from workflows.runs.record import Run

pytestmark = pytest.mark.late

Cifar10 = Callable[..., Run]
SAME = ["workers-0", "workers-4", "persistent-workers", "loader-memory"]


@pytest.fixture(scope="module")
def baselines(shared: Runner, cifar10_data: Path) -> dict[str, Run]:
    """A run of the baseline in either configuration."""
    data = ("--data", str(cifar10_data))
    return {
        name: shared("cifar10", *data, "--steps", "30", "--configuration", name)
        for name in ("seeded", "strict")
    }


@pytest.mark.parametrize("configuration", ["seeded", "strict"])
def test_every_loader_gives_the_bits_of_the_baseline(
    cifar10: Cifar10, baselines: dict[str, Run], configuration: str
) -> None:
    short = ("--steps", "30", "--configuration", configuration)
    baseline = baselines[configuration]
    assert baseline.record.status == "completed", baseline.record.reason
    for variation in SAME:
        other = cifar10(*short, "--variation", variation)
        assert other.record.status == "completed", other.record.reason
        assert other.record.run.options != baseline.record.run.options
        assert first_difference(baseline, other) is None, variation


def test_the_order_of_old_releases_differs_from_the_first_batch_on(
    cifar10: Cifar10, baselines: dict[str, Run]
) -> None:
    short = ("--steps", "30")
    legacy = cifar10(*short, "--variation", "sampler-legacy")
    found = first_difference(baselines["seeded"], legacy)
    assert found is not None and str(found) == "batch at step 0"
    both = cifar10(*short, "--options", '{"memory": true, "legacy_sampler": true}')
    assert first_difference(legacy, both) is None
    # A loader with a generator of its own draws from that one, in both orders.
    strict = cifar10(*short, "--configuration", "strict", "--variation", "sampler-legacy")
    assert first_difference(baselines["strict"], strict) is None


class Images:
    """Forty images of 2 x 2 pixels, read one by one or taken whole."""

    def __init__(self) -> None:
        """Make 480 bytes that are all but two of them different from their neighbours."""
        self.data = (np.arange(480) * 37 % 256).astype(np.uint8).reshape(40, 2, 2, 3)
        self.targets = list(range(40))

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        """Return one image, float32 (3, 2, 2), and its label."""
        image = torch.from_numpy(self.data[index]).permute(2, 0, 1).contiguous()
        return normalize(image.to(torch.float32).div(255)), self.targets[index]


def normalize(images: torch.Tensor) -> torch.Tensor:
    """Return (x - mean) / deviation, as torchvision's Normalize does."""
    return images.sub(0.5).div(0.5)


def loader(kind: Any = DataLoader, **more: Any) -> Any:
    """Return a shuffling loader of the forty images in batches of four."""
    return kind(Images(), batch_size=4, shuffle=True, **more)


def epochs(make: Callable[[], Any]) -> list[list[torch.Tensor]]:
    """Return the images and labels of two epochs of a loader made after the seed."""
    torch.manual_seed(3)
    made = make()
    return [[torch.cat(column) for column in zip(*made, strict=True)] for _ in range(2)]


def equal(first: list[torch.Tensor], second: list[torch.Tensor]) -> bool:
    """Return whether two epochs gave the same images and labels, bit by bit."""
    return all(torch.equal(a, b) and a.dtype == b.dtype for a, b in zip(first, second, strict=True))


def own_generator() -> torch.Generator:
    """Return a generator such as the setting `sampler-generator` gives to every loader."""
    return torch.Generator().manual_seed(3)


def as_before(**more: Any) -> DataLoader[Any]:
    """Return the same loader in the order of old releases."""
    made = loader(**more)
    order_as_before(made)
    return made


@pytest.mark.parametrize("make", [loader, as_before])
@pytest.mark.parametrize("generator", [lambda: None, own_generator], ids=["default", "own"])
def test_memory_gives_every_epoch_of_the_data_loader(
    make: Callable[..., Any], generator: Callable[[], Any]
) -> None:
    memory = {"kind": InMemory, "normalize": normalize}
    from_loader = epochs(lambda: make(generator=generator()))
    in_memory = epochs(lambda: make(**memory, generator=generator()))
    assert equal(from_loader[0], in_memory[0]) and equal(from_loader[1], in_memory[1])
    assert not equal(from_loader[0], from_loader[1])


@pytest.mark.parametrize("workers", [0, 2])
def test_the_order_of_old_releases_is_a_base_seed_and_one_permutation(workers: int) -> None:
    found = [labels.tolist() for _, labels in epochs(lambda: as_before(num_workers=workers))]
    torch.manual_seed(3)
    for epoch in found:
        torch.empty((), dtype=torch.int64).random_()
        assert epoch == torch.randperm(40).tolist()
    # The planted fault: today's sampler on the default generator is right for one epoch only.
    sampler = RandomSampler(Images(), generator=torch.default_generator)
    near = epochs(lambda: DataLoader(Images(), batch_size=4, sampler=sampler))
    assert [labels.tolist() == right for (_, labels), right in zip(near, found, strict=True)] == [
        True,
        False,
    ]


def test_without_the_base_seed_the_order_is_another() -> None:
    torch.manual_seed(3)
    drawn = [i for batch in loader().batch_sampler or [] for i in batch]  # the draw left out
    assert drawn != epochs(loader)[0][1].tolist()
    assert sorted(drawn) == sorted(epochs(loader)[0][1].tolist())


def test_persistent_workers_change_the_order_from_the_second_epoch_on() -> None:
    fresh = epochs(lambda: loader(num_workers=2))
    kept = epochs(lambda: loader(num_workers=2, persistent_workers=True))
    assert equal(fresh[0], kept[0])
    assert not equal(fresh[1], kept[1])
    assert equal(fresh[1], epochs(loader)[1])


def test_what_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="memory: there are no workers here"):
        InMemory(Images(), normalize, num_workers=2, persistent_workers=True)
    with pytest.raises(TypeError, match="a loader that shuffles"):
        order_as_before(DataLoader(Images()))
