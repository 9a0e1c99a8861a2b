"""What runs on the other machine: `python3 run.pyz --minutes 8`. Standard library only.

Takes the parts that lie beside it, installs the suite's own tools beside the machine's Python,
runs the stages of the experiment within the budget, and packs what was found for the way home.
Called again it goes on where it stopped. Exit code 0: all stages are done; 75: call again, with
the parts that are missing or with more time; 2: something is not in order; 1: a stage failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

from workflows.common import program
from workflows.common.cores import cores
from workflows.common.errors import UserError, command
from workflows.common.guarded import Process
from workflows.common.mutex import mutex
from workflows.common.sums import sha256
from workflows.offline import budget, parts

AGAIN = 75  # EX_TEMPFAIL of sysexits.h
RESERVE = 15.0 + budget.GRACE
"""Seconds kept back from the budget to end what runs and to pack the results."""
BACK = 15 * parts.MB
"""Bytes of a file on the way home."""
KEPT = ("results", ".snakemake")
"""What a new copy of the code leaves in the project's folder."""
BROUGHT = ("publication.zip", "results.tar.gz")
NOT_BROUGHT = ("publication", "publication.zip", "reruns")


def say(text: str) -> None:
    """Tell a waiting person what is done."""
    print(text, flush=True)


def take(source: Path, work: Path) -> list[str]:
    """Take the parts that lie in `source`, and unpack each archive that is whole.

    Returns the parts that are still missing; raises `UserError` for one that is damaged.
    """
    sums = parts.read_sums(source)
    missing: list[str] = []
    for archive, names in parts.archives(sums).items():
        mark, wanted = work / f"{archive}.taken", "".join(sums[name] for name in names)
        if mark.is_file() and mark.read_text() == wanted:
            continue
        absent = [name for name in names if not _took(source, work / "parts", name, sums[name])]
        missing += absent
        if not absent:
            _unpack(work, archive, names)
            mark.write_text(wanted)
    return missing


def _took(source: Path, folder: Path, name: str, expected: str) -> bool:
    """Copy a part into `folder`, checked; return whether it is there now."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / name
    if kept.is_file() and sha256(kept) == expected:
        return True
    if not (source / name).is_file():
        return False
    parts.check(source / name, expected)
    shutil.copyfile(source / name, kept)
    return True


def _unpack(work: Path, archive: str, names: list[str]) -> None:
    """Put an archive's contents in their place; code, tools and each data set have one."""
    kind = archive.partition(".")[0]
    folder = {"code": work / "project", "tools": work / "tools"}.get(kind, work / "cache" / "data")
    if kind in ("code", "tools") and folder.is_dir():
        for old in folder.iterdir():
            if old.name not in KEPT:
                shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    whole = work / archive
    parts.join(work / "parts", names, whole)
    parts.unpack(whole, folder)
    if kind == "tools":
        _install(folder)
    for used in [whole, *(work / "parts" / name for name in names)]:
        used.unlink()


def _install(folder: Path) -> None:
    """Install the tools' wheels into a virtual environment that sees no package of the machine."""
    wanted = (folder / "python").read_text().strip()
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    if running != wanted:
        raise UserError(
            f"this is Python {running}, the tools were packed for {wanted}; "
            f"at home: reprise pack --python {running}"
        )
    _call("-m", "venv", "--without-pip", str(folder / "venv"))
    _call(
        "-m", "pip", "--python", str(folder / "venv" / "bin" / "python"), "install", "--quiet",
        "--no-index", "--no-deps", "--no-compile", "--no-cache-dir", "--require-hashes",
        "--disable-pip-version-check", "--find-links", str(folder / "wheels"),
        "--requirement", str(folder / "tools.lock"),
    )  # fmt: skip
    # What the profile names as its logger lies in the code.
    packages = folder / "venv" / "lib" / f"python{running}" / "site-packages"
    (packages / "_reprise.pth").write_text(f"{folder.parent / 'project' / 'src'}\n")


def _call(*arguments: str) -> None:
    program.output([sys.executable, *arguments], f"{sys.executable} {' '.join(arguments[:2])}")


