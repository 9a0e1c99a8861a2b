"""What the published campaign claims of other machines, by its own variations over processors."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import real
from workflows.common.paths import ROOT
from workflows.compare.difference import Difference
from workflows.matrix.cells import Cell
from workflows.publication.check.integrity import Publication, check_publication
from workflows.publication.check.unpack import unpack
from workflows.publication.verify.claims import claimed, unexplained
from workflows.publication.verify.model import Checked
from workflows.runs.held import Held

ZIP = ROOT / "results" / "published" / "2026-11-25-intel-xeon-avx512" / "publication.zip"
AVX2, AVX512 = "avx2 sse4_1", "avx2 avx512f sse4_1"
ELSEWHERE = ["other hardware: published on a, here b"]
GRADIENTS = Difference(phase="gradients", step=0)


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Publication:
    folder = tmp_path_factory.mktemp("published")
    unpack(ZIP, folder / "it")
    return check_publication(folder / "it", "not signed")


def held(flags: str) -> Held:
    found = real.holding(real.run(), processor={"flags": flags}).record.held
    assert found
    return found


def seen(
    publication: Publication,
    configuration: str,
    place: Difference | None = GRADIENTS,
    *,
    variation: str = "baseline",
    environment: str = "cpu",
    benchmark: str = "toy",
    flags: str = AVX2,
    notes: list[str] = ELSEWHERE,
) -> Checked:
    """Return an answer of a machine with such flags, with what was claimed of it."""
    folder = f"{environment}/cpu/{benchmark}/{configuration}/{variation}"
    cell: Cell = next(c for c in publication.matrix.cells if c.folder == folder)
    more: dict[str, Any] = {"first_difference": place, "notes": notes}
    found = Checked(cell=folder, answer="differs" if place else "reproduced", **more)
    return claimed(found, cell, publication, held(flags))


@pytest.mark.parametrize("flags", [AVX2, AVX512])
@pytest.mark.parametrize("benchmark", ["toy", "cifar10"])
def test_what_its_variations_lose_is_foretold(
    publication: Publication, flags: str, benchmark: str
) -> None:
    found = seen(publication, "seeded", flags=flags, benchmark=benchmark)
    assert found.standing == "foretold" and found.foretold
    assert found.foretold.by == ["a cap to AVX2", "an emulated Haswell", "an emulated EPYC-Rome"]
    assert str(found.foretold.place).startswith("gradients at step 0 (")
    assert "ULP" in str(found.foretold.size)


def test_what_its_variations_keep_is_claimed(publication: Publication) -> None:
    for environment in ("cpu", "cuda"):
        found = seen(publication, "portable", environment=environment)
        assert (found.claim, found.standing) == ("made", "failed")
        assert seen(publication, "portable", None, environment=environment).standing == "held"


def test_what_was_not_varied_is_as_what_has_the_same_bits(publication: Publication) -> None:
    for environment, name in (("cpu", "article"), ("cuda", "seeded"), ("cuda", "cudnn")):
        assert seen(publication, name, environment=environment).standing == "foretold"
    found = seen(publication, "article").foretold
    assert found and found.through == "seeded"


def test_of_what_caps_itself_and_was_not_varied_nothing_is_said(publication: Publication) -> None:
    assert seen(publication, "portable-sse").standing == "unclaimed"
    assert seen(publication, "portable-sse", None).standing == "beyond"


def test_on_a_machine_like_its_own_all_is_claimed(publication: Publication) -> None:
    for name in ("seeded", "portable-sse"):
        assert seen(publication, name, notes=[]).standing == "failed"
        assert seen(publication, name, None, notes=[]).standing == "held"


@pytest.mark.parametrize(
    "place",
    [
        Difference(phase="initial weights"), Difference(phase="batch", step=7),
        Difference(phase="printed", line=1), Difference(phase="length", step=9),
    ],
)  # fmt: skip
def test_no_processor_explains_a_difference_before_any_arithmetic(
    publication: Publication, place: Difference
) -> None:
    assert seen(publication, "seeded", place).standing == "failed"


def test_what_was_foretold_of_generators_explains_what_comes_after_it() -> None:
    weights, batch = Difference(phase="initial weights"), Difference(phase="batch", step=7)
    assert not unexplained(batch, weights) and not unexplained(weights, weights)
    assert unexplained(weights, batch) and unexplained(batch, None)


def test_a_cell_that_is_claimed_nowhere_stays_so(publication: Publication) -> None:
    cell = publication.matrix.cells[0]
    found = Checked(cell=cell.folder, answer="not-claimed", claim="none", notes=ELSEWHERE)
    assert claimed(found, cell, publication, None) == found
