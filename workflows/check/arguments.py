"""What `reprise check` and `reprise run` take: their own words, then `--`, then the command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows.check.extras import catalogue
from workflows.check.folder import Copies
from workflows.check.launch import Launch
from workflows.common.arguments import Parser
from workflows.common.errors import UserError
from workflows.experiment.catalogue import Catalogue


def parse(parser: Parser, words: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Return what stands before `--`, and the command behind it; raise `UserError` without one."""
    given = sys.argv[1:] if words is None else list(words)
    at = given.index("--") if "--" in given else len(given)
    args = parser.read(given[:at])
    command = given[at + 1 :]
    if not command:
        raise UserError(
            f"no command; write it behind --, such as: {parser.prog} -- python train.py"
        )
    return args, command


def add_common(parser: Parser) -> None:
    """Add what both verbs take."""
    add: Any = parser.add_argument
    add("--folder", type=Path, default=Path(), metavar="DIR", help="what is copied (default: .)")
    add(
        "--link", action="append", default=[], metavar="NAME",
        help="linked instead of copied: what the command writes in it stays",
    )  # fmt: skip
    about = "the settings that all runs have (default: unseeded, none)"
    add("--configuration", default="unseeded", metavar="NAME", help=about)
    add("--seed", type=int, default=3, metavar="N", help="of settings that seed (default: 3)")
    add("--timeout", type=float, metavar="SECONDS", help="end a run that takes longer")


def launch(args: argparse.Namespace, command: Sequence[str], home: Path) -> Launch:
    """Return what carries the command out; raise `UserError` where it cannot be."""
    source = args.folder.resolve()
    here = Path.cwd()
    if not source.is_dir():
        raise UserError(f"--folder {args.folder}: no such folder")
    if not here.is_relative_to(source):
        raise UserError(f"--folder {args.folder}: expected one that this folder, {here}, lies in")
    above = [word for word in command if word.startswith("../")]
    if above and source == here:
        raise UserError(f"{above[0]}: lies outside of what is copied; add --folder ..")
    copies = Copies(source, home.resolve(), here.relative_to(source), args.link)
    copies.check()
    return Launch(command, copies, catalogue(), args.seed, args.timeout)


def settings(name: str, found: Catalogue) -> list[str]:
    """Return the settings of a configuration, in their order."""
    known = found.configurations
    if name not in known:
        raise UserError(f"--configuration {name}: not known; known: {', '.join(known)}")
    return [each for each in found.settings if each in known[name]]
