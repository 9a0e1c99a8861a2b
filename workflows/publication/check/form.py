"""JSON of a publication, read as what it must be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from workflows.common.errors import UserError
from workflows.common.files import fits
from workflows.common.models import Model, fault

Found = TypeVar("Found", bound=Model)


def load(folder: Path, name: str, parse: Callable[[bytes], Found]) -> Found:
    """Read one JSON file as a model; raise `UserError` naming the key that is wrong.

    Refused as well: what is not what its own sum says, where it has one.
    """
    try:
        content = (folder / name).read_bytes()
        found = parse(content)
        whole = fits(content)
    except OSError:
        raise UserError(f"{name}: missing; get the publication again") from None
    except ValidationError as error:
        raise UserError(f"{name}: {fault(error)}: not of the form it must have") from None
    except ValueError as error:
        raise UserError(f"{name}: {error}: altered or damaged") from None
    if not whole:
        raise UserError(f"{name}: it is not what its own sum says: altered or damaged")
    return found


def plain(folder: Path, name: str) -> Any:
    """Read one JSON file as it is; raise `UserError` where it is none."""
    try:
        return json.loads((folder / name).read_bytes())
    except OSError:
        raise UserError(f"{name}: missing; get the publication again") from None
    except (ValueError, RecursionError):
        raise UserError(f"{name}: is not JSON: altered or damaged") from None
