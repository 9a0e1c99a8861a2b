"""A publication: the same bytes twice, a crate that the validator accepts, badge, JUnit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import pytest
from requests import Request
from requests.structures import CaseInsensitiveDict
from requests_cache import CachedSession
from requests_cache.models.request import CachedRequest
from requests_cache.models.response import CachedResponse

from tests.support import finished
from workflows.common.errors import UserError
from workflows.common.sums import sha256
from workflows.experiment.resolve import own
from workflows.matrix.model import Matrix
from workflows.publication import badge
from workflows.publication.check.opened import opened
from workflows.publication.publish import extra, publish

SETTINGS = own(finished.planned().experiment.configurations, "configurations", finished.CATALOGUE)
CONTEXT = "https://w3id.org/ro/crate/1.1/context"


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    return finished.judge(finished.records(tmp_path_factory.mktemp("matrix")))


def test_twice_is_the_same_to_the_byte(tmp_path: Path) -> None:
    first = finished.publication(tmp_path / "a").with_suffix(".zip")
    time.sleep(2)  # longer than a zip's clock ticks
    second = finished.publication(tmp_path / "elsewhere" / "b").with_suffix(".zip")
    assert sha256(first) == sha256(second)


def test_another_bit_is_another_zip(tmp_path: Path) -> None:
    first = finished.publication(tmp_path / "a").with_suffix(".zip")
    results = finished.records(tmp_path / "b" / "results")
    finished.plant(results, "cpu/cpu/toy/unseeded/baseline/1", 50, 2)
    finished.judge(results)
    publish(results, tmp_path / "b" / "publication", "whole", None)
    assert sha256(first) != sha256(tmp_path / "b" / "publication.zip")


def test_one_without_its_report_is_small_and_in_order(tmp_path: Path) -> None:
    results = finished.publication(tmp_path).parent / "results"
    whole = (tmp_path / "publication.zip").stat().st_size
    publish(results, tmp_path / "small", "brief", None, report=False)
    assert (tmp_path / "small.zip").stat().st_size < whole / 5
    assert "report.html" not in (tmp_path / "small" / "README.md").read_text()
    assert opened(tmp_path / "small.zip", tmp_path / "unpacked", None).manifest.traces == "brief"


def test_what_it_holds(tmp_path: Path) -> None:
    folder = finished.publication(tmp_path)
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=False
    )
    assert done.returncode == 0
    for name in (
        "report.html", "matrix.json", "matrix.csv", "matrix.md", "experiment.json", "plan.json",
        "images/cpu.json", "locks/cpu.lock", "ro-crate-metadata.json", "badge.svg", "badge.json",
        "junit.xml", "CITATION.cff", "publication.json", "Snakefile", "README.md",
    ):  # fmt: skip
        assert (folder / name).stat().st_size > 0, name
    assert len([*(folder / "runs").rglob("*.json")]) == 13
    # Equal runs share a trace: three unseeded ones, one of all seeded ones, the flipped one, none.
    assert len([*(folder / "traces").glob("*.npz")]) == 6


def test_a_brief_one_is_small(tmp_path: Path) -> None:
    folder = finished.publication(tmp_path, "brief")
    records = [path.relative_to(folder).as_posix() for path in (folder / "runs").rglob("*.json")]
    names = ("seeded", "strict")
    assert sorted(records) == [f"runs/cpu/cpu/toy/{name}/baseline/0.json" for name in names]
    assert folder.with_suffix(".zip").stat().st_size < 1_000_000


def test_a_lock_that_was_edited_since(tmp_path: Path) -> None:
    results = finished.records(tmp_path / "results")
    image = finished.image().model_copy(update={"lock_digest": "1" * 64})
    image.save(results / "images" / "cpu.json")
    finished.judge(results)
    with pytest.raises(UserError, match="is not the lock that"):
        publish(results, tmp_path / "publication", "whole", None)


def test_a_benchmark_that_this_checkout_lacks(matrix: Matrix) -> None:
    kept = {name: one for name, one in finished.CATALOGUE.benchmarks.items() if name != "toy"}
    with pytest.raises(UserError, match="toy: a benchmark of these results, which this checkout"):
        extra(matrix, finished.CATALOGUE.model_copy(update={"benchmarks": kept}))
    assert "pictures/losses/toy.svg" in extra(matrix, finished.CATALOGUE), "control"


def test_a_key_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such key; name a file"):
        finished.publication(tmp_path, key=tmp_path / "none")
    (tmp_path / "text").write_text("no key")
    with pytest.raises(UserError, match="ssh-keygen could not sign with it"):
        finished.publication(tmp_path, key=tmp_path / "text")


def validated(folder: Path, cache: Path) -> dict:  # type: ignore[type-arg]
    """Run roc-validator without a network, with all profiles that this one builds on.

    It asks for the JSON-LD context of RO-Crate 1.1; the one of 1.3 that `rocrate` brings stands in
    for it, with the four terms that 1.3 renamed as they were.
    """
    context = json.loads((files("rocrate") / "data" / "ro-crate.jsonld").read_text())["@context"]
    bioschemas = "https://bioschemas.org/"
    context |= {
        "ComputationalWorkflow": f"{bioschemas}ComputationalWorkflow",
        "FormalParameter": f"{bioschemas}FormalParameter",
        "input": f"{bioschemas}ComputationalWorkflow#input",
        "output": f"{bioschemas}ComputationalWorkflow#output",
    }
    session = CachedSession(str(cache), backend="sqlite", expire_after=-1)
    request = session.prepare_request(Request("GET", CONTEXT))
    session.cache.save_response(
        CachedResponse(
            status_code=200, url=CONTEXT, reason="OK",
            content=json.dumps({"@context": context}).encode(),
            headers=CaseInsensitiveDict({"Content-Type": "application/ld+json"}),
            request=CachedRequest.from_request(request),
        )
    )  # fmt: skip
    result = cache.with_suffix(".json")
    subprocess.run(
        [
            str(Path(sys.executable).with_name("rocrate-validator")), "validate",
            "--profile-identifier", "provenance-run-crate-0.5",
            "--requirement-severity", "required", "--no-paging", "--offline",
            "--cache-path", str(cache), "--output-format", "json", "--output-file", str(result),
            str(folder),
        ],
        check=False, capture_output=True,
    )  # fmt: skip
    found: dict = json.loads(result.read_text())  # type: ignore[type-arg]
    return found


def test_the_crate(tmp_path: Path) -> None:
    folder = finished.publication(tmp_path)
    assert validated(folder, tmp_path / "good")["passed"] is True
    # The check can fail: a program that no action ran is none of a Provenance Run Crate.
    broken = Path(shutil.copytree(folder, tmp_path / "broken"))
    path = broken / "ro-crate-metadata.json"
    metadata = json.loads(path.read_text())
    metadata["@graph"] = [
        entity for entity in metadata["@graph"] if not entity["@id"].startswith("#run/")
    ]
    path.write_text(json.dumps(metadata))
    assert validated(broken, tmp_path / "bad")["passed"] is False


def test_the_badge(matrix: Matrix) -> None:
    said = badge.endpoint(matrix, SETTINGS)
    assert (said["message"], said["color"]) == ("2 of 2 seeded cells, bit for bit", "brightgreen")
    assert ElementTree.fromstring(badge.svg(said)).tag.endswith("svg")  # noqa: S314
    for verdict, colour in (("differs", "red"), ("prints-alike", "orange"), ("failed", "red")):
        other = badge.endpoint(finished.changed(matrix, "seeded", verdict=verdict), SETTINGS)
        assert (other["message"][:6], other["color"]) == ("1 of 2", colour)
    invalid = matrix.model_copy(update={"validity": "invalid"})
    assert badge.endpoint(invalid, SETTINGS)["color"] == "red"
