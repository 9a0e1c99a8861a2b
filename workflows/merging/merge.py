"""`python -m workflows.merging.merge A.zip HOME=B.zip …`: many machines, one matrix.

Each is a publication, checked as data from a stranger, or a results folder of one's own; `NAME=`
says what its machine is called. Writes merged.json, merged.md and merged.html into the output's
folder.
"""

from __future__ import annotations

import argparse
import html
import shutil
from pathlib import Path
from typing import Any

from workflows.errors import UserError, command
from workflows.files import write_json, write_text
from workflows.merging.merged import merge
from workflows.merging.model import Merged
from workflows.merging.page import page
from workflows.merging.sources import read_all
from workflows.merging.text import render
from workflows.places import ROOT
from workflows.verification.limits import printable

SCHEMA = ROOT / "workflows" / "schemas" / "merged.json"


def main() -> None:
    """Merge what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m workflows.merging.merge", description=__doc__)
    add: Any = parser.add_argument
    add("sources", nargs="*", help="publications or results folders, each PATH or NAME=PATH")
    add("--output", type=Path, default=Path("results/merged"), help="the folder to write")
    add("--signers", type=Path, help="allowed signers: publications must be signed by one")
    add("--schema", action="store_true", help="write the JSON Schema instead")
    args = parser.parse_args()
    if args.schema:
        return write_json(SCHEMA, Merged.model_json_schema())
    if not args.sources:
        raise UserError('nothing to merge: make merge FROM="here=results there=other.zip"')
    unpacked = args.output / ".sources"
    try:
        merged = merge(read_all(args.sources, unpacked, args.signers))
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
    write_json(args.output / "merged.json", merged.model_dump(mode="json"))
    text = html.escape(printable(render(merged, "github")), quote=False)  # Markdown takes HTML
    write_text(args.output / "merged.md", f"# Many machines\n\n{text}")
    write_text(args.output / "merged.html", page(merged))
    print("\n" + printable(render(merged, "rounded_outline")))
    print(f"{args.output / 'merged.html'}: the same as one page")
    return None


if __name__ == "__main__":
    command(main)
