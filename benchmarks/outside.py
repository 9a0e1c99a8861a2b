"""The settings for what no seed reaches: entropy, order of arrival, other processes.

Declared as all others are, see `benchmarks.settings`.
"""

from __future__ import annotations

from benchmarks.setting import setting


@setting(
    "entropy-seeded",
    "generators that the program seeds by nothing, the system, the clock or its process number",
    source="https://numpy.org/doc/stable/reference/random/bit_generators/index.html#seeding-and-entropy",
)
def _entropy_seeded(seed: int) -> None:
    from benchmarks.entropy import govern

    govern(seed)


@setting(
    "in-order",
    "a loader gives its workers' batches in their order, not as they arrive",
    source="https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader",
)
def _in_order(seed: int) -> None:
    import functools

    from torch.utils.data import DataLoader

    original = DataLoader.__init__

    @functools.wraps(original)
    def ordered(self: object, *args: object, **kwargs: object) -> None:
        kwargs.pop("in_order", None)  # in order is the default; old releases know no other
        original(self, *args, **kwargs)

    DataLoader.__init__ = ordered


@setting(
    "spawned-settings",
    "Python processes that the program starts: they get the run's settings, too",
    source="https://docs.python.org/3/library/site.html#module-sitecustomize",
)
def _spawned_settings(seed: int) -> None:
    from benchmarks.setting import APPLIED
    from benchmarks.spawned import carry

    carry(seed, APPLIED)
