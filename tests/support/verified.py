"""A verification as it may end: a cell reproduced, one foretold to differ, one that cannot run."""

from __future__ import annotations

from workflows.common.revision import Revision
from workflows.compare.difference import Difference
from workflows.publication.manifest import Manifest
from workflows.publication.verify.conclusion import conclusion, outcome
from workflows.publication.verify.model import After, Checked, Foretold, Here, Verification

HERE = Here(
    machine="AMD EPYC, an AVX2 machine", published_on="Intel Xeon, an AVX-512 machine",
    revision=Revision(commit="1" * 40, edited=False), engine="venv",
    environments=["cpu: torch 2.13.0+cpu, Python 3.11.7"], started="2026-11-26T00:00:00+00:00",
)  # fmt: skip
PLACE = Difference(phase="gradients", step=0)
CELLS = [
    Checked(cell="cpu/cpu/toy/portable/baseline", answer="reproduced", runs=1, steps=100,
            capped="AVX2", notes=["other hardware: a, b", "other code"]),
    Checked(cell="cuda/cpu/toy/seeded/hostile", answer="differs", first_difference=PLACE,
            claim="foretold", notes=["other code"],
            foretold=Foretold(place=PLACE, by=["a cap to AVX2"], size="2 ULP"),
            after=After(losses=["loss 1e-07 (1 ULP) apart at step 2"], prints="prints agree")),
    Checked(cell="cpu/cpu/toy/own/baseline", answer="cannot-run", reason="<script>|</script>"),
]  # fmt: skip


def verification(cells: list[Checked] = CELLS, here: Here = HERE) -> Verification:
    """Return what these answers come to."""
    revision = Revision(commit="2" * 40, edited=False)
    return Verification(
        publication=Manifest(traces="whole", revision=revision), name="it.zip", digest="3" * 64,
        signed="not signed", checked=["sums fit"], engine="venv", here=here,
        conclusion=conclusion(cells, here), exit_code=outcome(cells), cells=cells,
    )  # fmt: skip
