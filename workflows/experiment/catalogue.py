"""What there is to run: asked of the benchmarks' side, which this side never imports."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from workflows.common import files, program
from workflows.common.errors import UserError
from workflows.common.imports import closure
from workflows.common.models import Model, fault, faulty
from workflows.common.paths import ROOT, cache
from workflows.common.sums import sha256
from workflows.environments.conditions import Conditions
from workflows.experiment.specification import FlipIn

LISTS = "benchmarks/catalogue.py"
"""The program that is asked; of benchmarks it reads the text, and whether a folder is beside it."""


class Setting(Model):
    """One switch against a source of randomness; `digest` changes when its declaration does."""

    controls: str
    devices: list[str]
    source: str
    digest: str
    needs: list[str] = Field([], description="settings without which it does nothing")
    instead_of: list[str] = Field([], description="settings whose place it takes: never both")
    environment: dict[str, str] = Field({}, description="its variables; `{seed}`: the seed")


class Published(Model):
    """What a benchmark's authors printed, and the seed they used."""

    seed: int
    lines: list[str]


class Variation(Conditions):
    """One thing changed on purpose, everything else equal."""

    threads: int | None = Field(None, ge=1, description="threads per operator")
    options: dict[str, Any] = Field({}, description="the benchmark's own options")
    settings: list[str] = Field([], description="further settings")
    steps: int | None = Field(
        None, ge=1, description="train at most this long, and compare with a baseline as short"
    )
    least_steps: int | None = Field(
        None, ge=1, description="shows in runs of this length at least; shorter ones are left out"
    )
    resume: int | None = Field(
        None, ge=1, description="stop after this many steps, go on in a new process"
    )
    flip: int | None = Field(
        None, ge=0, description="flip one bit of one weight after this step, counted from 0"
    )
    flip_in: FlipIn | None = Field(None, description="flip it there instead of in a weight")

    @property
    def conditions(self) -> Conditions:
        """What it changes around the run."""
        return Conditions(**{name: getattr(self, name) for name in Conditions.model_fields})


class Side(Model, strict=True):
    """How a probe is run on one of its sides."""

    settings: list[str] = Field([])
    options: dict[str, Any] = Field({})
    threads: int = 1


Shows = Literal["differs", "identical", "refused"]


class Probe(Model, strict=True):
    """What a probe isolates, how it is run with the source free (`unset`) and cured (`set`).

    `against` is one change under which a source shows that repeats alone cannot show: each side
    is run with and without it. A probe that is to show `identical` unset is a control; `controls`
    names the devices on which it is one although it shows its source on others.
    """

    source: str
    devices: list[str] = Field(["cpu", "cuda"])
    unset: Side
    set: Side
    against: Variation | None = None
    unset_shows: Shows = "differs"
    set_shows: Shows = "identical"
    controls: list[str] = Field([])

    def shows(self, device: str) -> tuple[Shows, Shows]:
        """What it is to show on `device`, unset and set."""
        if device in self.controls:
            return "identical", "identical"
        return self.unset_shows, self.set_shows


class Benchmark(Model):
    """One training program: its file, its default length, its options with their defaults.

    `command`: the words of one that is a command; its own files lie in the folder of `file`'s name.
    `fault`: FILE:LINE and what is wrong with it; then nothing else of it counts, and it is not run.
    """

    file: str
    steps: int
    options: dict[str, Any]
    data: str | None
    published: Published | None
    probe: Probe | None = None
    command: list[str] | None = None
    fault: str | None = None

    @classmethod
    def sound(cls, said: dict[str, Any]) -> Benchmark:
        """Return a benchmark as its file says it, or with the fault that its values have."""
        lines = said.pop("lines", {})
        try:
            return cls.model_validate(said)
        except ValidationError as error:
            constant = faulty(error).upper()
            why = f"{said['file']}:{lines.get(constant, 1)}: {fault(error)}"
            return cls(
                file=said["file"], steps=1, options={}, data=None, published=None,
                fault=f"{why}; see benchmarks/README.md",
            )  # fmt: skip


