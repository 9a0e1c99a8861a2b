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
    "what workers do comes in the order of the work, not as it is done: a loader's batches, "
    "futures (`as_completed`), results of a pool (`imap_unordered`)",
    source="https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader",
)
def _in_order(seed: int) -> None:
    from benchmarks import arrival

    arrival.of_loaders()
    arrival.of_futures()
    arrival.of_pools()


@setting(
    "spawned-settings",
    "Python processes that the program starts: they get the run's settings, too",
    source="https://docs.python.org/3/library/site.html#module-sitecustomize",
)
def _spawned_settings(seed: int) -> None:
    from benchmarks.setting import APPLIED
    from benchmarks.spawned import carry

    carry(seed, APPLIED)
