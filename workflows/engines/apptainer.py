"""The engine `apptainer`: one `.sif` file for all nodes, run without any privilege."""

from __future__ import annotations

import functools
import json
import os
import platform
import pwd
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from workflows import environments, files
from workflows.engines import local, probe
from workflows.engines.confined import Confined, binds, confined, hand_over
from workflows.engines.interface import Job, Process
from workflows.errors import CannotError, UserError
from workflows.images import sif, sums
from workflows.images.assemble import DESCRIBE, PYTHON
from workflows.images.record import ImageRecord
from workflows.places import IMAGES, cache

PROGRAM = "apptainer"
NETLESS = ("--net", "--network", "none")
WORDS = (
    "own container: {network}, read-only root, code and data read-only, one writable folder, "
    "not root, no capabilities"
)
# Flags of the caller's shell would change what a run may see; these only say where to work.
_OURS = ("APPTAINER_TMPDIR", "APPTAINER_CACHEDIR", "APPTAINER_CONFIGDIR")
_FOREIGN = ("APPTAINER", "SINGULARITY")


@dataclass
class Apptainer:
    """Runs every job in a container made from a `.sif` file."""

    name: str = PROGRAM

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
        version = _called(["--version"]).removeprefix(f"{PROGRAM} version ").strip()
        return f"{PROGRAM} {version} ran a container" + ("" if flags else ", with the network")

    def build(self, environment: str, *, fresh: bool = False) -> ImageRecord:
        """Turn the environment's image into a `.sif`, and show that it holds the same."""
        image = sif.build(environments.find(environment), words(), fresh=fresh)
        described = json.loads(_called(_exec(_plain(image.tag), ())))
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
                f"snakemake -f results/images/{image.environment}.json"
            )
        sums.check(path)
        asked = confined(str(path), job)
        (job.output / (job.conditions.folder or "")).mkdir(parents=True, exist_ok=True)
        if not os.getuid():
            user = account()
            hand_over(job.output, user.pw_uid, user.pw_gid)
            who = f"a run that root starts in apptainer has user {user.pw_name}"
            data = [job.data] if job.data.exists() else []
            local.check_access(words(), who, [path, job.code, *data], [job.output])
        limited = local.limited(job)
        arguments = [*words(), *limited, PROGRAM, *_exec(asked, _network())]
        return Process(arguments, _environment(), job.output)

    def explain(self, job: Job, exit_code: int) -> str | None:
        """Say what most likely ended a job that was killed from outside."""
        return local.explain(job, exit_code)

    def clean(self, job: Job) -> None:
        """Take the job's files back: a container here is its process and no more."""
        if not os.getuid() and job.output.is_dir():
            hand_over(job.output, os.getuid())


def account() -> pwd.struct_passwd:
    """Return who a run of root's is: Apptainer's user must be one that the machine knows."""
    return pwd.getpwnam("nobody")


def words() -> list[str]:
    """Return the words before `apptainer`: a run started by root is not root."""
    if os.getuid():
        return []
    if not shutil.which("setpriv"):
        raise UserError("setpriv is not installed: apt-get install util-linux")
    user = account()
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


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


def _environment() -> dict[str, str]:
    """Return the environment of Apptainer itself, without what would add to a run's."""
    kept = {
        name: text
        for name, text in os.environ.items()
        if name in _OURS or not name.startswith(_FOREIGN)
    }
    if not os.getuid():
        kept["HOME"] = tempfile.gettempdir()  # not root's: it is read as somebody else
    return kept


def _called(arguments: list[str]) -> str:
    """Return what Apptainer prints; raise `UserError` with its last line where it fails."""
    try:
        done = subprocess.run(
            [*words(), PROGRAM, *arguments], env=_environment(), capture_output=True, text=True,
            timeout=120, check=False, cwd=tempfile.gettempdir(),
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"{PROGRAM}: {error}") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise UserError(f"{PROGRAM}: {said}")
    return done.stdout


def _working() -> tuple[str, ...]:
    """Return the flags that take the network away, or none where this node cannot do that.

    Raises `UserError` where no container runs at all.
    """
    with tempfile.TemporaryDirectory(prefix="reprise-probe-") as name:
        box, output = Path(name, "box"), Path(name, "output")
        output.mkdir()
        with tarfile.open(fileobj=BytesIO(probe.archive())) as archive:
            archive.extractall(box, filter="tar")
        if not os.getuid():
            hand_over(Path(name), account().pw_uid, account().pw_gid)
        asked = Confined(
            "probe", str(box), ["/touch", "/output/written"], write={"/output": output}
        )
        problem = UserError(f"engine {PROGRAM}: a container cannot write to this host")
        for flags in (NETLESS, ()):
            try:
                _called(_exec(asked, flags))
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
