"""How many cores this process may use: `python -m workflows.common.cores`."""

from __future__ import annotations

import math
import os
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")


def cores(groups: Path = GROUPS, memberships: Path = Path("/proc/self/cgroup")) -> int:
    """Return the cores that its affinity and its control groups leave, at least one.

    A quota of one and a half cores counts as one.
    """
    found = [float(len(os.sched_getaffinity(0))), *_quotas(groups, memberships)]
    return max(1, math.floor(min(found)))


def _quotas(groups: Path, memberships: Path) -> list[float]:
    """Return the quotas of the control groups that this process is in, in cores.

    As a container sees them, its own group is the root.
    """
    found = []
    for line in _read(memberships).splitlines():
        _, controllers, path = line.split(":", 2)
        root = groups if not controllers else groups / "cpu"
        if controllers and "cpu" not in controllers.split(","):
            continue
        own = root / path.strip("/")
        for group in (own, *own.parents):
            if not group.is_relative_to(root):
                break
            found.append(_quota(group))
    return [quota for quota in found if quota]


def _quota(group: Path) -> float:
    """Return the quota of one group of version 2 or 1; 0 for none."""
    words = _read(group / "cpu.max").split()
    words = words or [_read(group / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period")]
    limit, period = words
    return float(limit) / float(period) if limit.isdigit() and period else 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


if __name__ == "__main__":
    print(cores())
