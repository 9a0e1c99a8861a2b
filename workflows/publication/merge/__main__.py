"""`reprise merge A.zip HOME=B.zip …`: many machines, one matrix.

Each is a publication, checked as data from a stranger, or a results folder of one's own; `NAME=`
says what its machine is called. Writes merged.json, merged.md and merged.html into the output's
folder; with `--check` holds those that lie there against the sources, and writes nothing.
"""

from __future__ import annotations

import html
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.common.files import as_json, write_text
from workflows.publication.check.fields import first_unequal
from workflows.publication.check.form import load
from workflows.publication.check.limits import printable
from workflows.publication.merge.merged import merge
from workflows.publication.merge.model import Merged
from workflows.publication.merge.page import page
from workflows.publication.merge.sources import read_all
from workflows.publication.merge.text import render


def main(words: Sequence[str] | None = None) -> None:
    """Merge what the command line names."""
    parser = Parser("merge", __doc__, "here=results there=other.zip")
    add: Any = parser.add_argument
    add("sources", nargs="*", help="publications or results folders, each PATH or NAME=PATH")
    add("--output", type=Path, default=Path("results/merged"), help="the folder to write")
    add("--signers", type=Path, help="allowed signers: publications must be signed by one")
    add("--check", action="store_true", help="hold the output's files against a new merge instead")
    args = parser.read(words)
    if not args.sources:
        raise UserError("nothing to merge: reprise merge here=results there=other.zip")
    with tempfile.TemporaryDirectory() as unpacked:
        sources = read_all(args.sources, Path(unpacked), args.signers)
        merged = merge(sources)
    for source in sources:
        print(printable(f"{source.name}: {source.publication.account}"), file=sys.stderr)
    if args.check:
        check_merged(args.output, merged)
        print(f"{args.output}: {', '.join(files(merged))} made again from the sources: equal")
        return
    for name, text in files(merged).items():
        write_text(args.output / name, text)
    print("\n" + printable(render(merged, "rounded_outline")))
    print(f"{args.output / 'merged.html'}: the same as one page")


def files(merged: Merged) -> dict[str, str]:
    """Return a merge in all its forms, by name."""
    text = html.escape(printable(render(merged, "github")), quote=False)  # Markdown takes HTML
    return {
        "merged.json": as_json(merged.model_dump(mode="json")),
        "merged.md": f"# Many machines\n\n{text}",
        "merged.html": page(merged),
    }


def check_merged(folder: Path, merged: Merged) -> None:
    """Raise `UserError` for the first file of a merge that is not what its sources give."""
    said = load(folder, "merged.json", Merged.model_validate_json).model_dump(mode="json")
    if found := first_unequal(said, merged.model_dump(mode="json")):
        raise UserError(found.line(f"{folder / 'merged.json'}", "its sources say"))
    for name, text in files(merged).items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != text.encode():
            raise UserError(f"{path}: missing, or not what this code makes of its sources")


if __name__ == "__main__":
    command(main)
