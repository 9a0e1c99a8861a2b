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
from torch.utils.data import DataLoader, RandomSampler


class PermutationAsBefore(RandomSampler):
    """Shuffles as old releases of PyTorch did: one permutation, from the generator itself.

    Giving today's `RandomSampler` that generator is not the same: at the end of an epoch it draws
    a second permutation, of which it uses nothing.
    """

    def __iter__(self) -> Iterator[int]:
        """Yield every index once."""
        yield from torch.randperm(self.num_samples, generator=self.generator).tolist()


def order_as_before(loader: DataLoader[Any]) -> None:
    """Let `loader` shuffle as in old releases, from its own generator if it was given one.

    Raises `TypeError` for a loader that does not shuffle in batches.
    """
    if not isinstance(loader.sampler, RandomSampler) or loader.batch_sampler is None:
        raise TypeError("expected a loader that shuffles, in batches")
    sampler = PermutationAsBefore(loader.sampler.data_source, generator=loader.generator)
    cast(Any, loader.batch_sampler).sampler = sampler


class InMemory(DataLoader[Any]):
    """Gives the batches of a `DataLoader`, to the bit, from a data set that is ready in memory.

    Holds nothing that a `DataLoader` does not, so that what is watched beside the weights is the
    same.
    """

    def __init__(self, dataset: Any, normalize: Callable[[Tensor], Tensor], **loading: Any) -> None:
        """Take a data set, whose batches become what `ToTensor` and `normalize` make of them.

        It holds `data`, uint8 (N, H, W, C), and `targets`, N ints, as torchvision's CIFAR10 does;
        `normalize` maps float32 (n, C, H, W) to the same shape; `loading` is that of the
        `DataLoader`. Raises `ValueError` for persistent workers, whose order an epoch without
        workers cannot have.
        """
        if loading.get("persistent_workers"):
            raise ValueError("memory: there are no workers here; leave persistent_workers off")
        super().__init__(dataset, **loading)
        self._normalize = normalize

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield images, float32 (B, C, H, W), and labels, int64 (B,), for one epoch."""
        # Not used, but drawn: the sampler's seed is the number after it.
        torch.empty((), dtype=torch.int64).random_(generator=self.generator)
        dataset: Any = self.dataset
        for chosen in cast(Any, self.batch_sampler):
            pixels = torch.from_numpy(dataset.data[chosen]).permute(0, 3, 1, 2).contiguous()
            labels = torch.tensor([dataset.targets[index] for index in chosen])
            yield self._normalize(pixels.to(torch.float32).div(255)), labels
