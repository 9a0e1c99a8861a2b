"""Packing for another machine: parts and sums, stages, the budget; what is damaged is refused."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.support.processes import alive
from tests.support.small import wheel
from tests.support.waiting import until
from workflows.common import revision
from workflows.common.errors import UserError
from workflows.common.guarded import Process
from workflows.common.paths import ROOT
from workflows.common.sums import SUMS, sha256
from workflows.environments.definition import Pin
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.load import load
from workflows.offline import budget, pack, parts, tools
from workflows.offline import run as there
from workflows.offline.collect import home
from workflows.offline.stages import stages
from workflows.studies.ablation.plan import planned

CATALOGUE = Catalogue.read()
GPU = yaml.safe_load((ROOT / "config" / "gpu.yaml").read_text())


def archive(folder: Path, name: str = "cifar10.tar.gz", size: int = 500) -> bytes:
    """Write an archive of one file of random bytes, in parts, with sums; return the bytes."""
    folder.mkdir(exist_ok=True)
    content = os.urandom(1000)
    (folder / "batch").write_bytes(content)
    with tarfile.open(folder / name, "w:gz") as tar:
        tar.add(folder / "batch", "cifar10/batch")
    (folder / "batch").unlink()
    parts.write_sums(folder, [path.name for path in parts.cut(folder / name, size)])
    return content


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    """A folder of parts."""
    archive(tmp_path / "brought")
    return tmp_path / "brought"


def test_parts_are_small_and_join_to_the_same_bytes(tmp_path: Path) -> None:
    whole = os.urandom(2500)
    for size, count in ((1000, 3), (1250, 2), (2500, 1), (20, 125)):
        (tmp_path / "x").write_bytes(whole)
        made = parts.cut(tmp_path / "x", size)
        assert len(made) == count and not (tmp_path / "x").exists()
        assert all(path.stat().st_size <= size for path in made)
        parts.write_sums(tmp_path, [path.name for path in made])
        names = parts.archives(parts.read_sums(tmp_path))["x"]
        parts.join(tmp_path, names, tmp_path / "joined")
        assert (tmp_path / "joined").read_bytes() == whole
        for path in made:
            path.unlink()


def test_parts_may_come_in_several_calls(tmp_path: Path) -> None:
    content = archive(tmp_path / "all")
    first, work = tmp_path / "first", tmp_path / "work"
    first.mkdir()
    for name in (SUMS, "cifar10.tar.gz.00", "cifar10.tar.gz.02"):
        (tmp_path / "all" / name).rename(first / name)
    assert there.take(first, work) == ["cifar10.tar.gz.01"]
    (first / SUMS).rename(tmp_path / "all" / SUMS)
    assert there.take(tmp_path / "all", work) == []
    assert (work / "cache" / "data" / "cifar10" / "batch").read_bytes() == content
    (tmp_path / "all" / "cifar10.tar.gz.01").unlink()
    assert there.take(tmp_path / "all", work) == [], "what is unpacked is not asked for again"


def test_a_damaged_part_is_refused_in_one_line(brought: Path, tmp_path: Path) -> None:
    part = brought / "cifar10.tar.gz.01"
    content = bytearray(part.read_bytes())
    content[7] ^= 1
    part.write_bytes(content)
    with pytest.raises(UserError, match=r"cifar10.tar.gz.01: sha256 .*, expected .*bring it again"):
        there.take(brought, tmp_path / "work")
    assert not (tmp_path / "work" / "cache").exists()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "No such file"),
        ("nonsense\n", "'nonsense' is not a sum and a name; bring it again"),
        (f"{'0' * 64}  ../x.00\n", "'../x.00': expected a plain file's name"),
        (f"{'0' * 64}  x.tar.01\n", "names no x.tar.00"),
    ],
)
def test_a_list_of_sums_that_is_none_is_refused(
    tmp_path: Path, text: str | None, problem: str
) -> None:
    if text is not None:
        (tmp_path / SUMS).write_text(text)
    with pytest.raises(UserError, match=problem):
        there.take(tmp_path, tmp_path / "work")


def test_nothing_is_unpacked_outside(tmp_path: Path) -> None:
    (tmp_path / "evil").write_text("x")
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        tar.add(tmp_path / "evil", "../evil-outside")
    with pytest.raises(UserError, match=r"x.tar: cannot be unpacked: .*outside"):
        parts.unpack(tmp_path / "x.tar", tmp_path / "in" / "side")
    assert not (tmp_path / "in" / "evil-outside").exists()


def test_a_part_that_did_not_come_home_is_named(brought: Path, tmp_path: Path) -> None:
    (brought / "cifar10.tar.gz.01").unlink()
    with pytest.raises(UserError, match=r"cifar10.tar.gz.01: missing; bring it too"):
        home(brought, tmp_path / "home")


def test_home_overwrites_no_folder_of_yours(brought: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis").write_text("x")
    archive(brought, "results.tar.gz")
    with pytest.raises(UserError, match="is not empty, and not from here"):
        home(brought, mine)
    with pytest.raises(UserError, match="is not empty, and no pack"):
        pack.pack(ROOT / "config" / "gpu.yaml", "3.12", parts.MB, mine)
    assert (mine / "thesis").exists()


def test_stages_grow_and_the_last_is_the_experiment() -> None:
    experiment = load(GPU, CATALOGUE)
    found = list(stages(experiment, CATALOGUE))
    assert [name for name, _ in found] == ["toy", "cifar10", "all"]
    assert [list(stage.benchmarks) for _, stage in found[:2]] == [["toy"], ["toy", "cifar10"]]
    assert [bool(stage.probes) for _, stage in found] == [False, False, True]
    assert all(set(stage.ablation) == {"toy", "cifar10"} for _, stage in found)
    assert found[-1][1] == experiment
    one = load({**GPU, "benchmarks": {"toy": {}}, "repeats": {"toy": 2}, "probes": []}, CATALOGUE)
    assert [name for name, _ in stages(one, CATALOGUE)] == ["all"]


def test_no_stage_changes_the_ablations_of_another() -> None:
    config = {**GPU, "ablation": {"cifar10": {"start": "cudnn"}}}
    found = [stage for _, stage in stages(load(config, CATALOGUE), CATALOGUE)]
    asked = [planned(stage, CATALOGUE, {}) for stage in found]
    assert asked[0] == asked[1] == asked[2]
    assert asked[0][0].steps == 25_000 and asked[0][0].options["memory"]


def test_a_stage_that_cannot_stand_alone_is_left_to_the_next() -> None:
    config = {**GPU, "variations": ["baseline", "workers-4"]}
    found = list(stages(load(config, CATALOGUE), CATALOGUE))
    assert [name for name, _ in found] == ["cifar10", "all"]


def test_the_gpu_experiment_is_the_articles_scale_on_the_gpu_alone() -> None:
    experiment = load(GPU, CATALOGUE)
    assert experiment.engine == "host" and experiment.devices == ["cuda"]
    assert experiment.benchmarks["cifar10"].steps == 25_000
    assert pack.datasets(experiment, CATALOGUE) == ["cifar10"]


def test_the_program_needs_no_package(tmp_path: Path) -> None:
    pack.write_program(tmp_path / "run.pyz")
    words = [sys.executable, "-I", "-S", str(tmp_path / "run.pyz")]
    done = subprocess.run([*words, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "--minutes" in done.stdout, done.stderr
    done = subprocess.run(
        [*words, "--work", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "SHA256SUMS: No such file" in done.stderr


def test_a_copy_without_git_knows_its_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revision, "ROOT", tmp_path)
    assert revision.revision() == revision.Revision(commit=None, edited=False)
    carried = revision.Revision(commit="c0ffee", edited=True)
    (tmp_path / revision.CARRIED).write_text(carried.model_dump_json())
    assert revision.revision() == carried


def test_another_python_is_refused_before_anything_is_installed(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "python").write_text("3.6")
    with tarfile.open(tmp_path / "tools.tar", "w") as tar:
        tar.add(tmp_path / "tools" / "python", "python")
    parts.write_sums(tmp_path, [p.name for p in parts.cut(tmp_path / "tools.tar", parts.MB)])
    with pytest.raises(UserError, match=r"the tools were packed for 3.6; at home: reprise pack"):
        there.take(tmp_path, tmp_path / "work")


def test_what_a_python_needs_beyond_the_lock_is_named(tmp_path: Path) -> None:
    wheels = [wheel(tmp_path, "one"), wheel(tmp_path, "two")]
    assert tools.unmet(wheels[0], wheels, "3.12") == []
    with zipfile.ZipFile(wheels[0], "a") as opened:
        info = next(name for name in opened.namelist() if name.endswith("METADATA"))
        text = opened.read(info).decode()
    needs = 'Requires-Dist: two>=1\nRequires-Dist: three; python_version >= "3.12"\n'
    with zipfile.ZipFile(tmp_path / "one-1.0-py3-none-any.whl", "w") as opened:
        opened.writestr(info, text + needs)
    assert tools.unmet(wheels[0], wheels, "3.11") == []
    assert tools.unmet(wheels[0], wheels, "3.12") == ["one needs three"]
    assert tools.unmet(wheels[0], wheels[:1], "3.11") == ["one needs two"]


def run(tmp_path: Path, program: str, seconds: float) -> int | None:
    start = Process([sys.executable, "-c", program], dict(os.environ), tmp_path)
    return budget.run(start, tmp_path / "log", time.monotonic() + seconds, lambda _: None)


@pytest.mark.parametrize(
    ("marker", "python", "needed"),
    [
        (None, "3.12", True),
        ("python_full_version < '3.12'", "3.11", True),
        ("python_full_version < '3.12'", "3.12", False),
        ("sys_platform == 'win32'", "3.12", False),
        ("platform_machine == 'aarch64' or platform_machine == 'x86_64'", "3.12", True),
    ],
)
def test_only_what_a_python_needs_is_packed(marker: str | None, python: str, needed: bool) -> None:
    assert tools.holds(marker, python) == needed


def test_a_process_within_its_time_gives_its_exit_code(tmp_path: Path) -> None:
    assert run(tmp_path, "raise SystemExit(7)", 60) == 7


def test_a_process_out_of_time_is_interrupted_then_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "GRACE", 2.0)
    tidy = "import time\ntry: time.sleep(60)\nexcept KeyboardInterrupt: print('tidy', flush=True)"
    assert run(tmp_path, tidy, 4) is None
    assert (tmp_path / "log").read_text() == "tidy\n"
    deaf = (
        "import os, signal, subprocess, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "print(subprocess.Popen(['sleep', '60']).pid, flush=True)\ntime.sleep(60)"
    )
    assert run(tmp_path, deaf, 4) is None
    child = int((tmp_path / "log").read_text())
    until("end of its child", lambda: not Path(f"/proc/{child}").exists(), 20)


def test_a_process_ends_with_a_caller_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\n"
        "from workflows.offline import budget\nfrom workflows.common.guarded import Process\n"
        "start = Process(['sh', '-c', 'sleep 60 & echo $$ $!; wait'], {}, Path('/'))\n"
        "budget.run(start, Path(sys.argv[1]), time.monotonic() + 60, print)"
    )
    log = tmp_path / "log"
    caller = subprocess.Popen([sys.executable, "-c", program, str(log)], cwd=ROOT)
    said = until("start", lambda: log.exists() and log.read_text().split(), 20)
    found = [int(number) for number in said or []]
    assert len(found) == 2 and all(map(alive, found)), "control"
    caller.kill()
    caller.wait()
    until("end of both", lambda: not any(map(alive, found)), 20)


def test_what_another_thread_is_fetching_is_not_taken(tmp_path: Path) -> None:
    fetched = tmp_path / ".fetch-1" / "one-1.0-py3-none-any.whl"
    fetched.parent.mkdir()
    fetched.write_bytes(b"whole")
    pin = Pin("one", "1.0", frozenset({sha256(fetched)}))
    assert tools._held(tmp_path, pin) is None
    kept = fetched.rename(tmp_path / fetched.name)
    assert tools._held(tmp_path, pin) == kept, "control"
