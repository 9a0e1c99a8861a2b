"""JSON of a publication, read as what it must be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from workflows.errors import UserError

Model = TypeVar("Model", bound=BaseModel)


def load(folder: Path, name: str, model: type[Model]) -> Model:
    """Read one JSON file as a model; raise `UserError` naming the key that is wrong."""
    try:
        return model.model_validate_json((folder / name).read_bytes())
    except OSError:
        raise UserError(f"{name}: missing; get the publication again") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "file"
        raise UserError(f"{name}: {key}: {first['msg']}: not of the form it must have") from None


def plain(folder: Path, name: str) -> Any:
    """Read one JSON file as it is; raise `UserError` where it is none."""
    try:
        return json.loads((folder / name).read_bytes())
    except OSError:
        raise UserError(f"{name}: missing; get the publication again") from None
    except (ValueError, RecursionError):
        raise UserError(f"{name}: is not JSON: altered or damaged") from None
