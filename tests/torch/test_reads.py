"""What a run reads of the project is in its record, however it is read; and nothing else is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support import own
from tests.torch.runner import Runner
from workflows.experiment.catalogue import Catalogue
from workflows.experiment.identity import uncounted
from workflows.runs.record import Run

COMPUTED = "benchmarks/computed.py"
HERE = "from pathlib import Path; here = Path(__file__).parent; "
# By the file that each reads: what a step does first.
WAYS = {
    "helper.py": "import helper",
    COMPUTED: "import importlib; importlib.import_module('.'.join(['benchmarks', 'computed']))",
    "benchmarks/table.csv": HERE + "open(here / 'table.csv').read()",
    "benchmarks/array.npy": HERE + "import numpy; numpy.load(here / 'array.npy')",
    "benchmarks/mapped.npy": HERE + "import numpy; numpy.load(here / 'mapped.npy', mmap_mode='r+')",
    "benchmarks/raw.bin": HERE + "import numpy; numpy.fromfile(here / 'raw.bin')",
    "benchmarks/weights.pt": HERE + "torch.load(here / 'weights.pt')",
    "benchmarks/low.bin": HERE + "os.close(os.open(here / 'low.bin', os.O_RDONLY))",
    "benchmarks/deep/er/x.json": HERE + "(here / 'deep' / 'er' / 'x.json').read_text()",
    "benchmarks/code.txt": HERE + "exec((here / 'code.txt').read_text())",
    "benchmarks/link.csv": HERE + "open(here / 'link.csv').read()",
    "benchmarks/roundabout.csv": HERE + "open(here.parent / 'around' / 'roundabout.csv').read()",
    "data.csv": "os.chdir(os.environ['PYTHONPATH']); open('data.csv').read()",
}


@pytest.fixture
def project(run: Runner) -> Runner:
    """A project with a file for each way to read one."""
    import numpy as np
    import torch

    for name in WAYS:
        path = run.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1\n")
    for name in ("array", "mapped"):
        np.save(run.folder / "benchmarks" / f"{name}.npy", np.ones(3))
    torch.save({"w": torch.ones(3)}, run.folder / "benchmarks" / "weights.pt")
    outside = run.folder.parent / f"{run.folder.name}-outside.csv"
    outside.write_text("1\n")
    (run.folder / "benchmarks" / "link.csv").unlink()
    (run.folder / "benchmarks" / "link.csv").symlink_to(outside)
    (run.folder / "around").symlink_to(run.folder / "benchmarks")
    return run


def read(found: Run, *ignored: str) -> dict[str, str]:
    """Return what a record says was read beside the suite's own code."""
    assert found.record.status == "completed", found.record.reason
    suite = {path.name for path in Path("benchmarks").rglob("*.py")}
    names = found.record.read or {}
    return {n: s for n, s in names.items() if Path(n).name not in suite | {"own.py", *ignored}}


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_every_way_to_read_is_seen(project: Runner) -> None:
    body = "\n        ".join(WAYS.values())
    found = read(project("own", body=body, PYTHONPATH=str(project.folder)))
    assert found.pop("around/roundabout.csv") == digest(project.folder / "around/roundabout.csv")
    assert found == {n: digest(project.folder / n) for n in WAYS if "roundabout" not in n}


