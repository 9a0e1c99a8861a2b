"""Other ways to draw the batches that a `DataLoader` draws.

An epoch of a shuffling DataLoader takes two numbers from its generator (the default one unless
it was given its own): a base seed for the workers, drawn even where there are none, then the
sampler's seed for a new generator, which makes the order. See `_BaseDataLoaderIter.__init__` and
`RandomSampler.__iter__` in torch.utils.data. With persistent workers the base seed is drawn once,
in the first epoch, so from the second one on the order is another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import torch
from torch import Tensor
from torch.utils.data import DataLoader, RandomSampler, Sampler


class PermutationAsBefore(Sampler[int]):
    """Shuffles as old releases of PyTorch did: one permutation, from the generator itself.

    Giving today's `RandomSampler` that generator is not the same: at the end of an epoch it draws
    a second permutation, of which it uses nothing.
    """

    def __init__(self, count: int, generator: torch.Generator | None) -> None:
        """Shuffle `count` samples by `generator` (None: the default one)."""
        self._count = count
        self._generator = generator

    def __len__(self) -> int:
        """Return the number of samples."""
        return self._count

    def __iter__(self) -> Iterator[int]:
        """Yield every index once."""
        yield from torch.randperm(self._count, generator=self._generator).tolist()


def order_as_before(loader: DataLoader[Any]) -> None:
    """Let `loader` shuffle as in old releases, from its own generator if it was given one.

    Raises `TypeError` for a loader that does not shuffle in batches.
    """
    if not isinstance(loader.sampler, RandomSampler) or loader.batch_sampler is None:
        raise TypeError("expected a loader that shuffles, in batches")
    cast(Any, loader.batch_sampler).sampler = PermutationAsBefore(
        len(loader.sampler), loader.generator
    )


class InMemory:
    """Gives the batches of a `DataLoader`, to the bit, from a data set that is ready in memory."""

    def __init__(self, loader: DataLoader[Any], normalize: Callable[[Tensor], Tensor]) -> None:
        """Take the data set of `loader`, whose batches become what `ToTensor`, `normalize` make.

        The data set holds `data`, uint8 (N, H, W, C), and `targets`, N ints, as torchvision's
        CIFAR10 does; `normalize` maps float32 (n, C, H, W) to the same shape. Raises `ValueError`
        for persistent workers, whose order an epoch without workers cannot have.
        """
        if loader.persistent_workers:
            raise ValueError("memory: there are no workers here; leave persistent_workers off")
        self._pixels = torch.from_numpy(loader.dataset.data).permute(0, 3, 1, 2).contiguous()
        self._normalize = normalize
        self._labels = torch.tensor(loader.dataset.targets)
        self._loader = loader

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return len(self._loader)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield images, float32 (B, C, H, W), and labels, int64 (B,), for one epoch."""
        # Not used, but drawn: the sampler's seed is the number after it.
        torch.empty((), dtype=torch.int64).random_(generator=self._loader.generator)
        assert self._loader.batch_sampler is not None  # noqa: S101 (for the type checker)
        for chosen in self._loader.batch_sampler:
            images = self._pixels[chosen].to(torch.float32).div(255)
            yield self._normalize(images), self._labels[chosen]
