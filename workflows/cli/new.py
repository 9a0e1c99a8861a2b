"""`reprise new NAME -- COMMAND`: make a benchmark of one's own program, and an experiment with it.

Behind `--` stands the command that starts the program, as it is; this folder is copied into
`benchmarks/commands/NAME/`, and each run works in a fresh copy of that. Left out are hidden files,
virtual environments and `results/`. `{data}` in the command stands for the folder of the data that
`--data` names. Without a command `benchmarks/NAME.py` is written: a working
example to edit, of which every part can be varied.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflows.check.extras import catalogue
from workflows.check.folder import Copies
from workflows.check.launch import Launch, Order
from workflows.cli.data import brought
from workflows.common import pipeline
from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.common.files import write_text
from workflows.common.paths import ROOT, cache
from workflows.data.digests import CIFAR10
from workflows.data.own import place
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.model import OTHERS

NAME = re.compile(r"[a-z][a-z0-9_]*")
MOST = 50 * 2**20
"""Bytes that a benchmark's files may have: they are looked at before and after each run."""
LEFT_OUT = ("results", "__pycache__")
COMMANDS = ROOT / "benchmarks" / "commands"
HERE = "{data}"
"""In a command: the folder of its data."""
EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPERIMENT = """\
engine: auto
seed: 3
environments: [cpu]
devices: [cpu]
benchmarks:
  NAME: {}
configurations: [unseeded, seeded, strict]
repeats: { NAME: 3 }
"""


def main(words: Sequence[str] | None = None) -> None:
    """Write both, and say what comes next."""
    own, given = pipeline.split(words)
    parser = Parser("new", __doc__, "mine -- python train.py --epochs 1", "mine")
    add: Any = parser.add_argument
    add("name", help="of the benchmark: lower-case letters, digits and _")
    add("--folder", type=Path, default=Path(), metavar="DIR", help="the program's (default: .)")
    about = "that the command takes (default: it is carried out once, here, to count them)"
    add("--steps", type=int, metavar="N", help=about)
    about = "the data that it reads, a file or a folder: {data} in the command; or cifar10"
    add("--data", metavar="NAME=PATH", help=about)
    add("--replace", action="store_true", help="take the place of an earlier one of this name")
    args = parser.read(own)
    experiment = Path(f"{args.name}.yaml")
    check_name(args.name, replace=args.replace)
    if experiment.exists() and not args.replace:
        raise UserError(f"{experiment}: is there already; remove it, or choose another name")
    data = Data.named(args.data, given)
    if given:
        made = of_command(args.name, given, args.folder.resolve(), args.steps, data)
    else:
        made = ROOT / "benchmarks" / f"{args.name}.py"
        write_text(made, example())
    if not experiment.exists():
        write_text(experiment, EXPERIMENT.replace("NAME", args.name) + data.line)
    print(f"benchmark: {made}\nexperiment: {experiment}")
    print(f"next: reprise matrix --configfile {experiment}")


@dataclass(frozen=True)
class Data:
    """What a command reads: its name, where it lies here, the experiment's line. Mostly nothing."""

    name: str | None = None
    folder: Path | None = None
    line: str = ""

    @classmethod
    def named(cls, said: str | None, given: Sequence[str]) -> Data:
        """Bring what `--data` names; raise `UserError` where it does not fit the command."""
        if any(HERE in word for word in given) != (said is not None):
            fix = f"expected {HERE} in the command and --data NAME=PATH, or none of both"
            raise UserError(f"{' '.join(given)}: {fix}")
        if said is None:
            return cls()
        name, _, path = said.partition("=")
        if path:
            found, line = brought(name, Path(path))
            return cls(name, place(name, found.sha256) / name, f"{line}\n")
        if name != CIFAR10.name:
            raise UserError(f"--data {said}: expected NAME=PATH, or {CIFAR10.name}")
        return cls(name, cache("data") / name, f"data: {{ {name}: null }}\n")


def check_name(name: str, *, replace: bool) -> None:
    """Raise `UserError` for a name that cannot be a benchmark's, or is one's already."""
    if not NAME.fullmatch(name) or name in OTHERS:
        raise UserError(
            f"{name}: expected a name of lower-case letters, digits and _, such as mine"
        )
    found = Catalogue.read(ROOT).benchmarks.get(name)
    if found and not (replace and found.command):
        fix = "add --replace, or choose another name" if found.command else "choose another name"
        raise UserError(f"{name}: is a benchmark already, {found.file}; {fix}")


def example() -> str:
    """Return the benchmark that `benchmarks/README.md` shows."""
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    found = EXAMPLE.search(text)
    if found is None:
        raise UserError("benchmarks/README.md: shows no example; get the project again")
    return found[1]


def of_command(name: str, given: list[str], folder: Path, steps: int | None, data: Data) -> Path:
    """Copy a program's folder and declare its command; return the declaration's path."""
    if not folder.is_dir():
        raise UserError(f"--folder {folder}: no such folder")
    if steps is not None and steps < 1:
        raise UserError(f"--steps {steps}: expected at least 1")
    files = [file for file in own_files(folder) if file != Path(f"{name}.yaml")]
    size = sum((folder / file).stat().st_size for file in files)
    if size > MOST:
        most = f"more than {MOST >> 20} MiB; keep its data elsewhere, or name a smaller --folder"
        raise UserError(f"{folder}: holds {size >> 20} MiB, {most}")
    here = [word.replace(HERE, str(data.folder)) for word in given]
    steps = counted(here, folder) if steps is None else steps
    target = COMMANDS / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in files:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / file, target / file)
    declaration = target.with_suffix(".py")
    about = f'"""A program as it is; its files lie in {name}/ beside this one."""'
    listed = ", ".join(map(json.dumps, given))
    lines = [f"COMMAND = [{listed}]", f"STEPS = {steps}"]
    lines += [f"DATA = {json.dumps(data.name)}"] if data.name else []
    write_text(declaration, "\n".join([about, "", *lines, ""]))
    return declaration


def own_files(folder: Path) -> Iterator[Path]:
    """Yield a program's files, by their paths in its folder."""
    for root, folders, names in os.walk(folder):
        here = Path(root)
        folders[:] = [n for n in folders if _is_own(here / n)]
        kept = [here / n for n in names if not n.startswith(".") and (here / n).is_file()]
        yield from (path.relative_to(folder) for path in kept)


def _is_own(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in LEFT_OUT
    return not hidden and not (folder / "pyvenv.cfg").is_file()


def counted(given: list[str], folder: Path) -> int:
    """Carry a command out once; return the number of steps that it takes."""
    said = "say --steps N, and it is not carried out here"
    with tempfile.TemporaryDirectory(prefix="reprise-new-") as home:
        copies = Copies(folder, Path(home).resolve())
        copies.check()
        launch = Launch(given, copies, catalogue(), 3, None)
        record = launch(Order(0), Path(home) / "run").record
    if record.status != "completed":
        raise UserError(f"{given[0]}: {record.status}: {record.reason}; or {said}")
    if len(record.processes) != 1:
        what = f"{len(record.processes)} processes took steps, a benchmark has one"
        raise UserError(f"{' '.join(given)}: {what}; see what it does: reprise check -- COMMAND")
    return record.processes[0].trace.steps


if __name__ == "__main__":
    command(main)
