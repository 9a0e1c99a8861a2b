"""Frameworks that read a batch ahead of the one that they give, to know which is the last."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from types import FrameType

ACCELERATE = "accelerate.data_loader"
LIGHTNING = ("pytorch_lightning.loops.fetchers", "lightning.pytorch.loops.fetchers")
NEAR = 8
"""Frames between Lightning's fetcher and a loader's iterator: its combined loader's."""


def reads_ahead(caller: FrameType) -> bool:
    """Say whether a batch that `caller` takes of a loader's iterator is given with its next turn.

    accelerate's loaders do, Hugging Face's `Trainer` by them; Lightning where a loader has no
    length.
    """
    if caller.f_code.co_name == "__iter__" and _module(caller) == ACCELERATE:
        return True
    fetchers = [frame for frame in itertools.islice(_outwards(caller), NEAR) if _fetches(frame)]
    return bool(fetchers) and _without_length(fetchers[0].f_locals.get("self"))


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _module(frame: FrameType) -> object:
    return frame.f_globals.get("__name__")


def _fetches(frame: FrameType) -> bool:
    return frame.f_code.co_name in ("__iter__", "__next__") and _module(frame) in LIGHTNING


def _without_length(fetcher: object) -> bool:
    known = vars(fetcher) if hasattr(fetcher, "__dict__") else {}
    return known.get("prefetch_batches") == 1 and known.get("length") is None