def run_stages(work: Path, options: argparse.Namespace, deadline: float) -> int:
    """Run the stages that are not done, in order; return the exit code."""
    project = work / "project"
    named = sorted((project / "stages").glob("*.json"))
    for number, path in enumerate(named, 1):
        name = f"stage {number} of {len(named)}, {path.stem.partition('-')[2]}"
        log = project / "results" / "logs" / f"away-{path.stem}.log"
        say(f"{name} …")
        code = budget.run(
            snakemake(work, path, options),
            log,
            deadline,
            lambda done, name=name: say(f"{name}: {done}"),  # type: ignore[misc]
        )
        if code is None:
            say(f"{name}: out of time at {budget.progress(log)}; what is finished stays")
            return AGAIN
        if code:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            say(f"{tail}\n{name}: failed with exit code {code}")
            return 1
        shutil.copyfile(project / "results" / "publication.zip", work / "publication.zip")
        say(f"{name}: done and published")
    return 0


def snakemake(work: Path, stage: Path, options: argparse.Namespace) -> Process:
    """Return the command that does a stage and publishes all that is there by then."""
    words = [
        str(work / "tools" / "venv" / "bin" / "python"), "-m", "snakemake", "publish",
        "--cores", str(options.cores), "--configfile", str(stage),
        "--config", f"traces={options.traces}",
        "--nolock",  # a lock of this program's own is held
    ]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["REPRISE_PYTHON"] = str(options.python.absolute())
    environment["REPRISE_CACHE"] = str(work / "cache")
    environment["REPRISE_GPU_RUNS"] = str(options.gpu_runs)
    environment["REPRISE_VERBOSE"] = "1"  # the budget reads Snakemake's own count
    return Process(words, environment, work / "project")


def bring(work: Path, out: Path) -> None:
    """Write what was found into `out`, in parts and with their sums, for the way home."""
    out.mkdir(parents=True, exist_ok=True)
    for old in [path for name in BROUGHT for path in out.glob(f"{name}.*")]:
        old.unlink()
    made: list[Path] = []
    if (work / "publication.zip").is_file():  # of the last stage that is done
        shutil.copyfile(work / "publication.zip", out / "publication.zip")
        made += parts.cut(out / "publication.zip", BACK)
    results = work / "project" / "results"
    with tarfile.open(out / "results.tar.gz", "w:gz", compresslevel=3) as tar:
        for path in sorted(results.glob("*")):
            if path.name not in NOT_BROUGHT:
                tar.add(path, path.name)
    made += parts.cut(out / "results.tar.gz", BACK)
    parts.write_sums(out, [path.name for path in made])
    size = sum(path.stat().st_size for path in made) / parts.MB
    say(f"{out}: {len(made) + 1} files, {size:.1f} MB; at home: reprise home FOLDER")


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="run.pyz", description=(__doc__ or "").partition("\n")[0])
    add: Any = parser.add_argument
    beside = Path(sys.argv[0]).resolve().parent
    shared = Path(tempfile.gettempdir()) / f"reprise-away-{os.getuid()}"
    add("--minutes", type=float, default=8, help="wall time of this call, all in all")
    add("--parts", type=Path, default=beside, help="where the parts lie (default: beside this)")
    add("--work", type=Path, default=shared, help="where it all happens (default: %(default)s)")
    add("--out", type=Path, default=Path("home"), help="the folder to write for the way home")
    add("--python", type=Path, default=Path(sys.executable), help="the interpreter under test")
    add("--cores", type=int, default=cores(), help="runs side by side (default: %(default)s)")
    about = "of these on the GPU at once; more than one is faster, and disturbs autotuning"
    add("--gpu-runs", type=int, default=1, metavar="N", help=about)
    add("--traces", choices=["whole", "brief"], default="whole", help="of the publication")
    options = parser.parse_args()
    if options.minutes * 60 <= RESERVE:
        raise UserError(f"--minutes {options.minutes:g}: expected more than {RESERVE / 60:.1f}")
    if options.gpu_runs < 1:
        raise UserError(f"--gpu-runs {options.gpu_runs}: expected at least 1")
    return options


def main() -> int:
    """Do as much of it all as the budget allows."""
    deadline = time.monotonic()
    options = arguments()
    deadline += options.minutes * 60 - RESERVE
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `finally` blocks run

    def busy() -> None:
        raise UserError(f"{work}: another call is at work there; wait for it")

    with mutex(work / ".lock", busy):
        if missing := take(options.parts, work):
            say(f"taken, still to bring: {', '.join(missing)}; then call again")
            return AGAIN
        code = run_stages(work, options, deadline)
        bring(work, options.out)
    return code


if __name__ == "__main__":
    command(main)
