"""A small GPT learns to write like "Alice's Adventures in Wonderland": a plain script of PyTorch.

    python examples/transformer.py --steps 60
    reprise check -- python examples/transformer.py --steps 60

It seeds nothing unless `--seed` is given. On a GPU add `--device cuda --amp`.
"""

import argparse
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=500)
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--seed", type=int)
parser.add_argument("--device", default="cpu")
parser.add_argument("--amp", action="store_true", help="in bfloat16, where that is done")
args = parser.parse_args()

WIDTH, HEADS, LAYERS, CONTEXT, DROPOUT = 64, 4, 2, 64, 0.1
if args.seed is not None:
    torch.manual_seed(args.seed)

text = Path("benchmarks/alice.txt").read_text()
kinds = sorted(set(text))
letters = torch.tensor([kinds.index(letter) for letter in text])


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.attention = nn.MultiheadAttention(WIDTH, HEADS, DROPOUT, batch_first=True)
        self.linear = nn.Sequential(
            nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH), nn.Dropout(DROPOUT)
        )

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], device=x.device)
        y = self.norms[0](x)
        x = x + self.attention(y, y, y, attn_mask=mask, is_causal=True, need_weights=False)[0]
        return x + self.linear(self.norms[1](x))


class Writer(nn.Module):
    def __init__(self):
        super().__init__()
        self.letter, self.place = nn.Embedding(len(kinds), WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.scores = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, len(kinds)))

    def forward(self, x):
        places = torch.arange(x.shape[1], device=x.device)
        return self.scores(self.blocks(self.letter(x) + self.place(places)))


model = Writer().to(args.device)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.1)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=args.steps)

for step in range(1, args.steps + 1):
    places = torch.randint(len(letters) - CONTEXT, (args.batch, 1)) + torch.arange(CONTEXT)
    inputs, targets = letters[places].to(args.device), letters[places + 1].to(args.device)
    with torch.autocast(args.device, torch.bfloat16, enabled=args.amp):
        scores = model(inputs)
        loss = functional.cross_entropy(scores.flatten(0, 1), targets.flatten())
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    if step % 20 == 0:
        print(f"step {step}: loss {loss.item():.4f}")

torch.save(model.state_dict(), "transformer.pt")
