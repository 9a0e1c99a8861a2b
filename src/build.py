"""What the wheel holds beside files: the commit that it was built of."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Build(BuildHookInterface[Any]):
    """Writes the revision where an installed copy looks for it; a clone asks git."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file to a wheel."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from workflows.common.revision import CARRIED, revision

        self.made = Path(tempfile.mkdtemp()) / CARRIED
        self.made.write_text(revision().model_dump_json(), encoding="utf-8")
        build_data["force_include"][str(self.made)] = f"reprise/suite/{CARRIED}"

    def finalize(self, version: str, _data: dict[str, Any], _wheel: str) -> None:
        """Leave nothing behind."""
        if version != "editable":
            self.made.unlink()
            self.made.parent.rmdir()
