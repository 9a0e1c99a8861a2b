"""What surrounds a run: everything about the place that must not matter, so it can be changed."""

from __future__ import annotations

from pydantic import Field

from workflows.common.models import Model

# Below the run's own output folder, so that it is as fresh and as short-lived as that.
FOLDER = r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*$"


class Conditions(Model, strict=True):
    """The surroundings of one run; the defaults are those of the baseline."""

    variables: dict[str, str] = Field({}, description="environment variables; settings win")
    folder: str | None = Field(
        None, pattern=FOLDER, description="name of another working directory, such as a/deeper/one"
    )
    user: int | None = Field(None, ge=1, description="numeric id of another user")
    load: int = Field(0, ge=0, le=64, description="busy neighbours, one process each")
    cpu: str | None = Field(None, description="CPU model that QEMU emulates, such as Haswell")
