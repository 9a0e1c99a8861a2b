"""`python -m workflows.schemas`: write the JSON Schemas that are not what their models say.

With `--check` it writes none, names each one that is stale, and ends with 1 if there is any.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from workflows.check.answer import Answer
from workflows.check.record import CommandRecord
from workflows.common.errors import command
from workflows.common.files import as_json, write_text
from workflows.common.models import Model
from workflows.common.paths import ROOT
from workflows.compare.close_look import Closer
from workflows.experiment.model import Experiment
from workflows.history.campaign import Campaign
from workflows.matrix.model import Matrix
from workflows.publication.manifest import Manifest
from workflows.publication.merge.model import Merged
from workflows.publication.verify.model import Verification
from workflows.runs.record import RunRecord
from workflows.studies.ablation.result import Ablation
from workflows.studies.costs.result import Costs
from workflows.studies.cures.result import Cures

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS: dict[str, type[Model]] = {
    "config/schema.json": Experiment,
    "workflows/schemas/ablation.json": Ablation,
    "workflows/schemas/campaign.json": Campaign,
    "workflows/schemas/check.json": Answer,
    "workflows/schemas/closer.json": Closer,
    "workflows/schemas/command-record.json": CommandRecord,
    "workflows/schemas/costs.json": Costs,
    "workflows/schemas/cures.json": Cures,
    "workflows/schemas/matrix.json": Matrix,
    "workflows/schemas/merged.json": Merged,
    "workflows/schemas/publication.json": Manifest,
    "workflows/schemas/run-record.json": RunRecord,
    "workflows/schemas/verification.json": Verification,
}
"""The model of what each schema file describes."""


def text(model: type[Model]) -> str:
    """Return a model's JSON Schema as its file holds it."""
    return as_json({"$schema": DIALECT, **model.model_json_schema()})


def stale(root: Path = ROOT) -> list[str]:
    """Return the schema files below `root` that are missing, or not what their models say."""
    return [
        file
        for file, model in SCHEMAS.items()
        if not (root / file).is_file() or (root / file).read_bytes() != text(model).encode()
    ]


def main(root: Path = ROOT) -> int:
    """Write the stale schema files, or name them."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.schemas",
        description="Write the JSON Schemas that are not what their models say.",
    )
    parser.add_argument("--check", action="store_true", help="name them instead; 1 if there is one")
    args = parser.parse_args()
    found = stale(root)
    for file in found:
        if args.check:
            print(f"{file}: is not what its model says; write it again: make schemas")
        else:
            write_text(root / file, text(SCHEMAS[file]))
            print(f"{file}: written")
    return int(args.check and bool(found))


if __name__ == "__main__":
    command(main)
