"""An experiment as a person wrote it: a YAML file, and on which line each of its keys stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from workflows.common.errors import UserError
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.load import load
from workflows.experiment.model import Experiment

_KEYS = re.compile(r"config: ([\w.-]+)")


@dataclass(frozen=True)
class Written:
    """The values of a config file, and the lines of its keys, by their paths: `limits.minutes`."""

    path: Path
    config: dict[str, Any]
    lines: dict[str, int]

    def check(self, catalogue: Catalogue) -> Experiment:
        """Return the checked experiment; raise `UserError` with the file and line of the fault."""
        try:
            return load(self.config, catalogue)
        except UserError as error:
            raise self.placed(error) from None

    def placed(self, error: UserError) -> UserError:
        """Return an error about a key with the line of that, or of what it is part of."""
        said = str(error)
        named = _KEYS.match(said)
        path = named[1] if named else ""
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        where = f"{self.path}:{self.lines[path]}" if path else str(self.path)
        return UserError(f"{where}: {said.removeprefix('config: ')}")


def placed(error: UserError, config: Mapping[str, Any], files: Iterable[str | Path]) -> UserError:
    """Return an error about a key with the file and line that say it, the last one's of `files`.

    What was said beside the files, or is about no key, stays as it is.
    """
    named = _KEYS.match(str(error))
    key = named[1].partition(".")[0] if named else ""
    for path in reversed([*map(Path, files)]) if key else ():
        near = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        try:
            written = read(near)
        except UserError as worse:
            return worse
        if written.config.get(key) == config.get(key):
            return written.placed(error)
    return error


def read(path: Path) -> Written:
    """Read a config file; raise `UserError`, with the line, where it is no mapping in YAML."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; see config/config.yaml for an example") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(f"{path}:{line}: not UTF-8: save it as such") from None
    try:
        node = yaml.compose(text, yaml.SafeLoader)
        config = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f"{path}{at(error)}: not YAML: {complaint(error)}") from None
    if not isinstance(node, yaml.MappingNode):
        raise UserError(f"{path}:1: expected `key: value` lines, like those of config/config.yaml")
    lines: dict[str, int] = {}
    number(node, "", lines, path)
    return Written(path, config, lines)


def number(node: yaml.Node, prefix: str, lines: dict[str, int], path: Path) -> None:
    """Note the lines of all keys below a node; raise `UserError` for one that stands there twice.

    YAML takes the last of two, and says nothing.
    """
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            number(each, prefix, lines, path)
    if not isinstance(node, yaml.MappingNode):
        return
    own: set[str] = set()
    for key, value in node.value:
        name, line = f"{prefix}{key.value}", key.start_mark.line + 1
        if name in own:
            raise UserError(f"{path}:{line}: {name}: stands on line {lines[name]}, too; leave one")
        own.add(name)
        lines[name] = line
        number(value, f"{name}.", lines, path)


def at(error: yaml.YAMLError) -> str:
    """Return `:` and the line where YAML ends, where that is known."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return f":{mark.line + 1}" if mark else ""


def complaint(error: yaml.YAMLError) -> str:
    """Return what is wrong with the YAML, in a few words."""
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or error
    return " ".join(str(said).split())