class Catalogue(Model):
    """Everything an experiment can name."""

    settings: dict[str, Setting]
    configurations: dict[str, list[str]]
    variations: dict[str, Variation]
    benchmarks: dict[str, Benchmark]

    @classmethod
    def read(cls, root: Path = ROOT) -> Catalogue:
        """Return what the benchmarks' side in `root` says; raise `UserError` if it cannot say."""
        said = json.loads(listing(root))
        try:
            found = {name: Benchmark.sound(each) for name, each in said["benchmarks"].items()}
            return cls.model_validate(said | {"benchmarks": found})
        except ValidationError as error:
            raise UserError(f"benchmarks/: {fault(error)}; see benchmarks/README.md") from None

    def acting(self, settings: Iterable[str], device: str) -> frozenset[str]:
        """Return those of some settings that do anything on a device, given the others."""
        there = {name for name in settings if device in self.settings[name].devices}
        kept = {name for name in there if there >= self.needed(name, there)}
        return frozenset(kept) if kept == there else self.acting(kept, device)

    def needed(self, name: str, among: Collection[str]) -> frozenset[str]:
        """Return what a setting needs, or what takes the place of that `among` others."""
        found = set()
        for need in self.settings[name].needs:
            instead = [other for other in among if need in self.settings[other].instead_of]
            found.add(need if need in among or not instead else instead[0])
        return frozenset(found)

    def contradiction(self, settings: Iterable[str]) -> tuple[str, str] | None:
        """Return the first two of some settings that contradict each other; None: they agree.

        By their declarations, or since they set one variable to unequal values.
        """
        for one, other in combinations(dict.fromkeys(settings), 2):
            a, b = self.settings[one], self.settings[other]
            shared = a.environment.keys() & b.environment.keys()
            unequal = any(a.environment[name] != b.environment[name] for name in shared)
            if unequal or one in b.instead_of or other in a.instead_of:
                return one, other
        return None


def signature(root: Path = ROOT) -> str:
    """Return the SHA-256 over all that `listing` comes from: files, folders, this Python."""
    folder = root / "benchmarks"
    read = {path.relative_to(root).as_posix() for path in folder.rglob("*.py") if path.is_file()}
    beside = sorted(path.name for path in folder.glob("commands/*") if path.is_dir())
    contents = {name: _contents(root / name) for name in read.union(closure(LISTS, root=root))}
    return files.digest([sys.version, beside, contents])


def _contents(path: Path) -> str:
    try:
        return sha256(path)
    except OSError as error:  # whoever is asked says so
        return str(error)


def listing(root: Path = ROOT) -> str:
    """Ask `python -m benchmarks.catalogue` in `root`, unless that was done; return its JSON.

    Raises `UserError` if it cannot say.
    """
    asked = signature(root)
    kept = cache("listings") / f"{asked}.json"
    with suppress(OSError, ValueError):
        text = kept.read_text(encoding="utf-8")
        json.loads(text)
        return text
    command = [sys.executable, "-m", "benchmarks.catalogue"]
    answer = program.run(command, cwd=root)
    if answer.returncode:
        why = program.reason(answer)
        raise UserError(f"benchmarks/: cannot be listed ({why}); see {' '.join(command)}")
    if signature(root) == asked:  # nobody edited them meanwhile
        with suppress(OSError):
            files.write_text(kept, answer.stdout)
    return answer.stdout


def change_in_words(changes: Mapping[str, object]) -> str:
    """Say what a variation changes, from its fields that are not the default's."""
    words = []
    for name, value in changes.items():
        if name == "variables" and isinstance(value, dict):
            words += [f"{key}={text}" for key, text in value.items()]
        elif name == "options" and isinstance(value, dict):
            words += [f"{key} = {text}" for key, text in value.items()]
        elif name == "settings" and isinstance(value, list):
            words += [f"the setting {text}" for text in value]
        elif name == "threads":
            words.append(f"the thread count ({value})")
        elif name == "cpu":
            words.append(f"the CPU ({value}, emulated)")
        elif name == "load":
            words.append("a busy neighbour")
        elif name == "resume":
            words.append(f"resuming after step {value}")
        elif name in ("folder", "user"):
            words.append("the working directory" if name == "folder" else "the user")
    return ", ".join(words) or "nothing"
