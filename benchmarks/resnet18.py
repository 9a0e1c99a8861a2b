"""Train torchvision's ResNet-18 on CIFAR-10 as it is done today: data on the device, random crops
and flips, SGD with momentum, a cosine schedule, mixed precision if `amp` says so.

Crops, flips and the order of samples are drawn from torch's generator on the CPU, so that every
device trains on the same batches.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn, optim
from torch.amp import GradScaler, autocast
from torch.nn import functional
from torchvision.models import resnet18

from benchmarks.contract import Start, Step
from benchmarks.datasets import CIFAR10

STEPS = 200
OPTIONS = {"amp": True, "batch": 128}
DATA = "cifar10"
PUBLISHED = None

SIDE, PADDING = 32, 4
MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def augmented(images: Tensor) -> Tensor:
    """Crop and flip each image, (N, 3, 32, 32), at random, as `RandomCrop` with padding does."""
    count, device = len(images), images.device
    top, left = torch.randint(2 * PADDING + 1, (2, count)).to(device)
    flips = torch.rand(count).to(device) < 0.5
    span = torch.arange(SIDE, device=device)
    columns = left[:, None] + torch.where(flips[:, None], span.flip(0), span)
    rows = (top[:, None] + span)[:, None, :, None]
    sample = torch.arange(count, device=device)[:, None, None, None]
    channel = torch.arange(3, device=device)[None, :, None, None]
    padded = functional.pad(images, [PADDING] * 4)
    return padded[sample, channel, rows, columns[:, None, None, :]]


def batches(data: str | None, device: torch.device, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield images, float32 (size, 3, 32, 32), and labels, int64 (size,), epoch after epoch.

    What is left of an epoch that does not fill a batch is left out.
    """
    training_set = CIFAR10(root=data, train=True)
    pixels = torch.from_numpy(training_set.data).permute(0, 3, 1, 2).to(device)
    labels = torch.tensor(training_set.targets, device=device)
    mean, deviation = (
        torch.tensor(values, device=device).view(3, 1, 1) for values in (MEAN, DEVIATION)
    )
    while True:
        for chosen in torch.randperm(len(labels)).to(device).split(size):
            if len(chosen) == size:
                images = (pixels[chosen].to(torch.float32) / 255 - mean) / deviation
                yield augmented(images), labels[chosen]


def train(
    device: torch.device, steps: int, data: str | None, amp: bool = True, batch: int = 128
) -> Iterator[Start | Step]:
    """Train for `steps` batches; `amp`: in float16 with scaled losses on a GPU, else bfloat16."""
    gpu = device.type == "cuda"
    half = torch.float16 if gpu else torch.bfloat16
    net = resnet18(num_classes=10).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    scaler = GradScaler(device.type, enabled=amp and gpu)
    start = Start(net, optimizer, scheduler, scaler)
    yield start

    for step, (inputs, targets) in zip(range(steps), batches(data, device, batch), strict=False):
        if start.skips(step):
            continue
        optimizer.zero_grad()
        with autocast(device.type, half, enabled=amp):
            loss = criterion(net(inputs), targets)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()
        if step % 50 == 49:
            print(f"[{step + 1:5d}] loss: {loss.item():.3f}")
        yield Step((inputs, targets), loss)
