"""One launch of the tests' own benchmark in a copy of the project, as the rule of a run does it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.workflow.contained import built
from tests.workflow.project import Project
from workflows.common.paths import IMAGES
from workflows.experiment.specification import RunSpecification

RUN = RunSpecification(
    environment="cpu", device="cpu", benchmark="own", configuration="seeded",
    variation="baseline", repeat=0, seed=3, steps=5, options={}, threads=1,
    settings=["torch-seed"],
)  # fmt: skip
_IDENTITY = """
import sys
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import identity
from workflows.experiment.specification import RunSpecification
print(identity(RunSpecification.model_validate_json(sys.argv[1]), Catalogue.read()))
"""


@dataclass
class Launch:
    """A launch that can be started again and again; its results are below the copy."""

    project: Project
    command: list[str]

    @classmethod
    def of(cls, folder: Path, engine: str, body: str) -> Launch:
        """Return the launch of a run whose every step does `body` first."""
        project = Project.copy(folder)
        project.own("own", body)
        image = folder / "results" / "images" / "cpu.json"
        image.parent.mkdir(parents=True)
        held = built(engine)
        image.write_text(held.model_dump_json())
        for path in IMAGES.glob(f"{held.tag}*"):  # a file of Apptainer's, and its checksum
            (image.parent / path.name).symlink_to(path)
        run = RUN.model_dump_json()
        identity = subprocess.run(
            [sys.executable, "-c", _IDENTITY, run],
            cwd=folder, capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        command = [
            sys.executable, "-m", "workflows.runs.launch", "--run", run, "--identity", identity,
            "--image", str(image), "--output", str(project.record("own", "seeded")),
            "--log", str(folder / "results" / "log"), "--minutes", "5", "--memory-gb", "4",
        ]  # fmt: skip
        return cls(project, command)

    @property
    def record(self) -> Path:
        """The record that it leaves."""
        return self.project.record("own", "seeded")

    def start(self) -> subprocess.Popen[str]:
        """Start it."""
        return subprocess.Popen(
            self.command, cwd=self.project.folder, env=self.project.environment(),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def run(self) -> tuple[int, str]:
        """Carry it out; return its exit code and what it said."""
        process = self.start()
        said, _ = process.communicate()
        return process.returncode, said
