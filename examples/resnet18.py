"""ResNet-18 on CIFAR-10, with random crops and flips, batch norm and one cycle of the learning
rate: a plain script of PyTorch. DATA is a folder with `cifar-10-batches-py`.

    python examples/resnet18.py DATA --steps 20
    reprise check -- python examples/resnet18.py DATA --steps 20

It seeds nothing unless `--seed` is given. On a GPU add `--device cuda --amp --width 64`.
"""

import argparse
import pickle
import random
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

parser = argparse.ArgumentParser()
parser.add_argument("data", type=Path)
parser.add_argument("--steps", type=int, default=200)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--width", type=int, default=16, help="channels; ResNet-18 itself has 64")
parser.add_argument("--workers", type=int, default=2)
parser.add_argument("--seed", type=int)
parser.add_argument("--device", default="cpu")
parser.add_argument("--amp", action="store_true", help="in float16 with a scaler, on a GPU")
args = parser.parse_args()

if args.seed is not None:
    torch.manual_seed(args.seed)
MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1)
DEVIATION = torch.tensor([0.2470, 0.2435, 0.2616]).view(3, 1, 1)


class Cifar10(Dataset):
    def __init__(self, folder):
        parts = [pickle.loads((folder / f"data_batch_{i}").read_bytes(), encoding="latin1")
                 for i in range(1, 6)]  # fmt: skip
        self.images = torch.from_numpy(np.concatenate([part["data"] for part in parts]))
        self.labels = [label for part in parts for label in part["labels"]]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = (self.images[i].view(3, 32, 32) / 255 - MEAN) / DEVIATION
        top, left = random.randrange(9), random.randrange(9)
        image = functional.pad(image, [4] * 4)[:, top : top + 32, left : left + 32]
        return image.flip(2) if random.random() < 0.5 else image, self.labels[i]


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs),
        )  # fmt: skip
        self.short = nn.Identity()
        if stride > 1 or inputs != outputs:
            convolution = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.short = nn.Sequential(convolution, nn.BatchNorm2d(outputs))

    def forward(self, x):
        return functional.relu(self.body(x) + self.short(x))


def resnet18(width):
    layers = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    inputs = width
    for outputs, stride in ((width, 1), (2 * width, 2), (4 * width, 2), (8 * width, 2)):
        layers += [Block(inputs, outputs, stride), Block(outputs, outputs, 1)]
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10))


loader = DataLoader(
    Cifar10(args.data / "cifar-10-batches-py"), args.batch, shuffle=True, num_workers=args.workers
)
model = resnet18(args.width).to(args.device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=args.steps)
half = args.amp and args.device == "cuda"
scaler = torch.amp.GradScaler(args.device, enabled=half)

for step, (images, labels) in enumerate(islice(loader, args.steps), 1):
    images, labels = images.to(args.device), labels.to(args.device)
    with torch.autocast(args.device, torch.float16, enabled=half):
        loss = functional.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    schedule.step()
    if step % 5 == 0:
        print(f"step {step}: loss {loss.item():.4f}")

torch.save(model.state_dict(), "resnet18.pt")
