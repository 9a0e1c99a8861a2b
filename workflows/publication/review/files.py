"""What reviewers and archives ask for, made of a publication's matrix and locks, by file name."""

from __future__ import annotations

from pathlib import Path

import yaml

from workflows.common.files import as_json
from workflows.common.paths import ROOT
from workflows.environments.definition import parse_lock
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.resolve import own
from workflows.matrix.model import Matrix
from workflows.publication.manifest import Manifest
from workflows.publication.pages import conclusion
from workflows.publication.review import artifact, checklist, deposit
from workflows.publication.review.sbom import bom

ZENODO, CODEMETA = ".zenodo.json", "codemeta.json"
NAMES = {"CHECKLIST.md", "ARTIFACT.md", ZENODO, CODEMETA}


def sbom(environment: str) -> str:
    """Return where an environment's bill of materials lies."""
    return f"sbom/{environment}.cdx.json"


def made(folder: Path, matrix: Matrix, manifest: Manifest, catalogue: Catalogue) -> dict[str, str]:
    """Return all of them; locks and the names of data sets are read in the folder."""
    said = conclusion(matrix, catalogue)
    configurations = own(matrix.experiment.configurations, "configurations", catalogue)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    data = sorted(path.stem for path in (folder / "data").glob("*.json"))
    found = {
        "CHECKLIST.md": checklist.page(matrix, manifest, said, configurations, data),
        "ARTIFACT.md": artifact.page(matrix, manifest, said),
        ZENODO: as_json(deposit.zenodo(matrix, citation, said)),
        CODEMETA: as_json(deposit.codemeta(matrix, citation, said)),
    }
    for name, image in matrix.images.items():
        lock = folder / "locks" / f"{name}.lock"
        pins = parse_lock(lock.read_text(encoding="utf-8"), lock) if lock.is_file() else []
        found[sbom(name)] = as_json(bom(image, pins))
    return found
