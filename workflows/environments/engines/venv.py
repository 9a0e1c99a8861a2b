"""The engine `venv`: the same locks in virtual environments, where no container engine is."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from workflows.common import files, program
from workflows.common.errors import UserError
from workflows.common.mutex import mutex
from workflows.common.paths import cache
from workflows.common.sums import sha256
from workflows.common.takes import takes
from workflows.common.underway import MB, of_all, size, underway
from workflows.environments import definition as environments
from workflows.environments import wheels
from workflows.environments.definition import Environment, declaration
from workflows.environments.engines import local
from workflows.environments.engines.interface import Engine, Job, Process
from workflows.environments.images import contents
from workflows.environments.images.assemble import DESCRIBE
from workflows.environments.images.contents import Contents, differences
from workflows.environments.images.record import Base, ImageRecord
from workflows.environments.images.reread import Index

# Written beside an environment's contents; these know where the environment lies.
_OURS = "reprise.json"
_INDEX = "reprise-index.json"
_PLACED = frozenset({"bin", "pyvenv.cfg", _OURS, _INDEX})
_INTERPRETER = """
import json, os, platform, sys, sysconfig
library = os.path.join(*(sysconfig.get_config_var(name) or "-" for name in ("LIBDIR", "LDLIBRARY")))
executable = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
print(json.dumps({
    "version": platform.python_version(), "implementation": platform.python_implementation(),
    "executable": executable, "machine": f"{sys.platform} {platform.machine()}",
    "files": [executable] + [library] * (library.endswith(".so") and os.path.exists(library)),
}))
"""


class Venv(Engine):
    """Runs every job in a virtual environment that holds a lock's wheels, and nothing else."""

    name = "venv"
    isolation = "own virtual environment, clean environment variables; same files and network"

    def probe(self) -> str:
        """Run the interpreter that the environments are made with."""
        _, base = _interpreter()
        return f"{base.reference} makes virtual environments"

    def build(self, environment: str, *, fresh: bool = False) -> ImageRecord:
        """Install the environment's lock offline, unless that was done and nothing changed."""
        found = environments.find(environment)
        if found.image:
            raise UserError(
                f"engine venv: environment {environment} is the image {found.image}, which no "
                "virtual environment can hold; choose engine: docker, podman or apptainer"
            )
        executable, base = _interpreter()
        recipe = sha256(Path(__file__))
        inputs = files.digest([base.model_dump(), found.lock_digest, recipe])
        place = cache("environments")
        # Without the lock, which a cache that cannot be written to would not give; what a builder
        # puts right just now is not there for a moment.
        with suppress(FileNotFoundError):
            if not fresh and (record := _existing(found, inputs)):
                return record
        place.mkdir(parents=True, exist_ok=True)
        with mutex(place / f".{environment}.lock", lambda: _waits(environment)):
            if not fresh and (record := _existing(found, inputs)):
                return record  # by the one that had the lock
            with tempfile.TemporaryDirectory(dir=place, prefix=".building-") as name:
                folder = Path(name) / "environment"
                _install(found, folder, executable)
                record = _record(found, folder, base)
                files.write_json(folder / _OURS, {"inputs": inputs, "record": record.model_dump()})
                _settle(folder, place / record.tag)
        return record

    def process(self, image: ImageRecord, job: Job) -> Process:
        """Say how to start the job; raise `UserError` if the environment is gone."""
        interpreter = cache("environments") / image.tag / "bin" / "python"
        if not interpreter.exists():
            raise UserError(
                f"engine venv: environment {image.tag} is gone; build it again: "
                f"reprise matrix -- -f results/images/{image.environment}.json"
            )
        if _interpreter()[1] != image.base:
            raise UserError(
                f"engine venv: the Python under {image.tag} is not the one that it was made with; "
                f"make it again: reprise matrix -- -f results/images/{image.environment}.json"
            )
        return local.process(interpreter, job)


def _interpreter() -> tuple[Path, Base]:
    """Return the Python that environments are made with; raise `UserError` if there is none."""
    version = declaration().python
    said = f"no Python {version} for Linux on x86_64"
    for candidate in (sys.executable, shutil.which(f"python{version}")):
        try:
            found = local.report(candidate or "", _INTERPRETER)
        except UserError:  # none, or a stand-in for one that is not installed
            continue
        right = found["version"].startswith(f"{version}.") and found["machine"] == "linux x86_64"
        if right:
            index = Index(cache("interpreters") / "index.json")  # every run asks for it again
            parts = [index.describe(Path(path).resolve()) for path in found["files"]]
            index.keep()
            digest = files.digest([part.rpartition(" ")[2] for part in parts])
            reference = f"{found['implementation']} {found['version']}"
            return Path(found["executable"]), Base(
                kind="interpreter", reference=reference, digest=digest
            )
    raise UserError(
        f"engine venv: {said}, which the locks are for; install it (uv python install {version}), "
        "or choose engine: docker, which needs none"
    )