def test_control_what_is_not_the_projects_is_not_in_the_record(project: Runner) -> None:
    for name in (".cache/x", "results/x", "output/x", "sets/x", ".hidden/deep/x"):
        (project.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (project.folder / name).write_text("1")
    names = [".cache/x", "results/x", "output/1/x", "sets/x", ".hidden/deep/x", "/etc/hostname"]
    (project.folder / "output" / "1").mkdir()
    (project.folder / "output" / "1" / "x").write_text("1")
    body = HERE + f"[open(here.parent / n).read() for n in {names}]; os.listdir(here); "
    body += "[p.stat() for p in here.iterdir()]"
    assert read(project("own", "--data", "sets", body=body)) == {}


def test_only_its_own_benchmark_of_all_is_in_the_record(run: Runner) -> None:
    record = run("toy", "--steps", "2").record
    assert record.read is not None
    assert "benchmarks/toy.py" in record.read and "benchmarks/cifar10.py" not in record.read
    assert not any("probes" in name for name in record.read)
    assert all(digest(run.folder / name) == found for name, found in record.read.items())


def test_what_the_run_writes_itself_does_not_count(project: Runner) -> None:
    lines = (
        "(here / 'made').write_text(str(t)); (here / 'made').read_text()",
        "p = here / 'table.csv'; p.read_text(); p.write_text(str(os.getpid()))",
        "open(here / 'code.txt', 'a+').write(str(t))",
        "(here / 'y').write_text(str(t)); os.replace(here / 'y', here / 'z')",
        "(here / 'z').read_text()",
    )
    assert read(project("own", body=HERE + "\n        ".join(lines))) == {}


def test_a_file_that_is_looked_for_in_vain_counts(project: Runner) -> None:
    body = HERE + "\n        try: open(here / 'none.csv')\n        except OSError: pass"
    assert read(project("own", body=body)) == {"benchmarks/none.csv": "absent"}


def test_a_file_counts_as_it_was_when_it_was_opened(project: Runner) -> None:
    path = project.folder / "benchmarks" / "table.csv"
    before = digest(path)
    other = "import subprocess; subprocess.run(['cp', here / 'raw.bin', here / 'table.csv'])"
    (project.folder / "benchmarks" / "raw.bin").write_text("2\n")
    found = project("own", body=HERE + f"(here / 'table.csv').read_text(); {other}")
    assert read(found) == {"benchmarks/table.csv": before} and digest(path) != before


@pytest.fixture
def samples(run: Runner) -> Callable[..., Run]:
    """Return a function that runs a benchmark whose workers read a file for each sample."""
    own.write_samples(run.folder)
    return lambda *arguments: run("samples", *arguments)


@pytest.mark.parametrize(
    "options", [("2",), ("0",), ("2", "--resume", "3"), ("0", "--resume", "3")]
)
def test_workers_and_a_second_process_add_to_one_list(
    samples: Callable[..., Run], run: Runner, options: tuple[str, ...]
) -> None:
    workers, *more = options
    found = samples("--options", json.dumps({"workers": int(workers)}), *more)
    expected = {f"benchmarks/sample-{number}.txt" for number in range(16)}
    assert set(read(found, "samples.py")) == expected
    assert [path.name for path in run.last.parent.iterdir() if path.name[0] == "."] == []


def test_the_launcher_keeps_what_the_identity_does_not_cover(project: Runner) -> None:
    record = project("own", body=WAYS["benchmarks/table.csv"]).record
    read = record.read or {}
    assert {"benchmarks/own.py", "benchmarks/run.py", "benchmarks/settings.py"} <= set(read)
    catalogue = Catalogue.read(project.folder)
    kept = uncounted(read, record.run, catalogue, project.folder)
    assert set(kept) == {"benchmarks/table.csv"}


def test_a_failed_run_says_what_it_read(project: Runner) -> None:
    found = project("own", body=HERE + "int((here / 'code.txt').read_text() + 'x')")
    assert found.record.status == "failed"
    assert "benchmarks/code.txt" in (found.record.read or {})


def test_what_the_run_saves_and_removes_again_does_not_count(project: Runner) -> None:
    """torch.save writes by native code, which is not seen; that it is removed is."""
    lines = (
        "import shutil, tempfile; p = here / 'own.pt'; torch.save(w.detach(), p); torch.load(p)",
        "os.remove(p); q = Path(tempfile.mkdtemp(dir=here)); torch.save(w.detach(), q / 'x.pt')",
        "torch.load(q / 'x.pt'); shutil.rmtree(q)",
    )
    found = read(project("own", body=HERE + "\n        ".join(lines)))
    assert {n for n in found if n.endswith(".pt")} == set()


def test_a_run_that_removes_the_list_of_what_it_read_has_no_record(project: Runner) -> None:
    body = HERE + "(here / 'table.csv').read_text()"
    project("own", body=body)  # control
    cut = "; [p.unlink() for p in Path(os.environ['OUT']).glob('.*.reads')]"
    with pytest.raises(subprocess.CalledProcessError):
        project("own", body=body + cut, OUT=str(project.folder / "output" / "2"))


def test_a_name_that_no_record_can_hold_does_not_end_the_program(project: Runner) -> None:
    body = "p = os.fsencode(__file__) + b'\\xff'; open(p, 'w').close(); open(p).read()"
    assert read(project("own", body=body)) == {}
