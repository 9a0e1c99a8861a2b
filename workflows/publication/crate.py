"""The RO-Crate of a publication: a Workflow Run Crate 0.5 (https://w3id.org/ro/wfrun/workflow)."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from workflows.common.sums import SUMS
from workflows.matrix.model import Matrix
from workflows.publication.archive import files
from workflows.publication.manifest import SIGNATURE

METADATA = "ro-crate-metadata.json"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
TYPES = {
    ".npz": "application/zip",
    ".cff": "text/yaml",
    ".lock": "text/plain",
    ".md": "text/markdown",
}
ALWAYS = "1970-01-01"  # where no run started, there is no date to give


def metadata(folder: Path, matrix: Matrix, conclusion: str, ended: str | None) -> dict[str, Any]:
    """Return the crate's metadata for all files of a publication's folder, in a fixed order."""
    crate = ROCrate(version="1.1")  # what version 0.5 of the profile builds on
    started = matrix.started
    root = crate.root_dataset
    root["name"] = "Reprise: which combinations reproduce, bit for bit"
    root["description"] = conclusion
    root["datePublished"] = (ended or started or ALWAYS)[:10]
    root["license"] = "https://spdx.org/licenses/MIT"
    crate.add(_entity(crate, "https://spdx.org/licenses/MIT", "CreativeWork", "MIT licence"))
    root["conformsTo"] = [
        crate.add(_entity(crate, url, "CreativeWork", name, version=url.rpartition("/")[2]))
        for url, name in PROFILES.items()
    ]
    workflow = crate.add_workflow(
        folder / "Snakefile", "Snakefile", main=True, lang="snakemake", gen_cwl=False
    )
    workflow["name"] = "Reprise"
    added = {"Snakefile": workflow}
    for name in files(folder):
        if name in (METADATA, SUMS, SIGNATURE, "Snakefile"):
            continue
        suffix = Path(name).suffix
        kind = TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "text/plain"
        size = str((folder / name).stat().st_size)
        about = {"name": name, "encodingFormat": kind, "contentSize": size}
        added[name] = crate.add_file(folder / name, name, properties=about)
    action = crate.add(
        ContextEntity(
            crate, "#campaign",
            properties={
                "@type": "CreateAction",
                "name": "One campaign: all runs of the experiment on one machine",
                "actionStatus": "http://schema.org/CompletedActionStatus",
                **({"startTime": started} if started else {}),
                **({"endTime": ended} if ended else {}),
            },
        )
    )  # fmt: skip
    action["instrument"] = workflow
    action["object"] = [added["experiment.json"], *_below(added, "locks/"), *_below(added, "data/")]
    results = ["matrix.json", "matrix.csv", "matrix.md", "report.html"]
    action["result"] = [
        *(added[name] for name in results if name in added),
        *_below(added, "runs/"),
    ]
    root["mentions"] = [action]
    found: dict[str, Any] = crate.metadata.generate()
    found["@graph"].sort(key=lambda entity: str(entity["@id"]))
    return found


def _entity(crate: ROCrate, url: str, kind: str, name: str, **more: str) -> ContextEntity:
    return ContextEntity(crate, url, properties={"@type": kind, "name": name, **more})


def _below(added: dict[str, Any], folder: str) -> list[Any]:
    return [entity for name, entity in added.items() if name.startswith(folder)]
