"""`--observe`: each source of randomness outside the seeds is named, with its line; others not."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from benchmarks.harness import aside, draws
from benchmarks.harness.draws import moved
from tests.torch.observing import HEAD, Found, observe, of
from tests.torch.runner import Runner
from workflows.compare.outcome import outcome


@pytest.fixture
def observed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Found]]:
    """Observe the lines of a program."""
    monkeypatch.delenv("REPRISE_SPAWNED", raising=False)
    environment = dict(os.environ)

    yield lambda lines: observe(lines, tmp_path)
    os.environ.clear()
    os.environ.update(environment)


NOISE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 2)
        self.b = nn.Parameter({})
{}
weights = Net()
"""
BUFFER = NOISE.replace("self.b = nn.Parameter({})", 'self.register_buffer("b", {})')
DROPS = (
    "layer = nn.Dropout(0.5)\nlayer.train({})\nwith torch.no_grad():\n    layer(torch.ones(9))\n"
)
THREADS = """
rng = random.Random(3)
def draw():
    for _ in range(50):
        rng.random()
        time.sleep(0.0001)
threads = [threading.Thread(target=draw) for _ in range({})]
for one in threads: one.start()
for one in threads: one.join()
"""

CALLS = """import socket
there = socket.create_server(("127.0.0.1", 0))
s = socket.socket()
{}
s.close(), there.close()
"""
UNIX = """
folder = os.open(os.path.dirname(__file__), os.O_RDONLY)  # a short name: a socket's has an end
of_a_worker, own = (socket.socket(socket.AF_UNIX) for _ in range(2))
of_a_worker.bind(f"/proc/self/fd/{folder}/s"), of_a_worker.listen()
own.connect(f"/proc/self/fd/{folder}/s")
own.close(), of_a_worker.close(), os.close(folder)
"""
OF_A_LIBRARY = "import multiprocessing.util\nt = multiprocessing.util.get_temp_dir()"
PLANTED = [
    ("entropy", "x = random.Random()", "random.Random()", "x = random.Random(3)"),
    ("entropy", "random.seed()", "random.seed()", "random.seed(4)"),
    ("entropy", "x = random.SystemRandom()", "random.SystemRandom()", "x = random.Random(4)"),
    ("entropy", "x = np.random.default_rng()", "np.random.default_rng()",
     "x = np.random.default_rng(3)"),
    ("entropy", "x = np.random.RandomState()", "np.random.RandomState()",
     "x = np.random.RandomState(3)"),
    ("entropy", "x = np.random.SeedSequence()", "np.random.SeedSequence()",
     "x = np.random.SeedSequence(3)"),
    ("entropy", "torch.Generator().seed()", "torch.Generator().seed()",
     "torch.Generator().manual_seed(3)"),
    ("entropy", "torch.seed()", "torch.seed()", "torch.manual_seed(3)"),
    ("entropy", "s = int(time.time())\nnp.random.seed(s)", "np.random.seed(<from the clock>)",
     "s = int(time.time())\nnp.random.seed(3)"),
    ("entropy", "x = random.Random(os.getpid())", "random.Random(<from the process number>)",
     "os.getpid()\nx = random.Random(1)"),
    ("read", "t = time.perf_counter()", "time.perf_counter()", "t = 0"),
    ("read", "t = uuid.uuid4()", "uuid.uuid4()", "t = uuid.uuid5(uuid.NAMESPACE_DNS, 'a')"),
    ("read", "t = open('/proc/meminfo').read()", "open('/proc/meminfo')",
     "t = open(os.devnull).read()"),
    ("read", "t = open('/dev/urandom', 'rb').read(4)", "open('/dev/urandom', 'rb')",
     "t = open(__file__).read()"),
    ("read", "import pathlib\nt = pathlib.Path('/proc/stat').read_text()", "read_text()",
     "import pathlib\nt = pathlib.Path(__file__).read_text()"),
    ("read", CALLS.format("s.connect(there.getsockname())"), "s.connect(there.getsockname())",
     CALLS.format(UNIX)),
    ("read", "import tempfile\nt = tempfile.mkdtemp()", "tempfile.mkdtemp()", OF_A_LIBRARY),
    ("read", "import tempfile\nt = tempfile.NamedTemporaryFile()", "NamedTemporaryFile()",
     OF_A_LIBRARY),
    ("late variable", "os.environ['PYTHONHASHSEED'] = '12'", "PYTHONHASHSEED is set after",
     "os.environ['MINE'] = '12'"),
    ("late seed", "x = torch.rand(2)\ntorch.manual_seed(1)", "after it was drawn from",
     "torch.manual_seed(1)\nx = torch.rand(2)"),
    ("draw", "x = np.random.rand(2)", "NumPy's generator: x = np.random.rand(2)",
     "x = np.random.default_rng(3).random(2)"),
    ("draw", "x = random.random()", "Python's generator: x = ", "x = random.Random(2).random()"),
    ("draw", "x = nn.Linear(2, 2)", "PyTorch's generator: x = nn.Linear(2, 2)",
     "x = torch.ones(2)"),
    ("dropout", DROPS.format("True"), "dropout is active without gradients", DROPS.format("False")),
    ("uninitialised", NOISE.format("torch.empty(2, 2)", ""), "b is never initialised",
     NOISE.format("torch.empty(2, 2)", "        nn.init.zeros_(self.b)")),
    ("uninitialised", NOISE.format("torch.empty(2, 2)", ""), "b is never initialised",
     NOISE.format("torch.empty(2, 2)", "        self.b.data.fill_(3)")),
    ("uninitialised", NOISE.format("torch.empty(2, 2)", ""), "b is never initialised",
     NOISE.format("torch.zeros_like(torch.empty(2, 2))", "")),
    ("uninitialised", BUFFER.format("torch.empty(2, 2)", ""), "b is never initialised",
     BUFFER.format("torch.empty(2, 2)", "        self.b.zero_()")),
    ("uninitialised", NOISE.replace("Parameter", "Buffer").format("torch.empty(2)", ""),
     "b is never initialised", BUFFER.format("torch.zeros(2)", "")),
    ("process", "subprocess.run([sys.executable, '-c', ''])", "without the settings",
     "subprocess.run(['true'])"),
    ("threads", THREADS.format(2), "drawn by Thread-", THREADS.format(1)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "planted", "what", "control"), PLANTED)
