"""Train a small convolutional net on CIFAR-10: the second program of the LearnOpenCV article
"Ensuring Training Reproducibility in PyTorch", which is PyTorch's own CIFAR-10 tutorial.

SGD with momentum, batches of 4, two epochs (25,000 steps); every 2,000 mini-batches it prints
the mean loss. The article, seeded with 3, printed the lines below. Releases of PyTorch since
then shuffle in another order from the same seed, so today's seeded run prints
2.188 1.813 1.620 1.542 1.479 1.433 | 1.356 1.346 1.318 1.294 1.296 1.254 on an AMD CPU. In the
order of old releases (variation `sampler-legacy`) an Intel CPU prints the article's table within
0.005: 2.192 1.822 1.608 1.531 1.468 1.428 | 1.380 1.317 1.296 1.300 1.261 1.257. CPUs sum in
orders of their own, so the last digits are each one's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import transforms

from benchmarks.contract import Start, Step
from benchmarks.datasets import CIFAR10
from benchmarks.loaders import InMemory, order_as_before

STEPS = 25_000
OPTIONS = {
    "workers": 2,
    "persistent_workers": False,
    "memory": False,
    "legacy_sampler": False,
    "batch": 4,
}
DATA = "cifar10"
PUBLISHED = {
    "seed": 3,
    "lines": [
        "[1,  2000] loss: 2.192",
        "[1,  4000] loss: 1.823",
        "[1,  6000] loss: 1.610",
        "[1,  8000] loss: 1.534",
        "[1, 10000] loss: 1.471",
        "[1, 12000] loss: 1.432",
        "[2,  2000] loss: 1.382",
        "[2,  4000] loss: 1.317",
        "[2,  6000] loss: 1.292",
        "[2,  8000] loss: 1.298",
        "[2, 10000] loss: 1.263",
        "[2, 12000] loss: 1.257",
    ],
}


class Net(nn.Module):
    """LeNet for 32 x 32 RGB images: two convolutions, three linear layers, 62,006 weights."""

    def __init__(self) -> None:
        """Make the layers, in the article's order (the order of their random draws)."""
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map images (N, 3, 32, 32) to class scores (N, 10)."""
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        scores: torch.Tensor = self.fc3(x)
        return scores


def batches(
    data: str | None,
    batch: int = 4,
    memory: bool = False,
    legacy_sampler: bool = False,
    **loading: Any,
) -> DataLoader[Any]:
    """Return the article's loader of the CIFAR-10 folder `data`, or a variation of it.

    `loading` is given to the `DataLoader`.
    """
    normalize = transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    transform = transforms.Compose([transforms.ToTensor(), normalize])
    training_set = CIFAR10(root=data, train=True, transform=transform)
    loading |= {"batch_size": batch, "shuffle": True}
    loader: DataLoader[Any] = (
        InMemory(training_set, normalize, **loading)
        if memory
        else DataLoader(training_set, **loading)
    )
    if legacy_sampler:
        order_as_before(loader)
    return loader


def train(
    device: torch.device, steps: int, data: str | None, workers: int = 2, **options: Any
) -> Iterator[Start | Step]:
    """Train for `steps` mini-batches on `device`; `data` and `options` are those of `batches`."""
    loader = batches(data, num_workers=workers, **options)
    net = Net().to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
    carried = {"running_loss": 0.0}
    start = Start(net, optimizer, carried)
    yield start

    left = steps
    for epoch in itertools.count():
        carried["running_loss"] = 0.0
        for i, (images, labels) in enumerate(itertools.islice(loader, left)):
            if start.skips(steps - left + i):
                continue
            inputs, targets = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(net(inputs), targets)
            loss.backward()
            optimizer.step()
            carried["running_loss"] += loss.item()
            if i % 2000 == 1999:
                print(f"[{epoch + 1}, {i + 1:5d}] loss: {carried['running_loss'] / 2000:.3f}")
                carried["running_loss"] = 0.0
            yield Step((inputs, targets), loss)
        left -= len(loader)
        if left <= 0:
            return
