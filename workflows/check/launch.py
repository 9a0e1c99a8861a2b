"""Carries out a command once, in a fresh copy of its folder, and makes its record."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workflows.check.folder import Copies
from workflows.check.processes import processes
from workflows.check.record import Commanded, CommandRecord, Status, load
from workflows.check.texts import with_texts
from workflows.common import program
from workflows.common.errors import UserError
from workflows.common.files import as_json
from workflows.common.guarded import Process, guarded
from workflows.common.models import fault
from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Catalogue
from workflows.runs.watched import FileLeft

SHOWN = 20
"""Last lines on standard error that the record of a failure keeps."""
LEFT = (
    "order.json", "carried.json", "carried.log", "python-*", "torch-*", "fault-*", "outside-*",
    "operators-*",
)  # fmt: skip
"""What a run has left in its folder beside its record."""
FILES = 1000
"""Files that are looked at."""
REFUSED = "use_deterministic_algorithms"
"""In the last lines of a program that PyTorch's deterministic mode has stopped."""


@dataclass(frozen=True)
class Order:
    """What is asked of one run.

    `observe`: the step up to which sources are looked for, `record`: the one whose operators are
    recorded, or None.
    """

    repeat: int
    settings: Sequence[str] = ()
    observe: int | None = None
    record: int | None = None
    traced: bool = True


@dataclass(frozen=True)
class Launch:
    """A command, the copies that it works in, and what is the same in all its runs."""

    command: Sequence[str]
    copies: Copies
    catalogue: Catalogue
    seed: int
    timeout: float | None

    def __call__(self, order: Order, folder: Path) -> Commanded:
        """Carry the command out; leave record, traces and the files that it wrote in `folder`.

        Raises `UserError` where it cannot be started.
        """
        folder.mkdir(parents=True)
        folder = folder.resolve()
        asked = {
            "settings": [*order.settings], "seed": self.seed, "observe": order.observe,
            "record": order.record, "traced": order.traced, "command": [*self.command],
            "start": str(self.copies.start), "work": str(self.copies.work),
            "folder": str(folder), "timeout": self.timeout, "variables": self._variables(order),
            "before": self.copies.fresh(),
        }  # fmt: skip
        (folder / "order.json").write_text(as_json(asked), encoding="utf-8")
        said = self._carry(folder)
        seen = processes(folder)
        files, left_out = self._files(said, folder)
        status, reason = ending(said)
        CommandRecord(
            command=[*self.command], folder=str(self.copies.work), repeat=order.repeat,
            seed=self.seed, settings=[*order.settings], observed=order.observe is not None,
            status=status, exit_code=said["exit_code"], reason=reason,
            log=said["printed_errors"][-SHOWN:] if status != "completed" else [],
            printed=said["printed"], printed_errors=said["printed_errors"], files=files,
            processes=seen.processes, reached=seen.reached, imported=seen.imported,
            unwatched=[*seen.unwatched, *left_out], seconds=said["seconds"],
        ).write(folder)  # fmt: skip
        for pattern in LEFT:
            for path in folder.glob(pattern):
                path.unlink()
        return load(folder)

    def _variables(self, order: Order) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in order.settings:
            variables = self.catalogue.settings[name].environment
            found |= {key: value.format(seed=self.seed) for key, value in variables.items()}
        return found

    def _carry(self, folder: Path) -> dict[str, Any]:
        arguments = [
            sys.executable, "-m", "benchmarks.harness.unchanged.carry", str(folder / "order.json")
        ]  # fmt: skip
        said = folder / "carried.log"
        job = Process(arguments, dict(os.environ), ROOT)
        with said.open("wb") as output, guarded(job, output) as process:
            code = process.wait()
        if code:
            lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            last = (lines or ["it did not start"])[-1]
            raise UserError(f"{self.command[0]}: {last.rpartition('Error: ')[2]}")
        found: dict[str, Any] = json.loads((folder / "carried.json").read_text(encoding="utf-8"))
        return found

    def _files(self, said: dict[str, Any], folder: Path) -> tuple[dict[str, FileLeft], list[str]]:
        """Keep the files that the run wrote, and describe them; say what was not looked at."""
        names, kept = said["written"][:FILES], folder / "files"
        more = len(said["written"]) - len(names)
        left_out = [f"{more} of the files that it wrote"] if more else []
        for name in names:
            if os.path.lexists(self.copies.work / name):  # else it is gone
                (kept / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.move(self.copies.work / name, kept / name)
        if not names:
            return {}, left_out
        interpreter = said["interpreter"] or sys.executable
        described = program.output(
            [interpreter, "-m", "benchmarks.harness.unchanged.left", str(kept),
             str(self.copies.work)], interpreter, input=json.dumps(names).encode(), cwd=ROOT,
        )  # fmt: skip
        try:
            found = {n: FileLeft.model_validate(one) for n, one in json.loads(described).items()}
        except ValidationError as error:
            raise UserError(f"the files of the run cannot be described: {fault(error)}") from None
        return {name: with_texts(kept / name, one) for name, one in found.items()}, left_out


def ending(said: dict[str, Any]) -> tuple[Status, str | None]:
    """Return how a command ended, and the reason in one line where it did not complete."""
    if not said["in_time"]:
        return "timeout", f"not ended after {said['seconds']:.0f} s"
    code = said["exit_code"]
    if code == 0:
        return "completed", None
    errors = [line for line in said["printed_errors"] if line.strip()]
    last = errors[-1] if errors else "it printed nothing on standard error"
    how = f"ended by signal {-code}" if code < 0 else f"exit code {code}"
    return ("refused" if REFUSED in last else "failed"), f"{how}: {last}"
