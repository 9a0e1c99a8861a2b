"""`--resume`: a run in two processes equals the uninterrupted one, and shows what was lost."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.torch.runner import Runner
from workflows.compare.difference import first_difference
from workflows.compare.outcome import outcome
from workflows.runs.record import Run

pytestmark = pytest.mark.late
ARTICLE = ("--configuration", "article")

# Shuffles in every epoch, augments in the loader's process, drops out, keeps momentum and a sum.
PROGRAM = '''"""A small loader, with every kind of state that a checkpoint must hold."""
import random
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from benchmarks.contract import Start, Step

STEPS = 15
OPTIONS = {"workers": 0, "asks": True, "obeys": True}
DATA = None
PUBLISHED = None


class Noisy(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, i):
        return i + torch.rand(6) + random.random() + np.random.rand()


def train(device, steps, data, workers=0, asks=True, obeys=True):
    print("begins")
    loader = DataLoader(Noisy(), batch_size=4, shuffle=True, num_workers=workers)
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    carried = {"sum": 0.0}
    start = Start(model, optimizer, carried)
    yield start
    t = 0
    while t < steps:
        carried["sum"] = 0.0
        print("epoch", t)
        for x in loader:
            if t == steps:
                return
            if asks and start.skips(t) and obeys:
                t += 1
                continue
            optimizer.zero_grad()
            loss = model(x.float()).square().mean()
            loss.backward()
            optimizer.step()
            carried["sum"] += loss.item() + random.random() + np.random.rand()
            if t % 4 == 3:
                print(t, carried["sum"])
            yield Step((x,), loss)
            t += 1
'''

# Stands where an emulator's name stands; spoils the checkpoint between the two processes.
SPOIL = """
import os, sys
if "--checkpoint" in sys.argv:
    import torch
    path = sys.argv[sys.argv.index("--checkpoint") + 1]
    saved = torch.load(path, weights_only=True)
    {fault}
    torch.save(saved, path)
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture
def loader(run: Runner) -> Runner:
    (run.folder / "benchmarks" / "loader.py").write_text(PROGRAM)
    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, torch_python: Path) -> Run:
    """The uninterrupted run of the program."""
    run = Runner(tmp_path_factory.mktemp("whole"), torch_python)
    (run.folder / "benchmarks" / "loader.py").write_text(PROGRAM)
    return run("loader", *ARTICLE)


def spoiled(run: Runner, fault: str) -> str:
    """Return an emulator that is none: it plants a fault in the checkpoint, or none."""
    script = run.folder / "spoil.py"
    script.write_text(SPOIL.format(fault=fault))
    return shlex.join([str(run.python), str(script)])


def expect_equal(whole: Run, resumed: Run) -> None:
    assert whole.record.status == resumed.record.status == "completed", resumed.record.reason
    assert first_difference(whole, resumed) is None
    assert outcome(whole) == outcome(resumed) and whole.record.printed == resumed.record.printed
    assert (whole.losses == resumed.losses).all()


@pytest.mark.parametrize("after", ["1", "250", "499"])
def test_a_resumed_toy_is_the_whole_toy(run: Runner, after: str) -> None:
    whole = run("toy", "--steps", "500")
    resumed = run("toy", "--steps", "500", "--resume", after)
    expect_equal(whole, resumed)
    assert len(resumed.record.printed) == 5 and resumed.record.run.resume == int(after)
    assert [path.name for path in run.last.parent.iterdir() if path.name[0] == "."] == []


# An epoch has six steps: in the first one, at its end, right behind it, in the third.
@pytest.mark.parametrize("after", ["3", "6", "14"])
def test_a_resumed_loader_gives_the_same_batches_and_draws(
    loader: Runner, whole: Run, after: str
) -> None:
    assert whole.record.printed[0] == "begins" and len(whole.steps) == 15
    expect_equal(whole, loader("loader", *ARTICLE, "--resume", after))


def test_a_resumed_loader_with_workers_and_generators_of_its_own(loader: Runner) -> None:
    settings = ("--configuration", "strict", "--options", '{"workers": 2}')
    expect_equal(loader("loader", *settings), loader("loader", *settings, "--resume", "8"))


def test_an_unseeded_run_goes_on_with_its_own_random_numbers(loader: Runner) -> None:
    """Nothing to compare with: but every sample of an epoch must come once, across the break."""
    found = loader("loader", "--configuration", "unseeded", "--steps", "6", "--resume", "3",
                   "--dense", "0,1,2,3,4,5")  # fmt: skip
    assert found.record.status == "completed", found.record.reason
    import numpy as np

    with np.load(loader.last.with_suffix(".dense.npz")) as arrays:
        batches = [arrays[f"{step}/batch/0"] for step in range(6)]
        order = arrays["order"].tolist()
    # A sample is its index plus three numbers in [0, 1): its least element tells it from most.
    rows = np.concatenate(batches).min(axis=1)
    assert len(rows) == 24 and np.abs(np.sort(rows) - np.arange(24)).max() < 3
    assert len(set(rows.tolist())) == 24 and order[0].startswith("3.")


def test_resumed_cifar10_is_the_whole_in_every_bit(run: Runner, cifar10_data: Path) -> None:
    options = ("--steps", "30", "--data", str(cifar10_data))
    expect_equal(run("cifar10", *options), run("cifar10", *options, "--resume", "11"))


def test_kept_tensors_and_a_flip_cross_the_break(loader: Runner) -> None:
    options = ("--dense", "2,9", "--flip", "4", "--configuration", "article")
    expect_equal(loader("loader", *options), loader("loader", *options, "--resume", "6"))
    first, second = (loader.folder / "output" / n / "0.dense.npz" for n in ("1", "2"))
    assert first.read_bytes() == second.read_bytes()


