"""Snakemake on this code, in the folder where it is called."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

import yaml

from workflows.common.cores import cores
from workflows.common.errors import UserError
from workflows.common.paths import ROOT

LAST = Path("results/experiment.json")
"""The experiment whose results are here."""
DEFAULT = "profiles/default"
"""The profile that Snakemake takes by itself: of this folder, else of the code."""
PROFILES = [*ROOT.glob("profiles/*/config.yaml")]
VERBOSE = "REPRISE_VERBOSE"
"""Set to anything, it brings Snakemake's own lines back (`src/snakemake_logger_plugin_reprise`)."""


def default() -> Path:
    """Return the experiment of this folder, else the one that comes with the code."""
    own = Path("config/config.yaml")
    return own if own.is_file() else ROOT / own


def last() -> Path:
    """Return the experiment whose results are here, else the default one."""
    return LAST if LAST.is_file() else default()


def add_options(parser: argparse.ArgumentParser, experiment: Path) -> None:
    """Add the options of what Snakemake carries out: the experiment, and the cores to use."""
    add: Any = parser.add_argument
    about = "the experiment (default: %(default)s)"
    add("--configfile", type=Path, default=experiment, metavar="FILE", help=about)
    add("--cores", type=int, metavar="N", help=f"(default: all, {cores()}; or the profile's)")
    add("--profile", type=Path, metavar="FOLDER", help="of Snakemake, e.g. profiles/slurm")
    add("--verbose", action="store_true", help="show Snakemake's own lines")


def split(words: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """Return the words before and behind `--`: a verb's own, and those for Snakemake."""
    given = sys.argv[1:] if words is None else list(words)
    at = given.index("--") if "--" in given else len(given)
    return given[:at], given[at + 1 :]


def command(args: argparse.Namespace, *words: str, config: Sequence[str] = ()) -> list[str]:
    """Return the command that gives Snakemake what `add_options` read, and further words.

    `config` joins what these say by `--config`. `--verbose` is left in the environment. Raises
    `UserError` where the experiment or the profile is not there.
    """
    if not args.configfile.is_file():
        raise UserError(
            f"--configfile {args.configfile}: no such file; name an experiment such as {default()}"
        )
    if args.cores is not None and args.cores < 1:
        raise UserError(f"--cores {args.cores}: expected at least 1")
    if args.verbose:
        os.environ[VERBOSE] = "1"
    # By -P no file of the caller's folder stands for a module.
    start = [sys.executable, "-P", "-m", "snakemake", *quiet(args, words)]
    start += ["--snakefile", str(ROOT / "Snakefile")]
    start += ["--configfile", str(args.configfile)]
    said = list(words)
    at = next((n for n, word in enumerate(said, 1) if word in ("--config", "-C")), None)
    if at:  # Snakemake takes the last one alone
        said[at:at] = config
    elif config:
        start += ["--config", *config]
    if args.profile:
        start += ["--profile", str(profile(args.profile))]
    if args.cores or not args.profile:  # a profile has its own
        start += ["--cores", str(args.cores or cores())]
    return [*start, *said]


def quiet(args: argparse.Namespace, words: Sequence[str]) -> list[str]:
    """Return what the default profile says as options: of these Snakemake prints no line.

    None where its lines are wanted, or where another profile may hold.
    """
    others = args.profile or any("profile" in word for word in words)
    if os.environ.get(VERBOSE) or others or (Path.cwd() != ROOT and Path(DEFAULT).exists()):
        return []
    said = yaml.safe_load((ROOT / DEFAULT / "config.yaml").read_text(encoding="utf-8"))
    chosen = ([f"--{name}"] + [str(value)] * (value is not True) for name, value in said.items())
    return ["--workflow-profile", "none", *chain.from_iterable(chosen)]


def surroundings(given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which jobs use this interpreter and this code.

    Also where the interpreter's environment is not activated, and where the code lies in another
    folder than the results: then no file beside these stands for a module.
    """
    found = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{given['PATH']}"}
    if Path.cwd() != ROOT:
        after = [given["PYTHONPATH"]] if given.get("PYTHONPATH") else []
        found |= {"PYTHONPATH": os.pathsep.join([str(ROOT), *after]), "PYTHONSAFEPATH": "1"}
    return found


def profile(folder: Path) -> Path:
    """Return the folder of a profile: the caller's, else that of the name beside this code."""
    for found in (folder, ROOT / folder, ROOT / "profiles" / folder):
        if (found / "config.yaml").is_file():
            return found
    here = ", ".join(f"profiles/{each.parent.name}" for each in sorted(PROFILES))
    raise UserError(
        f"--profile {folder}: no config.yaml in it; expected your own, or one of {here}"
    )


def become(args: argparse.Namespace, *words: str, config: Sequence[str] = ()) -> NoReturn:
    """Become that command: signals reach it, and its exit code is this process's."""
    start = command(args, *words, config=config)
    sys.stdout.flush()
    os.execv(start[0], start)  # noqa: S606 - as meant
