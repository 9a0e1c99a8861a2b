"""`reprise verify PUBLICATION`: check it, and run its cells again here.

Exit code 0: every cell that the publication calls identical was reproduced bit for bit; 1: at
least one was not; 2: the publication, or the command, is not in order; 4: none differs, but some
could not be run here, or only under a name that means something else here. The answers are also
written as JSON.
"""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from workflows.common.arguments import Parser
from workflows.common.cores import cores
from workflows.common.errors import UserError, command
from workflows.common.files import write_json
from workflows.common.sums import sha256
from workflows.environments.engines import resolve
from workflows.matrix.cells import Cell
from workflows.publication.check.integrity import Publication
from workflows.publication.check.limits import printable
from workflows.publication.check.opened import opened
from workflows.publication.verify.answers import Checked, Verification, summary
from workflows.publication.verify.scratch import Scratch
from workflows.publication.verify.verifier import Verifier, say

DIFFERS, OPEN = 1, 4


def chosen(publication: Publication, patterns: list[str]) -> list[Cell]:
    """Return the cells that one of the patterns matches, such as `cpu/cpu/toy/*`."""
    cells = publication.matrix.cells
    found = [
        cell
        for cell in cells
        if any(fnmatch.fnmatchcase(cell.folder, pattern) for pattern in patterns)
    ]
    if not found:
        text = f"--cells {' '.join(patterns)}: no cell has such a name; expected some of "
        raise UserError(text + ", ".join(cell.folder for cell in cells[:3]) + ", …")
    return found


def outcome(found: list[Checked]) -> int:
    """Return the exit code."""
    answers = {each.answer for each in found}
    if answers & {"differs", "prints-alike"}:
        return DIFFERS
    return 0 if "reproduced" in answers and not answers & {"cannot-run", "renamed"} else OPEN


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(
        "verify", __doc__, "publication.zip", "publication.zip --cells 'cpu/cpu/toy/*' --steps 100"
    )
    add: Any = parser.add_argument
    add("publication", type=Path, nargs="?", help="the zip, or the unpacked folder")
    add("--cells", nargs="+", default=["*"], help="patterns such as 'cpu/cpu/toy/*'")
    add("--repeats", type=int, default=1, help="runs of each cell (default: 1)")
    add("--steps", type=int, help="only the first so many steps")
    add("--engine", default="auto", help="docker, podman, … (default: the first that works)")
    add("--signers", type=Path, help="allowed signers: it must be signed by one of them")
    add("--accept-locks", action="store_true", help="build from locks that are not this checkout's")
    add("--only-check", action="store_true", help="sums, signature and contents; run nothing")
    add("--minutes", type=float, default=120, help="limit of one run")
    add("--cores", type=int, default=cores(), help="runs side by side")
    add("--folder", type=Path, default=Path("results/verification"), help="where it all happens")
    args = parser.read(words)
    for name in ("repeats", "steps", "cores"):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise UserError(f"--{name} {value}: expected a number of at least 1")
    return args


def main(words: Sequence[str] | None = None) -> int:
    """Verify the publication that the command line names."""
    args = arguments(words)
    if args.publication is None:
        raise UserError("no publication is named: reprise verify FILE.zip")
    try:
        publication = opened(args.publication, args.folder / "publication", args.signers)
    except UserError as error:
        raise UserError(printable(str(error))) from None
    say(f"{args.publication}: {publication.account}; {publication.signed}")
    cells = chosen(publication, args.cells)
    if args.only_check:
        return 0
    engine, why = resolve(args.engine)
    say(why)
    scratch = Scratch.make((args.folder / "project").resolve(), engine.name)
    verifier = Verifier(publication, scratch, args)
    verifier.prepare([cell for cell in cells if cell.verdict == "identical"])
    found = []
    with ThreadPoolExecutor(args.cores) as pool:
        for checked in pool.map(verifier.answer, cells):
            print(printable(str(checked)), flush=True)
            found.append(checked)
    digest = sha256(args.publication) if args.publication.is_file() else ""
    result = Verification(
        publication=publication.manifest, digest=digest, signed=publication.signed,
        checked=str(publication.account), engine=engine.name, cells=found,
    )  # fmt: skip
    write_json(args.folder / "verification.json", result.model_dump(mode="json"))
    print(f"{summary(found)}; {args.folder / 'verification.json'}")
    return outcome(found)


if __name__ == "__main__":
    command(main)
