"""Free what can be made again: downloads, environments, and the images of container engines.

Results, their history and what is published stay.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from workflows.common.arguments import Parser
from workflows.common.errors import UserError, command
from workflows.common.paths import cache
from workflows.environments.checkup.disk import GB, size
from workflows.environments.clients.docker import Client

# Named one by one: REPRISE_CACHE may be a folder that holds more than ours.
FOLDERS = (
    "base", "contents", "contexts", "data", "engines", "environments", "imports", "interpreters",
    "listings", "sif", "tools", "wheels",
)  # fmt: skip
LOCKS = Path(".snakemake/locks")
CLIENTS = ("docker", "podman")
_OURS = "localhost/reprise/"
_LABEL = "label=reprise.inputs"  # it stays where an image has another name, as for a registry


def folders() -> Iterator[tuple[str, int]]:
    """Remove the folders of the cache; give each one's name and the bytes that it freed."""
    for folder in map(cache, FOLDERS):
        if folder.exists():
            freed = size(folder)
            shutil.rmtree(folder)
            yield str(folder), freed
    with suppress(OSError):  # not there, or not empty: not ours alone
        cache("").rmdir()


def images(client: Client) -> Iterator[tuple[str, int]]:
    """Remove a client's images of ours; give each one's names and its bytes.

    What containers still use stays, and frees nothing.
    """
    for identity, names in _named(client).items():
        size = int(client.asked("image", "inspect", "--format", "{{.Size}}", identity) or 0)
        shown = f"{client.name}: {', '.join(names)}"
        try:
            for name in names:
                client.call("rmi", name)
            yield shown, size
        except UserError as error:
            yield f"{shown}: stays: {error}", 0


def _named(client: Client) -> dict[str, list[str]]:
    """Return the names of our images by their identity; one without a name has its identity."""
    words = ("images", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}")
    found: dict[str, list[str]] = {}
    every = (client.asked(*words) or "").splitlines()
    labelled = (client.asked(*words, "--filter", _LABEL) or "").splitlines()
    for line in dict.fromkeys((*every, *labelled)):
        identity, _, name = line.partition(" ")
        if line in labelled or name.startswith(_OURS):
            found.setdefault(identity, []).append(identity if "<none>" in name else name)
    return found


def main(words: Sequence[str] | None = None) -> None:
    """Free it all, and say how much each freed."""
    Parser("purge", __doc__, "").read(words)
    if any(LOCKS.glob("*")):
        raise UserError("snakemake is at work here; wait for it, or: snakemake --unlock")
    total = 0
    clients = [client for client in map(Client, CLIENTS) if client.installed]
    for freed in (folders(), *map(images, clients)):
        for name, count in freed:
            total += count
            print(f"{count / GB:6.2f} GB  {name}", flush=True)
    print(f"{total / GB:6.2f} GB freed at most: images share layers; results are as they were")


if __name__ == "__main__":
    command(main)
