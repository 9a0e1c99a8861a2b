"""What all our models have in common, and the one way in which a fault of one becomes a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from workflows.common.errors import UnusableError
from workflows.common.files import fits


class Model(BaseModel):
    """Knows its fields and no others, and never changes; what people write is `strict` too.

    What checks one is built when the first is made: no program makes one of each.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Foreign(BaseModel):
    """A part of a file in somebody else's format, in-toto's say: further keys are passed over."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)


Kind = TypeVar("Kind", bound=Model)


def load_model(model: type[Kind], path: Path, what: str) -> Kind:
    """Read a model that a job of this workflow wrote as JSON.

    Raises `UnusableError` when the file is missing, no such thing, or not what its own sum says;
    `what` names it for people.
    """
    try:
        content = path.read_bytes()
        found = model.model_validate_json(content)
        why = None if fits(content) else "it is not what its own sum says"
    except FileNotFoundError:
        raise UnusableError(path, f"no such {what}", f"make it: reprise matrix -- {path}") from None
    except (OSError, ValidationError) as error:
        why = fault(error)
    if why:
        raise UnusableError(
            path, f"not a {what}: {why}", f"make it again: reprise matrix -- -f {path}"
        )
    return found


def faulty(error: ValidationError) -> str:
    """Return the first key that is wrong, of the outermost object."""
    return str(error.errors()[0]["loc"][0])


def fault(error: OSError | ValidationError) -> str:
    """Return why a file could not be read, or which of its keys is wrong, in one line."""
    if isinstance(error, OSError):
        return (error.strerror or "unreadable").lower()
    first = error.errors()[0]
    key, value = ".".join(map(str, first["loc"])), first["input"]
    text = f"{key or 'file'}: {first['msg']}"
    if key and first["type"] != "extra_forbidden" and isinstance(value, str | int | float | None):
        text += f", not {json.dumps(value, ensure_ascii=False)}"
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