FAULTS = {
    "none": ("pass", None),
    "a bit of a weight": (
        'saved["weights"]["0.weight"].view(torch.int32)[0, 0] ^= 1',
        " at step 8",  # dropout may hide it from the loss
    ),
    "torch's generator": ('del saved["generators"]["end"]["torch"]', "batch at step 8"),
    "Python's generator": ('del saved["generators"]["end"]["python"]', "batch at step 8"),
    "NumPy's generator": ('del saved["generators"]["end"]["numpy"]', "batch at step 8"),
    "the optimizer's state": ('saved["parts"][0]["state"].clear()', "weights at step 8"),
    "what is carried": ('saved["carried"]["sum"] += 1', "state at step 8"),
    "the generators between": (
        'saved["generators"]["between"].clear()',
        "batch at step 8",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_a_checkpoint_loses_shows(loader: Runner, whole: Run, name: str) -> None:
    fault, expected = FAULTS[name]
    emulator = spoiled(loader, fault)
    resumed = loader("loader", *ARTICLE, "--resume", "8", REPRISE_EMULATOR=emulator)
    assert resumed.record.status == "completed", resumed.record.reason
    found = first_difference(whole, resumed)
    if expected is None:
        assert found is None
    else:
        assert str(found).endswith(expected)


def test_dropout_shows_a_generator_that_is_not_restored(loader: Runner) -> None:
    """With workers, the loader draws elsewhere: only dropout can tell."""
    settings = ("--configuration", "article", "--options", '{"workers": 1}')
    whole = loader("loader", *settings)
    emulator = spoiled(loader, 'del saved["generators"]["end"]["torch"]')
    resumed = loader("loader", *settings, "--resume", "8", REPRISE_EMULATOR=emulator)
    assert str(first_difference(whole, resumed)) == "loss at step 8"


@pytest.mark.parametrize("options", ['{"asks": false}', '{"obeys": false}'])
def test_a_program_that_cannot_be_resumed_says_so(loader: Runner, options: str) -> None:
    found = loader("loader", "--resume", "3", "--options", options)
    assert found.record.status == "failed"
    # Where the benchmark counts its steps, it is the line of that.
    assert re.fullmatch(
        r"RuntimeError: benchmarks/loader\.py:\d+: the benchmark does not support resume: "
        r"call start\.skips\(step\) in its loop",
        found.record.reason or "",
    )


def test_other_weights_are_never_filled_in(loader: Runner) -> None:
    emulator = spoiled(loader, 'saved["weights"]["0.bias"] = torch.zeros(1)')
    found = loader("loader", "--resume", "3", REPRISE_EMULATOR=emulator)
    assert found.record.status == "failed"
    assert found.record.reason and "made other weights" in found.record.reason


def test_every_start_goes_through_the_emulator(run: Runner) -> None:
    log = run.folder / "starts"
    script = run.folder / "emulator.py"
    script.write_text(
        f"import os, sys; open({str(log)!r}, 'a').write(sys.argv[1] + chr(10))\n"
        "os.execv(sys.argv[2], sys.argv[2:])\n"
    )
    emulator = shlex.join([sys.executable, str(script), "a CPU"])
    found = run("toy", "--steps", "4", "--resume", "2", REPRISE_EMULATOR=emulator)
    assert found.record.status == "completed", found.record.reason
    # Once for the environment variables, once for the second process.
    assert log.read_text().splitlines() == ["a CPU", "a CPU"]


@pytest.mark.parametrize("after", ["0", "5", "-1"])
def test_a_break_outside_the_run_is_refused(run: Runner, after: str) -> None:
    with pytest.raises(Exception, match="exit status 2"):
        run("toy", "--steps", "5", "--resume", after)
    assert not run.last.exists()


# Saves and loads itself; `keeps` says whether the scheduler is in its file.
OWN = '''"""Momentum under a schedule, with a save and a load of its own."""
import torch
from torch import nn
from benchmarks.contract import Start, Step

STEPS = 12
OPTIONS = {"keeps": True}
DATA = None
PUBLISHED = None


def train(device, steps, data, keeps=True):
    model = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 5)
    parts = [model, optimizer, *([scheduler] if keeps else [])]
    at = {"step": 0}

    def save(path):
        state = [part.state_dict() for part in parts]
        torch.save([at["step"], torch.get_rng_state(), state], path)

    def load(path):
        at["step"], drawn, states = torch.load(path)
        torch.set_rng_state(drawn)
        for part, state in zip(parts, states):
            part.load_state_dict(state)

    yield Start(model, optimizer, scheduler, save=save, load=load)
    while at["step"] < steps:
        x = torch.rand(3, 4)
        loss = model(x).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        at["step"] += 1
        yield Step((x,), loss)
'''


def test_a_program_goes_on_by_its_own_save_and_load(run: Runner) -> None:
    (run.folder / "benchmarks" / "own_resume.py").write_text(OWN)
    whole = run("own_resume")
    resumed = run("own_resume", "--resume", "4")
    expect_equal(whole, resumed)
    assert (whole.record.resumed, resumed.record.resumed) == (None, "own")
    assert [path.name for path in run.last.parent.iterdir() if path.name[0] == "."] == []
    forgetful = ("--options", '{"keeps": false}')
    found = first_difference(run("own_resume", *forgetful),
                             run("own_resume", *forgetful, "--resume", "4"))  # fmt: skip
    assert found is not None and found.step is not None and found.step >= 4


def test_the_suites_checkpoint_is_called_what_it_is(run: Runner) -> None:
    assert run("toy", "--steps", "4", "--resume", "2").record.resumed == "suite"
