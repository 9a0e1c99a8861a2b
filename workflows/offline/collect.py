"""`reprise home FOLDER`: join what came home, check it, say what can be done.

Writes the publication, checked as one from a stranger, and the working results beside it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.offline import parts
from workflows.publication.check.opened import opened


def home(source: Path, folder: Path) -> None:
    """Join the parts in `source` into `folder`, made anew."""
    sums = parts.read_sums(source)
    for name, expected in sums.items():
        if not (source / name).is_file():
            raise UserError(f"{source / name}: missing; bring it too")
        parts.check(source / name, expected)
    found = parts.archives(sums)
    if "results.tar.gz" not in found:
        raise UserError(f"{source}: no results, is this what the other machine made?")
    if folder.exists() and not (folder / "results").is_dir() and any(folder.iterdir()):
        raise UserError(f"--output {folder}: is not empty, and not from here; name another folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        parts.join(source, found["results.tar.gz"], Path(scratch) / "results.tar.gz")
        parts.unpack(Path(scratch) / "results.tar.gz", folder / "results")
        if "publication.zip" not in found:
            print(f"{folder / 'results'}: no stage was finished; nothing is published yet")
            return
        zipped = folder / "publication.zip"
        parts.join(source, found["publication.zip"], zipped)
        publication = opened(zipped, Path(scratch) / "publication", None)
    cells = publication.matrix.cells
    print(
        f"{zipped}: {len(cells)} cells; {publication.account}; "
        f"reprise merge here=results gpu={zipped}, or reprise verify {zipped}"
    )


def main(words: Sequence[str] | None = None) -> None:
    """Take home what the command line names."""
    parser = Parser("home", __doc__, "home")
    add: Any = parser.add_argument
    add("source", type=Path, help="the folder that came home")
    add("--output", type=Path, default=Path("results/home"), help="where to (%(default)s)")
    args = parser.read(words)
    home(args.source, args.output)


if __name__ == "__main__":
    command(main)