def test_a_source_is_named_where_it_is(
    kind: str, planted: str, what: str, control: str, observed: Callable[[str], Found]
) -> None:
    assert of(kind, observed(control)) == []
    found = of(kind, observed(planted))
    assert found and what in found[0]["what"]
    assert found[0]["place"].startswith("program") and found[0]["count"] >= 1


def test_what_an_import_reads_of_the_kernel_is_not_the_programs(
    observed: Callable[[str], Found], tmp_path: Path
) -> None:
    (tmp_path / "site-packages").mkdir()
    library = tmp_path / "site-packages" / "reads_load.py"
    library.write_text("def load():\n    return open('/proc/loadavg').read()\n\n\nload()\n")
    found = f"import sys\nsys.path.append({str(library.parent)!r})\nimport reads_load\n"
    assert of("read", observed(found)) == []
    (called,) = of("read", observed(f"{found}reads_load.load()\n"))
    assert called["what"] == "reads_load.load()"


def test_where_a_generator_stands_is_noted_once_a_line(observed: Callable[[str], Found]) -> None:
    lines = "torch.manual_seed({})\nfor _ in range(3):\n    x = torch.rand({})\ny = torch.rand(1)"
    [sides, same, other] = [
        of("stand", observed(lines.format(*g))) for g in ((1, 2), (1, 2), (1, 3))
    ]
    assert [one["what"].rpartition(" [")[0] for one in sides] == [
        "PyTorch's generator: x = torch.rand(2)", "PyTorch's generator: y = torch.rand(1)",
    ]  # fmt: skip
    assert [one["what"] for one in sides] == [one["what"] for one in same]
    assert {one["what"][-9:] for one in sides}.isdisjoint(one["what"][-9:] for one in other)


def test_a_place_names_line_and_function(observed: Callable[[str], Found]) -> None:
    body = "class Shards:\n    def __init__(self):\n        self.r = random.Random()\nShards()\n"
    (found,) = of("entropy", observed(body))
    line = (HEAD + body).splitlines().index("        self.r = random.Random()") + 1
    assert found["place"] == f"program0.py:{line} in Shards.__init__" and found["step"] == -1


