"""`reprise version`: the versions of the code and of Python, and where both lie."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from workflows.common.arguments import Parser
from workflows.common.errors import command
from workflows.common.paths import ROOT
from workflows.common.revision import revision


def main(words: Sequence[str] | None = None) -> None:
    """Print them."""
    Parser("version", __doc__, "").read(words)
    code = revision()
    edited = ", edited since" if code.edited else ""
    print(f"reprise {installed()}")
    print(f"code    {code.commit or 'of no known commit'}{edited}, in {ROOT}")
    print(f"Python  {platform.python_version()}, {sys.executable}")


def installed() -> str:
    """Return the version that is installed."""
    try:
        return version("reprise")
    except PackageNotFoundError:
        return "(not installed: make setup)"


if __name__ == "__main__":
    command(main)