def _waits(environment: str) -> None:
    print(f"venv: another process builds {environment}; waiting", file=sys.stderr, flush=True)


def _existing(environment: Environment, inputs: str) -> ImageRecord | None:
    """Return the record of an environment made from the same inputs and not touched since."""
    for path in sorted(cache("environments").glob(f"{environment.name}-*/{_OURS}")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["inputs"] == inputs:
            record = ImageRecord.model_validate(kept["record"])
            with takes("venv", f"checking {record.tag} in the cache"):
                index = Index(path.with_name(_INDEX))
                found = contents.of_folder(path.parent, _PLACED, index.describe)
                index.keep()
            if found.digest == record.content_digest:
                return record
            built = Contents.kept(record.content_digest)
            changed = differences(built, found, 1) if built else ["what is not known any more"]
            print(f"venv: changed since it was built: {changed[0]}", file=sys.stderr, flush=True)
    return None


def _install(environment: Environment, folder: Path, executable: Path) -> None:
    """Make a virtual environment in `folder` that holds the lock's wheels, compiled."""
    print(f"venv: building environment {environment.name}", file=sys.stderr, flush=True)
    python, library = folder / "bin" / "python", folder / "lib"
    _run([str(executable), "-m", "venv", "--without-pip", str(folder)])
    with wheels.context(environment) as context:
        total = wheels.unpacked(context / "wheels") / MB
        label = f"venv: installing {environment.name}"
        with underway(lambda s: of_all(label, size(library)[1] / MB, total, "MB", s)):
            _run([
                sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet",
                "--no-index", "--find-links", str(context / "wheels"), "--require-hashes",
                "--no-compile", "--no-cache-dir", "--no-warn-script-location",
                "--requirement", str(context / "requirements.lock"),
            ])  # fmt: skip
    _drop_scripts(folder)
    # As in the Dockerfile, without the packages' own tests; a module's own path is stripped, for it
    # differs from clone to clone.
    strip = ["-s", str(folder), "-p", "/opt/reprise"]
    hashes = ["--invalidation-mode", "unchecked-hash", "-x", "/site-packages/.*/tests/"]
    files = size(library, "*.py")[0]
    label = f"venv: compiling {environment.name}"
    with underway(lambda s: of_all(label, size(library, "*.pyc")[0], files, "files", s)):
        _run([str(python), "-m", "compileall", "-qf", *hashes, *strip, str(library)], fine=(0, 1))


def _drop_scripts(folder: Path) -> None:
    """Drop what names the folder it was made in: scripts, and the lines that list them."""
    for path in (folder / "bin").iterdir():
        if not path.name.startswith("python"):
            path.unlink()
    for listing in folder.glob("lib/*/site-packages/*.dist-info/RECORD"):
        lines = listing.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith("../../../bin/")]
        listing.write_text("".join(kept), encoding="utf-8")


def _run(arguments: list[str], fine: tuple[int, ...] = (0,)) -> None:
    """Carry out one step of an installation, the same way whoever calls it."""
    unset = ("PIP_", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    environment = {name: text for name, text in os.environ.items() if not name.startswith(unset)}
    # Without the caller's pip configuration: it could add other wheels.
    environment |= {"PYTHONHASHSEED": "0", "PIP_CONFIG_FILE": os.devnull}
    done = program.run(arguments, env=environment, umask=0o022)
    if done.returncode not in fine:
        raise UserError(f"{' '.join(arguments[:4])} …: {program.reason(done)}")


def _record(environment: Environment, folder: Path, base: Base) -> ImageRecord:
    with takes("venv", f"reading what {environment.name} holds"):
        held = contents.of_folder(folder, _PLACED)
    held.keep()
    return ImageRecord(
        environment=environment.name,
        engine="venv",
        pinned=True,
        tag=f"{environment.name}-{held.digest[:16]}",
        content_digest=held.digest,
        entries=len(held.entries),
        lock_digest=environment.lock_digest,
        base=base,
        **local.report(folder / "bin" / "python", DESCRIBE),
    )


def _settle(folder: Path, place: Path) -> None:
    """Move a finished environment into place; an equal one that is there already stays."""
    try:
        folder.rename(place)
    except OSError:
        kept = contents.of_folder(place, _PLACED).digest
        if not place.name.endswith(kept[:16]):
            # It was changed after it was made: away with it, in one step for others to see.
            place.rename(folder.with_name("changed"))
            folder.rename(place)
        else:
            # It may have been made another way: what made it now is known for the next time.
            (folder / _OURS).replace(place / _OURS)