def test_what_is_never_written_was_there_before_the_first_step(
    observed: Callable[[str], Found],
) -> None:
    (found,) = of("uninitialised", observed(NOISE.format("torch.empty(2, 2)", "")))
    assert found["step"] == -1


def test_how_far_a_generator_has_moved_is_counted(observed: Callable[[str], Found]) -> None:
    for lines, given in (("torch.rand(5)", "5"), ("torch.randint(9, (1300,))", "1,300")):
        found = [one["what"] for one in of("draw", observed(lines)) if "given" in one["what"]]
        assert found == [f"PyTorch's generator had given {given} numbers since its seed"]
    control = observed("torch.rand(5)\ntorch.manual_seed(3)")
    assert not [one for one in of("draw", control) if "given" in one["what"]]
    state = torch.get_rng_state()
    assert moved() == 0, "seeded last"
    torch.rand(700)
    assert moved() == 700 and moved(most=624) is None
    torch.set_rng_state(state)
    assert torch.equal(torch.get_rng_state(), state)


def test_what_libraries_do_for_themselves_is_nobodys_source(
    observed: Callable[[str], Found],
) -> None:
    body = "import tempfile\nwith tempfile.TemporaryDirectory(): pass\n"
    assert of("entropy", observed(body)) == []


def test_observing_changes_no_bit_and_is_in_the_record(run: Runner) -> None:
    body = "import random; w.data += 0.01 * random.random() * torch.rand(16, 4)"
    settings = ("--settings", "torch-seed,python-seed")
    plain = run("drawn", *settings, body=body)
    seen = run("drawn", "--observe", *settings, body=body)
    assert plain.record.sources is None
    assert outcome(plain) == outcome(seen) and plain.record.status == "completed"
    assert seen.record.sources is not None
    drawn = {(one.what.partition(":")[0], one.step) for one in seen.record.sources}
    assert drawn >= {("PyTorch's generator", -1), ("Python's generator", 0)}


def test_to_look_where_generators_stand_is_quick() -> None:
    began = time.process_time()
    for _ in range(1000):  # as often as lines of the program run
        draws._stand()
    assert time.process_time() - began < 1.0, "tens of milliseconds; 3 s to print NumPy's state"


@pytest.mark.parametrize(("name", "heard"), [("compiler", False), ("other", True)])
def test_the_compiler_alone_is_imported_unheard(
    observed: Callable[[str], Found], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    name: str, heard: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(aside, "COMPILER", "compiler")
    place = tmp_path / "installed"
    place.mkdir()
    monkeypatch.syspath_prepend(place)
    (place / f"{name}.py").write_text(
        "import sys\nHEARD = bool(sys.gettrace() or sys.getprofile())\n"
    )
    found = observed(f"import {name}\nrandom.Random(time.time_ns())")
    assert sys.modules.pop(name).HEARD is heard
    assert [one for one in found if one["kind"] == "entropy"], "control: it goes on"


def test_the_compiler_is_what_optimizers_import() -> None:
    torch.optim.SGD([torch.ones(1, requires_grad=True)])
    assert aside.COMPILER in sys.modules


SEEDS = """
torch.manual_seed({0})
random.seed({0})
np.random.seed({0})
own = random.Random({0})
made = torch.Generator().manual_seed({0})
own.seed({0})
"""


def test_seeds_are_told_by_their_line_and_what_they_are(
    observed: Callable[[str], Found],
) -> None:
    def seeds(number: int) -> list[tuple[str, str, str]]:
        return seeds_of(SEEDS.format(number))

    def seeds_of(lines: str) -> list[tuple[str, str, str]]:
        found = [one for one in observed(lines) if one["kind"] == "seed"]
        parts = [(one["what"].rpartition(" ["), one["place"]) for one in found]
        return [(text, digest, place.partition(":")[2]) for (text, _, digest), place in parts]

    assert seeds_of("x = [np.random.rand(), random.random(), torch.rand(1)]  # no seed") == []
    one, again, other = seeds(11), seeds(11), seeds(12)
    assert [place for _, _, place in one] == [f"{n} in <module>" for n in range(7, 13)]
    assert one == again, "control"
    assert all(a[1] != b[1] for a, b in zip(one, other, strict=True))
