"""Forgeries whose sums fit: each is refused with a line that names the thing; controls pass."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support import finished
from tests.support.forgeries import EITHER, WHOLE
from tests.support.forging import Forge, Forgery, of_cell, with_code
from tests.support.tampering import assert_refused, rewrite, zipped
from workflows.publication.archive import write_sums
from workflows.publication.check import truth
from workflows.publication.check.account import Account
from workflows.publication.check.opened import opened
from workflows.publication.check.truth import NEVER, UNSEEN
from workflows.publication.manifest import Traces

FORGERIES = {"whole": [*EITHER, *WHOLE], "brief": EITHER}
CASES = [
    pytest.param(kind, each, id=f"{kind}, {each.name}")
    for kind, forgeries in FORGERIES.items()
    for each in forgeries
]
PAGES = [each for each in FORGERIES["whole"] if "own matrix and records" in each.words]
CLAIMS = ("a cause", "agreement")  # of other code these are only claimed, and are said to be
OTHERS = [e for e in FORGERIES["whole"] if e not in PAGES and e.name not in CLAIMS]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[Traces, Path]:
    folder = tmp_path_factory.mktemp("originals")
    kinds: list[Traces] = ["whole", "brief"]
    return {kind: finished.publication(folder / kind, kind, wide=True) for kind in kinds}


def forged(original: Path, tmp_path: Path, *forges: Forge) -> Path:
    folder = Path(shutil.copytree(original, tmp_path / "copy"))
    for forge in forges:
        forge(folder)
    write_sums(folder)
    return zipped(folder)


def account(source: Path, tmp_path: Path) -> Account:
    found = opened(source, tmp_path / "opened", None).account
    assert found is not None
    return found


@pytest.mark.parametrize(("kind", "forgery"), CASES)
def test_it_is_refused(
    kind: Traces, forgery: Forgery, originals: dict[Traces, Path], tmp_path: Path
) -> None:
    source = forged(originals[kind], tmp_path, forgery.forge)
    assert_refused(source, tmp_path, forgery.words)


def test_a_whole_one_passes(originals: dict[Traces, Path], tmp_path: Path) -> None:
    found = account(originals["whole"], tmp_path)
    assert str(found).startswith(
        "sums fit (53 files); matrix made again from its 21 records: equal"
    )
    assert (found.other, found.claimed, found.meanings) == ([], [*NEVER], {})
    assert {"report.html", "matrix.csv", "pictures/losses/toy.svg"} <= set(found.equal)


def test_a_brief_one_passes_and_says_what_it_only_claims(
    originals: dict[Traces, Path], tmp_path: Path
) -> None:
    found = account(originals["brief"], tmp_path)
    assert found.matrix.startswith("4 identical cells of the matrix made again from one record")
    assert found.claimed == [*UNSEEN, *NEVER, "report.html", "pictures/losses/toy.svg"]
    # Such a claim can be forged, with the pages that repeat it.
    (tmp_path / "forged").mkdir()
    claim = of_cell("seeded", step_seconds=1e-9)
    source = forged(originals["brief"], tmp_path / "forged", claim, with_code("0" * 64))
    told = account(source, tmp_path / "forged")
    assert told.other == ["matrix.csv", "ro-crate-metadata.json"]
    assert "their times" in str(told)


@pytest.mark.parametrize("forgery", PAGES, ids=lambda each: each.name)
def test_a_page_of_other_code_is_said_to_be_other(
    forgery: Forgery, originals: dict[Traces, Path], tmp_path: Path
) -> None:
    """One may claim other code: the page is then named as one that this code does not make."""
    source = forged(originals["whole"], tmp_path, forgery.forge, with_code("0" * 64))
    found = account(source, tmp_path)
    assert forgery.name in found.other and forgery.name not in found.equal
    assert f"made by other code, and not what this code makes: {', '.join(found.other)}" in str(
        found
    )


@pytest.mark.parametrize("forgery", OTHERS, ids=lambda each: each.name)
def test_other_code_is_no_excuse(
    forgery: Forgery, originals: dict[Traces, Path], tmp_path: Path
) -> None:
    """What records and plan say is held against each other, whichever code made them."""
    source = forged(originals["whole"], tmp_path, forgery.forge, with_code("0" * 64))
    assert_refused(source, tmp_path, ": ")


def test_other_tools_draw_other_pictures(originals: dict[Traces, Path], tmp_path: Path) -> None:
    def draw(folder: Path) -> None:
        (folder / "pictures" / "matrix.svg").write_text("<svg/>")
        rewrite(folder / "publication.json", lambda manifest: manifest.update(tools="0" * 64))

    found = account(forged(originals["whole"], tmp_path, draw), tmp_path)
    assert found.other == ["pictures/matrix.svg", "ro-crate-metadata.json"]


def test_a_record_without_what_ours_always_have_is_refused(
    originals: dict[Traces, Path], tmp_path: Path
) -> None:
    def strip(folder: Path) -> None:
        for path in (folder / "runs").rglob("*.json"):
            rewrite(path, lambda record: (record["timing"] or {}).pop("step_seconds", None))

    source = forged(originals["whole"], tmp_path, strip)
    assert_refused(source, tmp_path, "step_seconds: 0.00056676765, its records say null")


def test_what_our_own_code_trips_over_is_refused(
    originals: dict[Traces, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No record is known that does it: whatever it is ends in a line, not in a traceback."""

    def stumble(*_: object) -> None:
        raise KeyError("cells")

    monkeypatch.setattr(truth, "made", stumble)
    source = forged(originals["whole"], tmp_path)
    assert_refused(source, tmp_path, "cannot be made again from its records (KeyError")
