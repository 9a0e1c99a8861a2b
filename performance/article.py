"""The article's second program as it stands there, with no tracer or loader of this suite.

`python article.py FOLDER STEPS`; FOLDER holds CIFAR-10 as torchvision reads it. The net alone is
that of benchmarks/cifar10.py.
"""

from __future__ import annotations

import itertools
import sys

import torch
from torch import nn, optim

from benchmarks.harness.load import load

Net = load("cifar10").Net  # imports torchvision, whatever wheel it comes from

from torchvision import datasets, transforms  # noqa: E402

FOLDER, STEPS = sys.argv[1], int(sys.argv[2])

torch.manual_seed(3)
torch.backends.cudnn.deterministic = True
torch.backends.cudnn.benchmark = False

normalize = transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
transform = transforms.Compose([transforms.ToTensor(), normalize])
# The files here are of one canonical form, whose MD5 is not the archive's.
datasets.CIFAR10.meta = {**datasets.CIFAR10.meta, "md5": None}
datasets.CIFAR10._check_integrity = lambda self: True
trainset = datasets.CIFAR10(root=FOLDER, train=True, transform=transform)
trainloader = torch.utils.data.DataLoader(trainset, batch_size=4, shuffle=True, num_workers=2)

net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
running_loss = 0.0
for i, (inputs, labels) in enumerate(itertools.islice(trainloader, STEPS)):
    optimizer.zero_grad()
    loss = criterion(net(inputs), labels)
    loss.backward()
    optimizer.step()
    running_loss += loss.item()
    if i % 2000 == 1999:
        print(f"[1, {i + 1:5d}] loss: {running_loss / 2000:.3f}")
        running_loss = 0.0
