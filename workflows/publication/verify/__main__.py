"""`reprise verify PUBLICATION`: check it, and run its cells again here.

Exit code 0: everything that it claims of a machine like this one held, bit for bit; 1: something
that it claims did not; 2: the publication, or the command, is not in order; 4: nothing of it could
be tested here, or some of it not, or it held only under a name that means something else here. On
another processor a publication claims what its own variations over processors show, no more. The
answers are also written as a page, as Markdown and as JSON.
"""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workflows.common.arguments import Parser
from workflows.common.cores import cores
from workflows.common.errors import UserError, command
from workflows.common.files import write_json, write_text
from workflows.common.revision import revision
from workflows.common.sums import sha256
from workflows.environments.engines import resolve
from workflows.matrix.cells import Cell
from workflows.publication.check.integrity import Publication
from workflows.publication.check.limits import printable
from workflows.publication.check.opened import opened
from workflows.publication.confirmations import TABLE, collect
from workflows.publication.verify.conclusion import conclusion, outcome
from workflows.publication.verify.confirm import leave
from workflows.publication.verify.model import WORDS, Checked, Here, Verification, summary
from workflows.publication.verify.page import facts, html, markdown, notes
from workflows.publication.verify.progress import Progress, say
from workflows.publication.verify.scratch import Scratch
from workflows.publication.verify.verifier import Verifier
from workflows.report.narrow import wrapped

WIDTH = 80


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
    add("--sign", type=Path, metavar="KEY", help="an SSH key that signs the statement made of it")
    add("--by", default="not named", help="who verifies, for codecheck.yml")
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
    if others := collect(args.publication, args.signers, args.folder):
        say(f"{others}: {args.folder / TABLE}")
    cells = chosen(publication, args.cells)
    if args.only_check:
        return 0
    engine, why = resolve(args.engine)
    say(why)
    scratch = Scratch.make((args.folder / "project").resolve(), engine.name)
    verifier = Verifier(publication, scratch, args)
    verifier.prepare([cell for cell in cells if cell.verdict == "identical"])
    started = datetime.now(UTC).isoformat(timespec="seconds")
    found = carried_out(verifier, cells, args.cores)
    here = surroundings(verifier, engine.name, started, args)
    result = Verification(
        publication=publication.manifest, name=args.publication.name,
        digest=sha256(args.publication) if args.publication.is_file() else "",
        signed=publication.signed, engine=engine.name, here=here,
        checked=publication.account.lines() if publication.account else [],
        conclusion=conclusion(found, here), exit_code=outcome(found), cells=found,
    )  # fmt: skip
    write_json(args.folder / "verification.json", result.model_dump(mode="json"))
    write_text(args.folder / "verification.html", html(result))
    write_text(args.folder / "verification.md", markdown(result))
    leave(result, args.folder, key=args.sign and args.sign.expanduser(), by=args.by)
    print(printable(told(result)))
    print(f"{summary(found)}; {args.folder / 'verification.html'}, .md, .json")
    return result.exit_code


def carried_out(verifier: Verifier, cells: list[Cell], cores: int) -> list[Checked]:
    """Run the cells again, and say after each how far the whole is."""
    work = [verifier.work(cell) for cell in cells]
    progress = Progress([each for each in work if each])
    found = []
    with ThreadPoolExecutor(cores) as pool:
        for part, checked in zip(work, pool.map(verifier.answer, cells), strict=True):
            if part:
                say(f"{progress.finished(part)}: {checked.cell}: {WORDS[checked.answer]}")
            found.append(checked)
    return found


def surroundings(verifier: Verifier, engine: str, started: str, args: argparse.Namespace) -> Here:
    """Return where the cells were run again, in words."""
    machine, published = next(iter(verifier.bases.items()), ("this machine", "its own machine"))
    environments = [
        f"{name}: torch {image.packages.get('torch', 'none')}, Python {image.python}"
        for name, image in verifier.images.items()
    ]
    limits = [f"cells {' '.join(args.cells)}"] if args.cells != ["*"] else []
    limits += [f"only the first {args.steps} steps"] if args.steps else []
    return Here(
        machine=machine, published_on=published, revision=revision(), engine=engine,
        environments=environments, started=started, limits=limits,
    )  # fmt: skip


def told(found: Verification) -> str:
    """Return the answer for a terminal: the paragraph, what holds for all cells, each cell."""
    parts = [wrapped(" ".join(found.conclusion), WIDTH)]
    parts.append("\n".join(f"{name}: {value}" for name, value in facts(found)))
    parts.append("\n".join(map(str, found.cells)))
    if said := notes(found):
        parts.append("\n".join(["What else is not equal:", *(f"- {line}" for line in said)]))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    command(main)
