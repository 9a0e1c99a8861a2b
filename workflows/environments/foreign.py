"""What others pin with: locks of uv or poetry, an interpreter, an image by digest, a Dockerfile."""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

from workflows.common import program
from workflows.common.errors import UserError
from workflows.environments.definition import Image, declaration
from workflows.environments.engines import local
from workflows.environments.images.assemble import DESCRIBE

_HASHED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*={2,3}[^\s;]+.*--hash=sha256:", re.MULTILINE)
_REFERENCE = re.compile(
    r"(?P<name>(?:[\w.-]+(?::\d+)?/)?[a-z0-9._/-]+)(?::[\w.-]+)?@(?P<digest>sha256:[0-9a-f]{64})"
)
_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$", re.MULTILINE | re.I)
_BASE = ("${BASE}", "$BASE")
_CONDA = """
import json, pathlib, sys
paths = sorted(pathlib.Path(sys.prefix, "conda-meta").glob("*.json"))
found = [json.loads(path.read_text()) for path in paths]
print(json.dumps([f"{each['name']}={each['version']}={each['build']}" for each in found]))
"""
"""A program that prints what conda installed into its environment, as a JSON list."""
INSTALL = f"{sys.executable} -m pip install"
TOOLS = ("pip", "setuptools", "wheel")
"""What an interpreter has for installing, and no program imports; where one does, it is named."""


def is_locked(text: str) -> bool:
    """Say whether a text is a lock with hashes already: any one makes pip ask for all."""
    return bool(_HASHED.search(text.replace("\\\n", " ")))


def exported(path: Path, text: str) -> str:
    """Return a file of requirements as it is, and another tool's lock as a lock with hashes."""
    if path.name == "uv.lock":
        return _uv(path)
    if path.name == "poetry.lock":
        return _poetry(path, text)
    if path.suffix in (".yml", ".yaml") or "@EXPLICIT" in text:
        raise UserError(
            f"--requirements {path}: conda's builds are no wheels: give the environment's "
            "interpreter, --python PREFIX/bin/python, or --image, an image that holds it"
        )
    return text


def _uv(path: Path) -> str:
    """Let uv export its lock, which lies beside the project's pyproject.toml."""
    if find_spec("uv") is None and shutil.which("uv") is None:
        raise UserError(f"--requirements {path}: uv is not installed here: {INSTALL} uv")
    words = [sys.executable, "-m", "uv"] if find_spec("uv") else ["uv"]
    done = program.run(
        [
            *words, "export", "--quiet", "--frozen", "--no-emit-project", "--no-header",
            "--no-dev", "--format", "requirements-txt", "--project", str(path.parent.absolute()),
        ]
    )  # fmt: skip
    if done.returncode:
        raise UserError(f"--requirements {path}: uv cannot export it: {program.reason(done)}")
    return done.stdout


def _poetry(path: Path, text: str) -> str:
    """Read what poetry's lock pins for a program's own run: its group `main`."""
    try:
        packages = tomllib.loads(text)["package"]
        lines = []
        for each in packages:
            if "main" not in each.get("groups", ["main"]) or each.get("optional"):
                continue
            hashes = sorted(file["hash"] for file in each["files"])
            marker = each.get("markers")
            after = f" ; {marker}" if isinstance(marker, str) else ""
            pin = f"{each['name']}=={each['version']}{after}"
            lines.append(" \\\n".join([pin, *(f"    --hash={one}" for one in hashes)]))
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise UserError(
            f"--requirements {path}: not a lock of poetry 1.5 or later: {error}"
        ) from None
    return "\n".join(lines) + "\n"


def frozen(python: Path) -> tuple[str, list[str]]:
    """Return the versions of an interpreter's distributions, as requirements, and what is lost.

    Lost is its Python, where environments have another one, and what conda built: its packages
    are no wheels. They are named in comments, as NAME=VERSION=BUILD.
    """
    path = python.expanduser().absolute()
    described = local.report(path, DESCRIBE)
    found = {name: v for name, v in described["packages"].items() if name not in TOOLS}
    if "torch" not in found:
        raise UserError(f"--python {python}: has no torch; name the interpreter that trains")
    head, lost = [f"The versions in an interpreter of Python {described['python']}."], []
    if not described["python"].startswith(f"{declaration().python}."):
        lost.append(
            f"it is Python {described['python']}, an environment's is {declaration().python}"
        )
    if builds := local.report(path, _CONDA):
        head += ["Conda's builds there, of which no wheel is a copy:", *map("  {}".format, builds)]
        lost.append(
            f"conda built {len(builds)} packages there; wheels of equal version can differ in bits"
        )
    lines = [*map("# {}".format, head), *map("{0[0]}=={0[1]}".format, found.items())]
    return "\n".join(lines) + "\n", lost


def image(reference: str) -> Image:
    """Return the image that a reference means, with its registry; raise `UserError` without digest.

    One that names no registry is Docker Hub's, as `docker` has it; a tag beside a digest says
    nothing.
    """
    found = _REFERENCE.fullmatch(reference)
    if not found:
        raise UserError(
            f"--image {reference}: expected an image by its digest, NAME@sha256:… "
            "(docker image inspect --format '{{.RepoDigests}}' NAME)"
        )
    name = found["name"]
    first, slash, _ = name.partition("/")
    if not (slash and (set(first) & {".", ":"} or first == "localhost")):
        name = f"docker.io/{name if slash else f'library/{name}'}"
    return Image(name, found["digest"])


def check_recipe(path: Path) -> None:
    """Hold that a Dockerfile says what lies under its image: raise `UserError` where it does not.

    Its last stage is from `${BASE}`, which Reprise fills in and records; those before it may be
    from an image by its digest.
    """
    try:
        froms = [found.groups() for found in _FROM.finditer(path.read_text(encoding="utf-8"))]
    except OSError as error:
        raise UserError(f"--dockerfile {path}: {error.strerror}") from None
    stages = {stage.lower() for _, stage in froms if stage}
    for name, _ in froms:
        if not (name in _BASE or name.lower() in stages or "@sha256:" in name):
            raise UserError(
                f"--dockerfile {path}: FROM {name}: expected NAME@sha256:… or ${{BASE}}"
            )
    if not froms or froms[-1][0] not in _BASE:
        raise UserError(
            f"--dockerfile {path}: expected ARG BASE, and a last stage FROM ${{BASE}}: the common "
            "base, or the image of --image"
        )
