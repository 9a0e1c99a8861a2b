"""`reprise environment`: a pinned environment of your own, from what you have.

From a list of requirements, a complete lock with hashes, the lock of uv or poetry, the versions
that an interpreter holds, or an image by its digest. Writes `containers/NAME/`: the short list, and
the lock from which every engine builds; an image's is its digest, for the engines with images.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from packaging.markers import Marker

from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.common.paths import CONTAINERS, ROOT
from workflows.environments import lock
from workflows.environments.definition import Environment, Image, Pin, declaration, parse_lock
from workflows.environments.foreign import INSTALL, check_recipe, exported, frozen, image, is_locked
from workflows.environments.kinds import HOST

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
TAKEN = (HOST, "base")


def write(
    folder: Path, source: str | Image, index: str | None, dockerfile: Path | None
) -> Environment:
    """Write an environment's folder, and lock it; nothing is left where that fails.

    `source`: requirements, or a complete lock with hashes, which is taken as it is; or an image.
    """
    found = Environment(folder.name, folder)
    folder.mkdir()
    try:
        if index:
            (folder / "index.txt").write_text(f"{index}\n", encoding="utf-8")
        if dockerfile:
            shutil.copyfile(dockerfile, folder / "Dockerfile")
        short, locked = _texts(source, found.lock)
        (folder / "requirements.in").write_text(short, encoding="utf-8")
        if locked is None:
            lock.write(folder / "requirements.in", lock.ENVIRONMENT, index=index)
        else:
            found.lock.write_text(locked, encoding="utf-8")
        if not (found.pins or found.image):
            raise UserError(
                f"{folder.relative_to(ROOT)}: names no package; expected torch at least"
            )
    except BaseException:
        shutil.rmtree(folder)
        raise
    return found


def _texts(source: str | Image, path: Path) -> tuple[str, str | None]:
    """Return the short list and the lock; None: it is to be compiled."""
    if isinstance(source, Image):
        return "# Nothing: an image is the environment, requirements.lock names it.\n", source.lock
    if is_locked(source):
        pins = [pin for pin in parse_lock(source, path) if needed(pin)]
        short = "".join(f"{pin.name}=={pin.version}\n" for pin in pins)
        return short, "".join(map(_line, pins))
    _check_compiler()
    return source, None


def needed(pin: Pin) -> bool:
    """Say whether an environment of ours, Python on Linux, needs a pin, by its marker."""
    version = declaration().python
    ours = {
        "python_version": version, "python_full_version": f"{version}.9", "os_name": "posix",
        "sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64",
        "implementation_name": "cpython", "platform_python_implementation": "CPython", "extra": "",
    }  # fmt: skip
    return pin.marker is None or Marker(pin.marker).evaluate(ours)


def _line(pin: Pin) -> str:
    hashes = (f"    --hash=sha256:{each}" for each in sorted(pin.hashes))
    return " \\\n".join([f"{pin.name}=={pin.version}", *hashes]) + "\n"


def _check_compiler() -> None:
    running, wanted = f"{sys.version_info.major}.{sys.version_info.minor}", declaration().python
    if running != wanted:
        raise UserError(
            f"this is Python {running}, environments are for {wanted} (containers/base/base.yaml): "
            f"give a complete lock with hashes, or call it with Python {wanted}"
        )
    if find_spec("piptools") is None:
        raise UserError(
            f"pip-tools, which writes hash locks, is not installed here: {INSTALL} pip-tools; "
            "or give a complete lock with hashes"
        )


def given(args: Any) -> str | Image:
    """Return the image, requirements or lock that the command line names; say what is lost."""
    if args.image:
        return image(args.image)
    if args.python:
        text, lost = frozen(args.python)
        for line in lost:
            print(f"note: {line}", file=sys.stderr)
        return text
    path: Path = args.requirements
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "not text"
        raise UserError(f"--requirements {path}: {said}; expected a list of packages") from None
    return exported(path, text)


def main(words: Sequence[str] | None = None) -> None:
    """Write what the command line asks for."""
    parser = Parser(
        "environment", __doc__,
        "mine --requirements requirements.txt", "mine --requirements uv.lock",
        "mine --python ~/miniconda3/envs/mine/bin/python",
        "mine --image docker.io/pytorch/pytorch@sha256:…",
    )  # fmt: skip
    add: Any = parser.add_argument
    add("name", metavar="NAME", help="as an experiment names it: environments: [NAME]")
    source: Any = parser.add_mutually_exclusive_group(required=True)
    about = "requirements.in or .txt, a complete lock with hashes, uv.lock, poetry.lock"
    source.add_argument("--requirements", type=Path, metavar="FILE", help=about)
    about = "an interpreter whose versions are taken, of a virtual or a conda environment"
    source.add_argument("--python", type=Path, metavar="PATH", help=about)
    about = "an image, by its digest: NAME@sha256:…"
    source.add_argument("--image", metavar="IMAGE", help=about)
    add("--index", metavar="URL", help="a further index, asked only for what others do not give")
    add("--dockerfile", type=Path, metavar="FILE", help="of its own, in place of the common one")
    args = parser.read(words)
    if not NAME.fullmatch(args.name) or args.name in TAKEN:
        raise UserError(
            f"{args.name!r}: expected a new name of lower-case letters, digits, - and _"
        )
    folder = CONTAINERS / args.name
    if folder.exists():
        raise UserError(
            f"{folder}: is there; remove it, or edit its requirements.in and: make lock"
        )
    if args.dockerfile:
        check_recipe(args.dockerfile)
    if args.image and args.index:
        raise UserError("--index: of no use to an image, which holds all; leave it out")
    found = write(folder, given(args), args.index, args.dockerfile)
    what = f"{len(found.pins)} packages, locked; it can drive {' and '.join(found.devices)}"
    needs = "by its digest; engine: docker, podman or apptainer"
    print(f"{folder}: {f'{found.image}, {needs}' if found.image else what}")
    print(f"for the experiment's file: environments: [{args.name}]")


if __name__ == "__main__":
    command(main)
