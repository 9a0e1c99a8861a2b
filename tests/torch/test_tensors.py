"""`--dense`: the tensors of chosen steps, bit for bit, beside an ordinary trace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.harness import tensors
from benchmarks.harness.fingerprint import Fingerprint
from benchmarks.harness.tensors import Dense, raw
from tests.torch.runner import Runner
from workflows.common.arrays import Arrays
from workflows.common.errors import UserError
from workflows.compare.outcome import outcome
from workflows.experiment.catalogue import Catalogue
from workflows.runs.claim import MARK
from workflows.runs.launch import adopt
from workflows.runs.record import read
from workflows.runs.tensors import Dense as Kept


def arrays(run: Runner) -> dict[str, np.ndarray]:
    with np.load(run.last.with_suffix(".dense.npz"), allow_pickle=False) as found:
        return dict(found)


def fingerprint(*found: np.ndarray) -> int:
    value = Fingerprint(torch.device("cpu"))([torch.from_numpy(a) for a in found])
    return int(value) % 2**64


def test_the_tensors_kept_are_the_tensors_fingerprinted(run: Runner) -> None:
    article = ("--configuration", "article", "--steps", "50")
    whole, short = run("toy", *article), run("toy", *article, "--dense", "3,7")
    found = arrays(run)
    names = short.record.trace.tensors
    assert short.record.status == "completed" and len(short.steps) == 8
    assert (short.steps == whole.steps[:8]).all() and (short.initial == whole.initial).all()
    assert [fingerprint(found[f"initial/{n}"]) for n in names] == short.initial.tolist()
    for step in (3, 7):
        kept = [
            [found[f"{step}/batch/{i}"] for i in (0, 1)],
            [found[f"{step}/loss"]],
            [found[f"{step}/backward/{n}"] for n in names],
            [found[f"{step}/gradients/{n}"] for n in names],
            [found[f"{step}/weights/{n}"] for n in names],
        ]
        given = short.record.trace.phases.index("batch")
        assert [fingerprint(*part) for part in kept] == short.steps[step, given:-1].tolist()
        assert {key for key in found if key.startswith(f"{step}/state/")} == {
            f"{step}/state/{name}" for name in short.record.trace.state_tensors
        }
    assert not any(key.startswith("4/") for key in found)
    assert {name[0] for name in found["order"].tolist()[:2]} == {"2"}
    keys = {entry.rpartition("=")[0] for entry in found["dtypes"].tolist()}
    assert keys == set(found) - {"order", "dtypes"}
    assert "3/loss=torch.float32" in found["dtypes"].tolist()


def test_keeping_tensors_changes_no_bit(run: Runner) -> None:
    plain = run("toy", "--steps", "6")
    kept = run("toy", "--steps", "6", "--dense", "0,1,2,3,4,5")
    assert outcome(plain) == outcome(kept)


def test_an_altered_or_missing_file_of_tensors_is_refused(run: Runner) -> None:
    assert run("toy", "--steps", "6", "--dense", "2").record.trace.dense_sha256
    path = run.last.with_suffix(".dense.npz")
    altered = bytearray(path.read_bytes())
    altered[-40] ^= 1
    path.write_bytes(altered)
    with pytest.raises(UserError, match=r"0\.dense\.npz: is not what its record names .*0\.json$"):
        read(run.last)
    path.unlink()
    with pytest.raises(UserError, match=r"0\.dense\.npz: no such file"):
        read(run.last)


def test_an_unfinished_look_says_so(run: Runner) -> None:
    found = run("own", "--dense", "1,4", body="if t == 3: raise ValueError('planted')")
    assert (found.record.status, found.record.trace.dense_sha256) == ("failed", None)
    assert found.record.trace.dense_dropped == "the run ended before step 4"


def test_a_run_that_was_not_asked_keeps_nothing(run: Runner) -> None:
    trace = run("toy", "--steps", "2").record.trace
    assert (trace.dense_sha256, trace.dense_dropped) == (None, None)
    assert not run.last.with_suffix(".dense.npz").exists()


def train(keeper: Dense, steps: int) -> None:
    """Train a net whose gradients complete from the last layer to the first."""
    torch.manual_seed(0)
    layers = [torch.nn.Linear(2, 2) for _ in range(3)]
    model = torch.nn.ModuleDict({"b": layers[1], "a": layers[0], "c": layers[2]})
    model.register_buffer("seen", torch.zeros((), dtype=torch.bfloat16))
    keeper.start(model)
    for step in range(steps):
        model.zero_grad()
        loss = layers[2](layers[1](layers[0](torch.ones(1, 2)))).sum()
        loss.backward()
        keeper.step(step, (), loss)


def test_gradients_are_listed_in_the_order_of_their_completion() -> None:
    keeper = Dense([1, 2])
    train(keeper, 3)
    order = keeper.order()
    assert [name[0] for name in order[:6]] == list("ccbbaa") and order[6:] == ["seen"]
    assert len(keeper.completed) == 6


def test_too_much_is_dropped_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Dense([0])
    train(whole, 1)
    size = sum(array.nbytes for array in whole.arrays.values())
    monkeypatch.setattr(tensors, "LIMIT", size)
    enough, little = Dense([0]), Dense([0, 1])
    train(enough, 1)
    train(little, 2)
    assert enough.save(tmp_path / "a") and not enough.dropped
    assert little.save(tmp_path / "b") is None and not (tmp_path / "b").exists()
    assert little.dropped and little.dropped.startswith("the tensors of steps 0, 1 take more than")
    little.operators = ["one", "two"]
    assert little.save(tmp_path / "b"), "these are kept, however large the tensors"
    left = Kept(Arrays((tmp_path / "b").read_bytes()), [])
    assert (left.operators, left.steps, left.has(0)) == (["one", "two"], [], False)


@pytest.mark.filterwarnings("ignore:ComplexHalf")
@pytest.mark.parametrize(
    "dtype",
    [torch.bfloat16, torch.float8_e4m3fn, torch.complex32, torch.bool, torch.float64, torch.int8],
)
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_every_dtype_is_kept_in_its_bits(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    tensor = torch.randint(0, 2, shape).to(torch.float32).to(dtype)
    found = raw(tensor)
    assert found.shape == shape and found.itemsize == tensor.element_size()
    octets = tensor.reshape(-1).view(torch.uint8).numpy().tobytes()
    assert found.tobytes() == octets


def test_a_nested_batch_is_kept_by_its_keys_in_its_order(tmp_path: Path) -> None:
    keeper = Dense([0])
    keeper.start({"w": torch.ones(1)})
    batch = {"image": torch.ones(2), "about": [torch.zeros(1), np.ones(3)], "sparse": None}
    batch["sparse"] = torch.eye(2).to_sparse()
    keeper.step(0, batch, torch.tensor(1.0))
    keeper.save(tmp_path / "kept.npz")
    found = Kept(Arrays((tmp_path / "kept.npz").read_bytes()), ["w"])
    assert list(found.keys("batch", 0)) == [
        "about.0", "about.1", "image", "sparse (0)", "sparse (1)"
    ]  # fmt: skip
    assert found.tensor("0/batch/about.1")[1] == "float64"


def test_what_is_kept_does_not_follow_the_tensor() -> None:
    tensor = torch.zeros(3)
    found = raw(tensor)
    tensor += 1
    assert found.tolist() == [0.0, 0.0, 0.0]


def test_the_launcher_moves_the_tensors_along(run: Runner, tmp_path: Path) -> None:
    asked = run("toy", "--steps", "3", "--dense", "1").record.run
    before = arrays(run)
    target = tmp_path / "results" / "0.json"
    target.parent.mkdir()
    (run.last.parent.parent / MARK).touch()
    adopt(run.last.parent, asked, target, {}, Catalogue.read())
    assert read(target).record.trace.dense_sha256
    with np.load(target.with_suffix(".dense.npz"), allow_pickle=False) as found:
        assert set(found) == set(before)
    plain = run("toy", "--steps", "3").record.run
    (run.last.parent.parent / MARK).touch()
    adopt(run.last.parent, plain, target, {}, Catalogue.read())
    assert read(target).record.trace.dense_sha256 is None
    assert not target.with_suffix(".dense.npz").exists()
