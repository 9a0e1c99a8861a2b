"""Train a small GPT to write like "Alice's Adventures in Wonderland", letter by letter: causal
attention, dropout, AdamW, a cosine schedule, clipped gradients; in bfloat16 if `amp` says so.

The text, `alice.txt`, holds the first four chapters of Lewis Carroll's book of 1865, which is in
the public domain. Passages are drawn from torch's generator on the CPU, so that every device trains
on the same batches. `examples/transformer.py` is the same training as a plain script.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn, optim
from torch.amp import autocast
from torch.nn import functional

from benchmarks.contract import Start, Step

STEPS = 200
OPTIONS = {"amp": False, "dropout": 0.1}
DATA = None
PUBLISHED = None

TEXT = Path(__file__).with_name("alice.txt")
WIDTH, HEADS, LAYERS, CONTEXT, BATCH = 64, 4, 2, 64, 16


class Block(nn.Module):
    """Attention to what came before, then two linear layers, each added to what it was given."""

    def __init__(self, dropout: float) -> None:
        """Make the layers."""
        super().__init__()
        self.before_attention, self.before_linear = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.queries_keys_values = nn.Linear(WIDTH, 3 * WIDTH)
        self.joined = nn.Linear(WIDTH, WIDTH)
        self.linear = nn.Sequential(
            nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH), nn.Dropout(dropout)
        )
        self.dropout = dropout

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, T, WIDTH) to the same shape."""
        heads = self.queries_keys_values(self.before_attention(x)).unflatten(2, (3, HEADS, -1))
        seen = functional.scaled_dot_product_attention(
            *heads.permute(2, 0, 3, 1, 4),
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=True,
        )
        x = x + self.joined(seen.transpose(1, 2).flatten(2))
        found: Tensor = x + self.linear(self.before_linear(x))
        return found


class Writer(nn.Module):
    """A GPT of LAYERS blocks over a text's letters."""

    def __init__(self, letters: int, dropout: float) -> None:
        """Make the layers; `letters`: how many kinds there are."""
        super().__init__()
        self.letter, self.place = nn.Embedding(letters, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        blocks = [Block(dropout) for _ in range(LAYERS)]
        self.layers = nn.Sequential(nn.Dropout(dropout), *blocks, nn.LayerNorm(WIDTH))
        self.scores = nn.Linear(WIDTH, letters)

    def forward(self, letters: Tensor) -> Tensor:
        """Map letters, int64 (N, T), to scores of the next ones, (N, T, kinds)."""
        places = torch.arange(letters.shape[1], device=letters.device)
        found: Tensor = self.scores(self.layers(self.letter(letters) + self.place(places)))
        return found


def passages(text: Tensor) -> tuple[Tensor, Tensor]:
    """Draw passages of a text, int64 (BATCH, CONTEXT), and the same one letter further on."""
    starts = torch.randint(len(text) - CONTEXT, (BATCH, 1))
    places = starts + torch.arange(CONTEXT)
    return text[places], text[places + 1]


def train(
    device: torch.device, steps: int, data: str | None, amp: bool = False, dropout: float = 0.1
) -> Iterator[Start | Step]:
    """Train for `steps` batches of passages; `amp`: in bfloat16 where that is done."""
    text = TEXT.read_text(encoding="ascii")
    kinds = sorted(set(text))
    letters = torch.tensor([kinds.index(letter) for letter in text])
    model = Writer(len(kinds), dropout).to(device)
    optimizer = optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.1)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    start = Start(model, optimizer, scheduler)
    yield start

    for step in range(steps):
        inputs, targets = (each.to(device) for each in passages(letters))
        if start.skips(step):
            continue
        optimizer.zero_grad()
        with autocast(device.type, torch.bfloat16, enabled=amp):
            scores = model(inputs)
            loss = functional.cross_entropy(scores.flatten(0, 1), targets.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        if step % 20 == 19:
            print(f"[{step + 1:5d}] loss: {loss.item():.4f}")
        yield Step((inputs, targets), loss)
