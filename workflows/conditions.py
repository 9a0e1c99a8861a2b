"""What surrounds a run: everything about the place that must not matter, so it can be changed."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

# Below the run's own output folder, so that it is as fresh and as short-lived as that.
FOLDER = r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*$"


class Conditions(BaseModel):
    """The surroundings of one run; the defaults are those of the baseline."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    variables: dict[str, str] = Field({}, description="environment variables; settings win")
    folder: str | None = Field(
        None, pattern=FOLDER, description="name of another working directory, such as a/deeper/one"
    )
    user: int | None = Field(None, ge=1, description="numeric id of another user")
    load: int = Field(0, ge=0, le=64, description="busy neighbours, one process each")
    cpu: str | None = Field(None, description="CPU model that QEMU emulates, such as Haswell")


def unmet(asked: Conditions, held: dict[str, Any]) -> str | None:
    """Return in one line which surroundings a run did not have, by its own account, or None.

    `held` is that section of its record. The emulated model in it rests on the processor's own
    identification (`benchmarks/cpuid.py`), not on what the run was told.
    """
    processor, process = held.get("processor") or {}, held.get("process") or {}
    emulated = processor.get("emulated")
    capability = str((held.get("flags") or {}).get("cpu_capability"))
    if emulated != asked.cpu:
        wanted = f"an emulated {asked.cpu}" if asked.cpu else "this machine's own processor"
        return f"asked was {wanted}, but the run held {processor.get('model')}, {capability}"
    if asked.cpu and capability.startswith("AVX512"):
        return f"asked was an emulated {asked.cpu}, but PyTorch saw {capability}: none emulates it"
    if asked.user is not None and process.get("user") != asked.user:
        return f"asked was user {asked.user}, but the run held user {process.get('user')}"
    if asked.folder is not None and process.get("folder") != asked.folder.rpartition("/")[2]:
        return f"asked was folder {asked.folder}, but the run held {process.get('folder')}"
    return None
