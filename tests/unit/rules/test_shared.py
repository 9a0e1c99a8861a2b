"""Jobs that make several results: the longest come first."""

from __future__ import annotations

from tests.support import real
from workflows.rules.shared import priority
from workflows.rules.stage import Stage

RUN = real.run().record.run
DATASETS = {"toy": None, "cifar10": "cifar10"}


def test_what_reads_data_comes_first_then_what_holds_more_runs() -> None:
    def of(benchmark: str) -> Stage:  # type: ignore[type-arg]
        run = RUN.model_copy(update={"benchmark": benchmark})
        return Stage("runs", {"cell": run}, lambda run: [run], DATASETS)

    found = [priority((0, 1, 2), of("cifar10")), priority((0, 1, 2, 3, 4), of("toy"))]
    assert found > [priority((0, 1), of("toy"))] * 2
    assert found == sorted(found, reverse=True)
