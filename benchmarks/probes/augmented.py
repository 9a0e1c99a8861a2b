"""A data set whose samples are scaled by a random factor in the process that loads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from benchmarks.probes.program import fixed

BATCH = 4


class Augmented(Dataset[Tensor]):
    """Fixed samples, float32 (8,), each times `factor(index)` when it is loaded."""

    def __init__(self, batches: int, factor: Callable[[int], float]) -> None:
        """Hold `batches` batches of samples."""
        self._samples = fixed(batches * BATCH, 8)
        self._factor = factor

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self._samples)

    def __getitem__(self, index: int) -> Tensor:
        """Return one sample."""
        return self._samples[index] * self._factor(index)


def batches(dataset: Augmented, workers: int) -> Iterator[Tensor]:
    """Return the batches in order, float32 (4, 8), loaded by `workers` processes."""
    return iter(DataLoader(dataset, batch_size=BATCH, num_workers=workers))
