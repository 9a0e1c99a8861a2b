"""What works on this machine, and what to do: every engine, the data's source, disk, memory.

Exit code 0 where `reprise matrix` can run, 1 where something is in its way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from workflows.common.arguments import Parser
from workflows.common.errors import command
from workflows.environments.checkup import disk, engines, gpu, machine, source
from workflows.environments.checkup.finding import Finding, State
from workflows.environments.engines import ENGINES

EXAMPLE = "--json | jq '.findings[] | select(.state != \"works\")'"
CHECKS: tuple[Callable[[], Finding], ...] = (
    machine.python, machine.programs, machine.processors, machine.memory, machine.shared_memory,
    source.cifar10, gpu.gpu, machine.slurm, machine.qemu,
)  # fmt: skip


def examine() -> list[Finding]:
    """Look at everything at once, for most of it is waiting."""
    with ThreadPoolExecutor(len(ENGINES) + len(CHECKS)) as pool:
        tried = pool.map(engines.engine, ENGINES)
        others = pool.map(lambda check: check(), CHECKS)
        found = list(tried)
        engine = engines.first(found)
        return [*found, engines.taken(engine), *others, *disk.disk(engine)]


def main(argv: Sequence[str] | None = None) -> int:
    """Print what was found, a line each."""
    parser = Parser("doctor", __doc__, "", EXAMPLE)
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.read(argv)
    found = examine()
    blocked = [each.name for each in found if each.state is State.BLOCKS]
    if options.json:
        findings = [each.as_json() for each in found]
        print(json.dumps({"works": not blocked, "findings": findings}, indent=2))
    else:
        width = max(len(each.name) for each in found)
        print("\n".join(each.line(width) for each in found))
        said = f"in the way of reprise matrix: {', '.join(blocked)}" if blocked else "ready"
        print(f"\n{said}")
    return int(bool(blocked))


if __name__ == "__main__":
    command(main)
