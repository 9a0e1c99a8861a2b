"""The RO-Crate of a publication: a Provenance Run Crate 0.5; where nothing ran, a workflow's."""

from __future__ import annotations

import mimetypes
from collections.abc import Collection
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from workflows.common.sums import SUMS
from workflows.matrix.model import Matrix
from workflows.publication import provenance, traces
from workflows.publication.archive import files
from workflows.publication.manifest import SIGNATURE
from workflows.runs.record import RunRecord

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


def metadata(
    folder: Path, matrix: Matrix, conclusion: str, records: Collection[RunRecord], *, brief: bool
) -> dict[str, Any]:
    """Return the crate's metadata for all files of a publication's folder, in a fixed order.

    `records`: those in the folder; `brief`: so are their traces.
    """
    crate = ROCrate(version="1.1")  # what version 0.5 of the profile builds on
    crate.metadata.extra_terms |= provenance.words()
    ran = [record for record in records if record.status != "not-run"]
    ended = max(filter(None, map(provenance.ended, records)), default=None)
    started = matrix.started
    root = crate.root_dataset
    root["name"] = "Reprise: which combinations reproduce, bit for bit"
    root["description"] = conclusion
    root["datePublished"] = (ended or started or ALWAYS)[:10]
    root["license"] = "https://spdx.org/licenses/MIT"
    crate.add(_entity(crate, "https://spdx.org/licenses/MIT", "CreativeWork", "MIT licence"))
    root["conformsTo"] = [
        crate.add(_entity(crate, url, "CreativeWork", name, version=url.rpartition("/")[2]))
        for url, name in (PROFILES | (provenance.PROFILE if ran else {})).items()
    ]
    kinds = ["File", "SoftwareSourceCode", "ComputationalWorkflow", *(["HowTo"] if ran else [])]
    workflow = crate.add_workflow(
        folder / "Snakefile", "Snakefile", properties={"@type": kinds},
        main=True, lang="snakemake", gen_cwl=False,
    )  # fmt: skip
    workflow["name"] = "Reprise"
    added = {"Snakefile": workflow, **_added(crate, folder)}
    action = _campaign(crate, started, ended)
    action["instrument"] = workflow
    action["object"] = [added["experiment.json"], *_below(added, "locks/"), *_below(added, "data/")]
    results = ["matrix.json", "matrix.csv", "matrix.md", "report.html"]
    action["result"] = [
        *(added[name] for name in results if name in added),
        *_below(added, "runs/"),
    ]
    left = [(record, _left(added, record, brief)) for record in ran]
    actions = provenance.describe(crate, workflow, matrix.images, left) if ran else []
    root["mentions"] = [action, *actions]
    found: dict[str, Any] = crate.metadata.generate()
    found["@graph"].sort(key=lambda entity: str(entity["@id"]))
    return found


def _added(crate: ROCrate, folder: Path) -> dict[str, Any]:
    """Add all files that are neither the workflow nor about the files; return them by name."""
    added = {}
    for name in files(folder):
        if name in (METADATA, SUMS, SIGNATURE, "Snakefile"):
            continue
        kind = TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "text/plain"
        size = str((folder / name).stat().st_size)
        about = {"name": name, "encodingFormat": kind, "contentSize": size}
        added[name] = crate.add_file(folder / name, name, properties=about)
    return added


def _campaign(crate: ROCrate, started: str | None, ended: str | None) -> Any:
    properties = {
        "@type": "CreateAction",
        "name": "One campaign: all runs of the experiment on one machine",
        "actionStatus": "http://schema.org/CompletedActionStatus",
        **({"startTime": started} if started else {}),
        **({"endTime": ended} if ended else {}),
    }
    return crate.add(ContextEntity(crate, "#campaign", properties=properties))


def _entity(crate: ROCrate, url: str, kind: str, name: str, **more: str) -> ContextEntity:
    return ContextEntity(crate, url, properties={"@type": kind, "name": name, **more})


def _left(added: dict[str, Any], record: RunRecord, brief: bool) -> list[Any]:
    """Return the files of a run: its record, and its trace where it has one."""
    names = (f"runs/{record.run.path}.json", traces.name(record, brief=brief))
    return [added[name] for name in names if name in added]


def _below(added: dict[str, Any], folder: str) -> list[Any]:
    return [entity for name, entity in added.items() if name.startswith(folder)]
