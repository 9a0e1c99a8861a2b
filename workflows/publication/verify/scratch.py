"""A copy of this project with the publication's locks in it: where its cells are run again.

No code comes from the publication: benchmarks, settings and launcher are this checkout's. A lock
names the packages that will be installed and run, so one that is not this checkout's own is only
used where the user says so.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from workflows.common import program
from workflows.common.errors import UserError
from workflows.common.imports import closure
from workflows.common.paths import CONTAINERS, ROOT, cache
from workflows.common.sums import sha256
from workflows.environments.definition import named_image, parse_lock
from workflows.environments.images.record import ImageRecord
from workflows.experiment.identity import helpers
from workflows.experiment.model import OwnData
from workflows.experiment.specification import RunSpecification
from workflows.runs.record import Run, read

FOLDERS = ("benchmarks", "containers")
"""What is copied whole: a benchmark may read what lies beside it."""
PROGRAMS = ("workflows/environments/build.py", "workflows/runs/launch.py")
"""What is called in the copy, besides a program for each data set."""


@dataclass(frozen=True)
class Scratch:
    """The copy; its results are its own."""

    folder: Path
    engine: str

    @classmethod
    def make(cls, folder: Path, engine: str) -> Scratch:
        """Copy the code; nothing that was run there before is left."""
        for part in (*FOLDERS, "workflows"):
            shutil.rmtree(folder / part, ignore_errors=True)
        for part in FOLDERS:
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, folder / part, ignore=ignore)
        data = [
            path.relative_to(ROOT).as_posix() for path in (ROOT / "workflows/data").glob("*.py")
        ]
        for file in {*closure(*PROGRAMS, *data), *helpers()}:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / file, folder / file)
        # What an earlier verification ran may be another machine's, or another driver's.
        shutil.rmtree(folder / "results" / "runs", ignore_errors=True)
        return cls(folder, engine)

    def take_lock(self, environment: str, lock: Path, *, accept: bool) -> None:
        """Put a published lock in the place of this checkout's.

        Raises `UserError` where it is another one and is not accepted, or is loose: each line must
        be a version with a SHA-256, so that it cannot name another index or a file.
        """
        own = CONTAINERS / environment / "requirements.lock"
        if own.is_file() and sha256(own) == sha256(lock):
            return
        name = f"locks/{environment}.lock"
        try:
            text = lock.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise UserError(f"{name}: is not text") from None
        if any(
            line.lstrip().startswith("-") and "--hash=" not in line for line in text.splitlines()
        ):
            raise UserError(f"{name}: holds an option of pip; a published lock may not")
        pins = parse_lock(text, Path(name))
        if not accept:
            raise UserError(
                f"{name}: is not this checkout's lock: building from it installs and runs what it "
                "names; read it, then add --accept-locks, or check out the published revision"
            )
        folder = self.folder / "containers" / environment
        folder.mkdir(exist_ok=True)
        (folder / "requirements.in").touch()
        # Written anew from what was understood: pip may read the stranger's text in another way.
        lines = [
            " ".join(
                [f"{pin.name}=={pin.version}", *(f"--hash=sha256:{h}" for h in sorted(pin.hashes))]
            )
            for pin in pins
        ]
        image = named_image(text)
        made = image.lock if image else "\n".join(lines) + "\n"
        (folder / "requirements.lock").write_text(made)

    def image(self, environment: str) -> Path:
        """Return the image record's path."""
        return self.folder / "results" / "images" / f"{environment}.json"

    def build(self, environment: str) -> ImageRecord:
        """Build an environment; raise `UserError` with the builder's last line if it cannot."""
        path = self.image(environment)
        self._call(
            "workflows.environments.build", "--engine", self.engine, "--environment", environment,
            "--output", str(path),
        )  # fmt: skip
        return ImageRecord.load(path)

    def bring(self, dataset: str, own: OwnData | None) -> None:
        """Bring a data set; raise `UserError` if it cannot be had.

        Data of the publisher's `own` are taken from this machine's cache, by their digest.
        """
        target = self.folder / "results" / "data" / f"{dataset}.json"
        module, words = f"workflows.data.{dataset}", ["--manifest", str(target)]
        if own:
            module = "workflows.data.own"
            words += ["--name", dataset, "--sha256", own.sha256]
        self._call(module, *words)

    def run(self, run: RunSpecification, identity: str, minutes: float) -> Run:
        """Carry out one run; return it with its trace."""
        base = self.folder / "results" / "runs" / run.path
        target = base.with_name(base.name + ".json")
        self._call(
            "workflows.runs.launch", "--run", run.model_dump_json(), "--identity", identity,
            "--image", str(self.image(run.environment)), "--output", str(target),
            "--log", str(target.with_suffix(".log")), "--data", str(cache("data")),
            "--minutes", str(minutes), "--with-caller",
        )  # fmt: skip
        return read(target)

    def _call(self, module: str, *arguments: str) -> None:
        """Run a module of the copy; raise `UserError` with its own last line if it fails."""
        environment = {**os.environ, "REPRISE_CACHE": str(cache(""))}
        for name in ("PYTHONPATH", "PYTHONSAFEPATH"):  # the copy's own code, no other
            environment.pop(name, None)
        command = [sys.executable, "-m", module, *arguments]
        done = program.run(command, cwd=self.folder, env=environment)
        if done.returncode:
            raise UserError(program.reason(done).removeprefix("error: "))
