"""`reprise pack`: all that a bare machine needs to run an experiment, in parts.

Writes a folder with the code, the suite's own tools as wheels, the data, their sums, and one
program to start there. The machine needs a Python with PyTorch (and pip), but no network, no
container engine and no git: runs use that Python (engine `host`).
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.common.imports import closure
from workflows.common.paths import ROOT, cache, here
from workflows.common.revision import CARRIED, revision
from workflows.common.sums import SUMS
from workflows.data import own
from workflows.environments.kinds import HOST
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import helpers
from workflows.experiment.load import load
from workflows.experiment.model import Experiment, OwnData, own_data
from workflows.experiment.resolve import named_probes
from workflows.offline import tools
from workflows.offline.parts import MB, cut, write_sums
from workflows.offline.stages import stages

CODE = (
    "benchmarks", "config", "containers", "workflows", "profiles", "Snakefile", "CITATION.cff",
    "LICENSE", "src/snakemake_logger_plugin_reprise",
)  # fmt: skip
PROGRAM = "run.pyz"
MAIN = (
    "from workflows.common.errors import command\n"
    "from workflows.offline.run import main\n\ncommand(main)\n"
)


def experiment_of(path: Path, catalogue: Catalogue) -> Experiment:
    """Return the checked experiment of a config file, for the engine `host`."""
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"--configfile {path}: no such file") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"--configfile {path}: not YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(config, dict):
        raise UserError(f"--configfile {path}: expected an experiment, like config/gpu.yaml")
    experiment = load({**config, "engine": HOST}, catalogue)
    kept = {name: said for name in experiment.data if (said := own_data(experiment, name))}
    return experiment.model_copy(update={"data": kept})


def datasets(experiment: Experiment, catalogue: Catalogue) -> list[str]:
    """Return the data sets that anything in an experiment reads."""
    named = [
        *experiment.benchmarks, *experiment.ablation, *experiment.costs,
        *named_probes(experiment, catalogue),
    ]  # fmt: skip
    found = (catalogue.benchmarks[name].data for name in named)
    return sorted({name for name in found if name})


def write_program(target: Path) -> None:
    """Write the program to start there: a zip that Python runs, with all that it imports."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__main__.py", MAIN)
        for name in closure("workflows/offline/run.py"):
            archive.write(ROOT / name, name)


def write_code(target: Path, experiment: Experiment, catalogue: Catalogue) -> None:
    """Write the code, its revision, and the experiment's stages in their order."""
    with tarfile.open(target, "w:gz") as tar:
        for name in (*CODE, *helpers()):
            if (ROOT / name).exists():
                tar.add(ROOT / name, name, filter=_plain)
        _add(tar, CARRIED, revision().model_dump_json())
        for number, (name, stage) in enumerate(stages(experiment, catalogue), 1):
            text = json.dumps(stage.model_dump(mode="json", exclude_none=True), indent=2)
            _add(tar, f"stages/{number}-{name}.json", text)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out what is made from the code; name no user of this machine."""
    if member.name.rpartition("/")[2].startswith((".", "__pycache__")):
        return None
    return _nobodys(member)


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _add(tar: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(text.encode())
    tar.addfile(member, io.BytesIO(text.encode()))


def write_tools(target: Path, python: str) -> None:
    """Write the tools' wheels, their lock and the version of Python that they are for."""
    wheels = tools.fetch(python)
    with tarfile.open(target, "w") as tar:  # a wheel is packed already
        _add(tar, "python", python)
        _add(tar, "tools.lock", tools.lock(wheels))
        for wheel in wheels:
            tar.add(wheel, f"wheels/{wheel.name}", filter=_plain)


def write_data(target: Path, name: str, source: str | None) -> None:
    """Bring a data set here, verified, and write it."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["--manifest", str(Path(folder) / "manifest.json")]
        words += ["--source", source] if source else []
        done = subprocess.run(
            [sys.executable, "-m", f"workflows.data.{name}", *words],
            cwd=ROOT, env={**os.environ, "REPRISE_CACHE": str(cache(""))},
            stdout=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    if done.returncode:
        raise UserError(f"{name}: could not be brought; see above")
    with tarfile.open(target, "w:gz", compresslevel=6) as tar:
        tar.add(cache("data") / name, name, filter=_plain)


def write_own(target: Path, name: str, said: OwnData) -> None:
    """Bring data of one's own here, verified, and write the copy that runs read."""
    own.bring(name, said.sha256, Path(said.path).expanduser() if said.path else None)
    kept = own.place(name, said.sha256)
    with tarfile.open(target, "w:gz", compresslevel=6) as tar:
        tar.add(kept, kept.name, filter=_nobodys)


def pack(config: Path, python: str, size: int, folder: Path) -> list[Path]:
    """Make the folder anew, with parts of at most `size` bytes; return its files."""
    catalogue = Catalogue.read()
    experiment = experiment_of(config, catalogue)
    if folder.exists() and not (folder / PROGRAM).exists() and any(folder.iterdir()):
        raise UserError(f"--output {folder}: is not empty, and no pack; name another folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_program(folder / PROGRAM)
    write_code(folder / "code.tar.gz", experiment, catalogue)
    write_tools(folder / "tools.tar", python)
    for name in datasets(experiment, catalogue):
        if said := own_data(experiment, name):
            write_own(folder / f"data-{name}.tar.gz", name, said)
        else:
            write_data(folder / f"{name}.tar.gz", name, _source(config, name))
    whole = [path for path in sorted(folder.iterdir()) if path.name != PROGRAM]
    made = [folder / PROGRAM, *(part for path in whole for part in cut(path, size))]
    write_sums(folder, [path.name for path in made])
    return [folder / SUMS, *made]


def _source(config: Path, name: str) -> str | None:
    """Return the local copy of a data set that the config names."""
    found: dict[str, Any] = yaml.safe_load(config.read_text()).get("data") or {}
    return found.get(name)


def main(words: Sequence[str] | None = None) -> None:
    """Pack what the command line asks for."""
    parser = Parser("pack", __doc__, "--python 3.12 --part-mb 60")
    add: Any = parser.add_argument
    default = Path(here("config/gpu.yaml"))
    about = "the experiment (default: %(default)s)"
    add("--configfile", type=Path, default=default, metavar="FILE", help=about)
    add("--python", default="3.12", help="the machine's version (default: %(default)s)")
    add("--part-mb", type=float, default=60, help="megabytes of a part (default: %(default)s)")
    add("--output", type=Path, default=Path("results/away"), help="the folder to write")
    args = parser.read(words)
    if not args.part_mb >= 1:
        raise UserError(f"--part-mb {args.part_mb:g}: expected at least 1")
    made = pack(args.configfile, args.python, int(args.part_mb * MB), args.output)
    for path in made:
        print(f"{path.stat().st_size / MB:7.1f} MB  {path}")
    print(f"bring all of them there, at once or in several calls, and run: python3 {PROGRAM}")


if __name__ == "__main__":
    command(main)
