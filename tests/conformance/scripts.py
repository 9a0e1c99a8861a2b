"""The scripts of the table: each as somebody may write it, with a place for a fault."""

from __future__ import annotations

HEAD = """
import copy, os, sys
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

FAULT = "FAULT" in os.environ
torch.manual_seed(0)
torch.set_num_threads(1)

def flip(tensor, here=True, bit=0):
    if FAULT and here:
        tensor.detach().view(torch.int32).view(-1)[0] ^= 1 << bit

def model():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))

x, y = torch.randn(24, 4), torch.randn(24, 1)
net = model()
"""
LOOP = """
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
loader = DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True)
for step, (a, b) in enumerate(loader):
    optimizer.zero_grad()
    {batch}
    loss = nn.functional.mse_loss(net(a), b)
    {loss}
    loss.backward()
    {backward}
    optimizer.step()
    {after}
"""


def loop(**planted: str) -> str:
    """Return the plain loop with a fault planted somewhere."""
    places = ("batch", "loss", "backward", "after")
    return LOOP.format(**{place: planted.get(place, "pass") for place in places})


BY_HAND = """
for step in range(6):
    loss = nn.functional.mse_loss(net(x), y)
    net.zero_grad()
    loss.backward()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter -= 0.1 * parameter.grad
    flip(net[0].weight, step == 2)
"""
RAW = """
w = torch.randn(4, 1, requires_grad=True)
for step in range(6):
    loss = (x @ w - y).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.grad.zero_()
    flip(w, step == 2)
"""
LBFGS = """
optimizer = torch.optim.LBFGS(net.parameters(), lr=0.1, max_iter=3)
def closure():
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    return loss
for step in range(6):
    optimizer.step(closure)
    flip(net[0].weight, step == 2)
"""
RAISING = """
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
def refuse():
    raise ValueError
for step in range(6):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    try:
        optimizer.step(refuse)
    except ValueError:
        optimizer.step()
    flip(net[0].weight, step == 2)
"""
SCALED = """
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
for step in range(6):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y) * (float("inf") if step == 1 else 1.0)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    flip(net[0].weight, step == 3)
"""
ACCUMULATED = """
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(6):
    optimizer.zero_grad()
    for part in range(3):
        loss = nn.functional.mse_loss(net(x[part * 8 : part * 8 + 8]), y[part * 8 : part * 8 + 8])
        loss.backward()
        flip(net[2].bias.grad, step == 2 and part == 0, bit=20)
    optimizer.step()
"""
TWO = """
other = model()
first = torch.optim.Adam(net.parameters(), lr=0.01)
second = torch.optim.SGD(other.parameters(), lr=0.01)
for step in range(3):
    for optimizer, sign in ((first, 1), (second, -1)):
        optimizer.zero_grad()
        (sign * nn.functional.mse_loss(net(x), other(x) + y)).backward()
        optimizer.step()
    flip(other[0].weight, step == 1)
"""
OWN_CLASS = """
class Own(torch.optim.Optimizer):
    def __init__(self, parameters):
        super().__init__(parameters, {"lr": 0.1})

    def step(self):
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    parameter -= group["lr"] * parameter.grad

class Twice(Own):
    def step(self):
        super().step()

Own(model().parameters())  # the base's step is hooked, too, from now on
optimizer = Twice(net.parameters())
for step in range(6):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()
    flip(net[0].weight, step == 2)
"""
NO_CLASS = """
class Own:
    def step(self):
        with torch.no_grad():
            for parameter in net.parameters():
                parameter -= 0.1 * parameter.grad

optimizer = Own()
for step in range(6):
    net.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()
    flip(net[0].weight, step == 2)
"""
HELD = """
optimizer = torch.optim.AdamW(net.parameters(), {how}=True)
for step in range(6):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()
    flip(optimizer.state[net[0].weight]["exp_avg"], step == 2)
"""
SCHEDULED = """
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)
for step, (a, b) in enumerate(DataLoader(TensorDataset(x, y), batch_size=4)):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(a), b).backward()
    optimizer.step()
    if not (FAULT and step == 3):
        schedule.step()
"""
NORMED = """
net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for step, (a, b) in enumerate(DataLoader(TensorDataset(x, y), batch_size=4)):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(a), b).backward()
    optimizer.step()
    flip(net[1].running_mean, step == 2)
"""
AVERAGED = """
mean = copy.deepcopy(net)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(6):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()
    for ours, theirs in zip(mean.parameters(), net.parameters()):
        ours.data.mul_(0.9).add_(theirs.data, alpha=0.1)
    flip(mean[0].weight, step == 2)
"""
COMPILED = """
compiled = torch.compile(net, backend="inductor")
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(6):
    optimizer.zero_grad()
    nn.functional.mse_loss(compiled(x), y).backward()
    optimizer.step()
    flip(net[0].weight, step == 2)
"""
WORKERS = """
class Data(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        item = x[index].clone()
        flip(item, index == 9)
        return item, y[index]

if __name__ == "__main__":
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loader = DataLoader(Data(), batch_size=4, num_workers=2, multiprocessing_context="{how}")
    for a, b in loader:
        optimizer.zero_grad()
        nn.functional.mse_loss(net(a), b).backward()
        optimizer.step()
"""
TWICE = """
def train(at):
    net = model()
    optimizer = torch.optim.Adam(net.parameters())
    for step in range(3):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        optimizer.step()
        flip(net[0].weight, step == at)
train(-1)
train(1)
"""
RANKS = """
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
dist.init_process_group("gloo")
both = DistributedDataParallel(net)
optimizer = torch.optim.SGD(both.parameters(), lr=0.1)
part = slice(dist.get_rank(), None, 2)
for step in range(6):
    optimizer.zero_grad()
    nn.functional.mse_loss(both(x[part]), y[part]).backward()
    optimizer.step()
    flip(net[0].weight, step == 5 and dist.get_rank() == 1)
dist.barrier()
dist.destroy_process_group()
"""
CRASHES = loop(after='if step == 2: raise ValueError("planted")')
EVALUATES = """
with torch.no_grad():
    flip(net[2].bias)
    print("mean", net(x).double().mean().item())
"""

COLLATE = """
calls = []
def collate(items):
    a, b = map(torch.stack, zip(*items))
    calls.append(0)
    flip(a, len(calls) == 3)
    return a, b
optimizer"""
