"""`reprise completion`: print what makes a shell complete verbs, options and files by Tab.

For bash and zsh: eval "$(reprise completion)" in ~/.bashrc or ~/.zshrc; for fish:
reprise completion fish | source
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from argcomplete.shell_integration import shellcode

from workflows.common.arguments import Parser
from workflows.common.errors import command

SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")


def main(words: Sequence[str] | None = None) -> None:
    """Print the shell's code."""
    parser = Parser("completion", __doc__, "", "fish")
    add: Any = parser.add_argument
    add("shell", nargs="?", choices=SHELLS, default="bash", help="(default: %(default)s)")
    print(shellcode(["reprise"], shell=parser.read(words).shell), end="")


if __name__ == "__main__":
    command(main)
