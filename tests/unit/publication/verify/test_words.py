"""Machines in words that a reader knows."""

from __future__ import annotations

import pytest

from tests.support import real
from workflows.environments.conditions import Conditions
from workflows.publication.verify.words import machine, processor


def capability(name: str) -> str:
    return machine(real.holding(real.run(), flags={"cpu_capability": name}))


def test_a_machine_and_its_cap() -> None:
    own = machine(real.run())
    assert own.startswith("Intel(R) Xeon(R)") and own.endswith(", an AVX-512 machine")
    assert capability("AVX2") == f"{own}, capped to AVX2"
    assert capability("DEFAULT") == f"{own}, capped to SSE4.1"
    older = real.holding(
        real.run(), processor={"flags": "avx2 sse4_1"}, flags={"cpu_capability": "AVX2"}
    )
    assert machine(older).endswith(", an AVX2 machine")
    emulated = {"model": "QEMU Haswell", "emulated": "Haswell", "flags": ""}
    assert machine(real.holding(real.run(), processor=emulated)) == "an emulated Haswell"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Conditions(cpu="Haswell"), "an emulated Haswell"),
        (Conditions(variables={"ATEN_CPU_CAPABILITY": "avx2"}), "a cap to AVX2"),
        (Conditions(variables={"ATEN_CPU_CAPABILITY": "default"}), "a cap to SSE4.1"),
        (Conditions(variables={"TZ": "UTC"}), None),
        (Conditions(load=2), None),
    ],
)
def test_surroundings_that_stand_for_a_processor(asked: Conditions, words: str | None) -> None:
    assert processor(asked) == words
