"""The engine `apptainer`: one `.sif` file for all nodes, run without any privilege."""

from __future__ import annotations

import functools
import json
import platform
import shutil
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

from workflows.common import files
from workflows.common.errors import CannotError, UserError
from workflows.common.paths import IMAGES, cache
from workflows.environments import definition as environments
from workflows.environments import user
from workflows.environments.clients import probe
from workflows.environments.clients.apptainer import PROGRAM, argv, call, environment
from workflows.environments.clients.confined import Confined, binds
from workflows.environments.engines import local
from workflows.environments.engines.confined import Contained, confined
from workflows.environments.engines.interface import Job, Process
from workflows.environments.images import checked, sif
from workflows.environments.images.assemble import DESCRIBE, PYTHON
from workflows.environments.images.record import ImageRecord

NETLESS = ("--net", "--network", "none")
WORDS = (
    "own container: {network}, read-only root, code and data read-only, one writable folder "
    "and an own /tmp, not root, no capabilities"
)


class Apptainer(Contained):
    """Runs every job in a container made from a `.sif` file."""

    name = PROGRAM

    @property
    def isolation(self) -> str:
        """What this node keeps away from a run: not every kernel lets it take the network away."""
        return WORDS.format(network="no network" if _network() else "the host's network")

    def probe(self) -> str:
        """Run a container with all the isolation of a real one; say what did."""
        if not shutil.which(PROGRAM):
            raise UserError(
                f"engine {PROGRAM}: {PROGRAM} is not installed; install it "
                "(apptainer.org/docs/admin), or choose engine: venv"
            )
        flags = _working()
        files.write_json(_memory(), {"network": flags})
        _network.cache_clear()
        version = call("--version").removeprefix(f"{PROGRAM} version ")
        return f"{PROGRAM} {version} ran a container" + ("" if flags else ", with the network")

    def build(self, environment: str, *, fresh: bool = False) -> ImageRecord:
        """Turn the environment's image into a `.sif`, and show that it holds the same."""
        image = sif.build(environments.find(environment), fresh=fresh)
        described = json.loads(call(*_exec(_plain(image.tag), ())))
        if described != {"python": image.python, "packages": image.packages}:
            raise UserError(f"{image.tag}: its Python finds other packages than the image's")
        return image

    def process(self, image: ImageRecord, job: Job) -> Process:
        """Check the image on this node, and say how to start the job."""
        if job.conditions.user is not None:
            raise CannotError(f"user: apptainer runs as its caller, not as {job.conditions.user}")
        path = IMAGES / image.tag
        if not path.exists():
            raise UserError(
                f"engine {PROGRAM}: {path.name} is gone; build it again: "
                f"reprise matrix -- -f results/images/{image.environment}.json"
            )
        checked.check(path)
        asked = confined(str(path), job)
        (job.output / (job.conditions.folder or "")).mkdir(parents=True, exist_ok=True)
        user.lend(job.output)
        if words := user.unprivileged():
            who = f"a run that root starts in {PROGRAM} has user {user.NOBODY}"
            data = [job.data] if job.data.exists() else []
            user.check_access(words, who, [path, job.code, *data], [job.output])
        arguments = argv(*_exec(asked, _network()), before=local.limited(job))
        return Process(arguments, environment(), job.output)


def _exec(asked: Confined, network: tuple[str, ...]) -> list[str]:
    """Return Apptainer's subcommand that runs a command shut in."""
    # By env and not by --env, which splits values at commas and refuses HOME.
    variables = [f"{name}={value}" for name, value in asked.environment.items()]
    if asked.gpu is not None:  # --nv shows them all
        variables += ["CUDA_DEVICE_ORDER=PCI_BUS_ID", f"CUDA_VISIBLE_DEVICES={asked.gpu}"]
    return [
        "--quiet", "exec", "--containall", "--no-home", *network,
        *(["--nv"] if asked.gpu is not None else []),
        "--pwd", asked.folder or "/output", *binds(asked),
        asked.image, *(["env", *variables] if variables else []), *asked.command,
    ]  # fmt: skip


def _plain(tag: str) -> Confined:
    path = IMAGES / tag
    return Confined("describe", str(path), [PYTHON, "-c", DESCRIBE], environment={"HOME": "/tmp"})  # noqa: S108


def _working() -> tuple[str, ...]:
    """Return the flags that take the network away, or none where this node cannot do that.

    Raises `UserError` where no container runs at all.
    """
    with tempfile.TemporaryDirectory(prefix="reprise-probe-") as name:
        box, output = Path(name, "box"), Path(name, "output")
        output.mkdir()
        with tarfile.open(fileobj=BytesIO(probe.archive())) as archive:
            archive.extractall(box, filter="tar")
        user.lend(Path(name))
        asked = Confined(
            "probe", str(box), ["/touch", "/output/written"], write={"/output": output}
        )
        problem = UserError(f"engine {PROGRAM}: a container cannot write to this host")
        for flags in (NETLESS, ()):
            try:
                call(*_exec(asked, flags))
            except UserError as error:
                problem = UserError(
                    f"engine {PROGRAM}: {error}; make it run a container by hand "
                    f"({PROGRAM} exec --containall IMAGE true), or choose engine: venv"
                )
            else:
                if (output / "written").exists():
                    return flags
        raise problem


def _memory() -> Path:
    """Return where it is remembered how this node works: another may be set up in another way."""
    return cache("engines") / f"{PROGRAM}-{platform.node()}.json"


@functools.cache
def _network() -> tuple[str, ...]:
    """Return the flags that the last probe found to work on this node."""
    try:
        return tuple(json.loads(_memory().read_text(encoding="utf-8"))["network"])
    except (OSError, ValueError, KeyError):
        return _working()
