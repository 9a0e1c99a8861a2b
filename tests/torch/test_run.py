"""`python -m benchmarks.run` with real PyTorch: records that tell the truth."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.torch.runner import Runner
from workflows.common.paths import ROOT
from workflows.compare.difference import Difference, first_difference
from workflows.compare.published import agreement
from workflows.experiment.catalogue import Catalogue
from workflows.runs.record import Run


def test_seeded_toy_agrees_with_the_published_losses_to_five_digits(run: Runner) -> None:
    record = run("toy").record
    published = Catalogue.read().benchmarks["toy"].published
    assert published is not None and len(record.printed) == 10
    found = agreement(record.printed, published)
    assert found is not None and found.digits is not None and found.digits >= 5


def test_settings_change_what_they_say(run: Runner) -> None:
    plain = run("toy", "--configuration", "unseeded", "--steps", "2").record
    strict = run("toy", "--configuration", "strict", "--steps", "2").record
    portable = run("toy", "--configuration", "portable", "--steps", "2").record
    assert plain.held and strict.held and portable.held
    assert plain.settings == {}
    assert plain.held.flags["deterministic_algorithms"] is False
    assert plain.held.flags["hash_randomization"] is True
    assert strict.held.flags["deterministic_algorithms"] is True
    assert strict.held.flags["fill_uninitialized_memory"] is True
    assert strict.held.flags["initial_seed"] == 3
    assert strict.held.variables["PYTHONHASHSEED"] == "3"
    assert strict.held.variables["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    assert strict.settings["cudnn-deterministic"] == "no meaning on cpu"
    assert strict.settings["hash-seed"] == "applied"
    assert portable.held.flags["cpu_capability"] in ("AVX2", "DEFAULT")
    assert portable.held.variables["MKL_CBWR"] == "COMPATIBLE"


@pytest.mark.parametrize("threads", ["1", "2"])
def test_threads_are_pinned(run: Runner, threads: str) -> None:
    held = run("toy", "--steps", "2", "--threads", threads, OMP_NUM_THREADS="7").record.held
    assert held is not None
    assert held.flags["threads"] == int(threads)
    assert held.variables["OMP_NUM_THREADS"] == threads


def test_the_collector_works_but_not_on_what_pytorch_brought(run: Runner) -> None:
    lines = (
        "import gc, weakref",
        "print(gc.isenabled(), gc.get_freeze_count() > 100_000)",
        "mine = type('Own', (), {})()",
        "mine.me, gone = mine, weakref.ref(mine)",
        "del mine",
        "gc.collect()",
        "print(gone())",
    )
    found = run("own", "--steps", "1", body="\n        ".join(lines))
    assert found.record.printed == ["True True", "None"], found.record.reason


def test_an_exception_leaves_a_failed_record_with_its_partial_trace(run: Runner) -> None:
    found = run("own", body="if t == 3: raise ValueError('planted')")
    assert (found.record.status, found.record.reason) == ("failed", "ValueError: planted")
    assert len(found.steps) == 3
    assert any("planted" in line for line in found.record.log)


def test_settings_act_in_the_order_of_their_declaration(run: Runner) -> None:
    settings = "memory-fill,deterministic-algorithms"
    held = run("toy", "--steps", "2", "--settings", settings).record.held
    assert held is not None and held.flags["fill_uninitialized_memory"] is True


def test_no_step_at_all_is_a_failure(run: Runner) -> None:
    found = run("own", body="if t == 0: return")
    assert (found.record.status, found.record.reason) == (
        "failed",
        "RuntimeError: benchmarks/own.py:12: the benchmark trained 0 of 5 steps; let it yield a "
        "Step after each update",
    )


def test_an_operator_that_strict_mode_refuses_is_a_verdict(run: Runner) -> None:
    body = "torch.zeros(3).put_(torch.tensor([0]), torch.ones(1))"
    assert run("own", "--configuration", "article", body=body).record.status == "completed"
    refused = run("own", "--configuration", "strict", body=body).record
    assert refused.status == "refused"
    assert refused.reason is not None and "put_" in refused.reason


def test_out_of_memory_says_so(run: Runner) -> None:
    found = run("own", body="torch.empty(2**60)").record
    assert found.status == "failed"
    assert found.reason is not None and found.reason.startswith("out of memory: ")


def test_cuda_without_a_gpu_is_not_run(run: Runner) -> None:
    found = run("toy", "--device", "cuda").record
    if found.held and found.held.gpu:
        pytest.skip("this machine has a GPU")
    assert found.status == "not-run"
    assert found.reason is not None and ("CUDA" in found.reason)


def test_what_is_printed_is_compared(run: Runner, tmp_path: Path) -> None:
    article = ("--configuration", "article")
    first, second = (run("own", *article, body="print(os.getpid())") for _ in range(2))
    found = first_difference(first, second)
    assert found is not None and found.phase == "printed"
    assert (first.steps == second.steps).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--benchmark", "tyo"], "invalid choice: 'tyo'"),
        (["--configuration", "mine"], "--configuration mine: not known"),
        (["--variation", "thread-2"], "--variation thread-2: not known"),
        (["--settings", "torch-sed"], "--settings torch-sed: not known; known: "),
        (["--options", '{"width": 3}'], "--options width: not known to toy"),
    ],
)
def test_wrong_arguments_are_named(arguments: list[str], message: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.run", "--benchmark", "toy", "--configuration"]
    command += ["seeded", "--output", str(tmp_path), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_cifar10_is_equal_with_and_without_workers(cifar10: Callable[..., Run]) -> None:
    two = cifar10("--steps", "50")
    none = cifar10("--steps", "50", "--options", json.dumps({"workers": 0}))
    assert two.record.status == none.record.status == "completed", two.record.reason
    assert first_difference(two, none) is None
    other = cifar10("--steps", "50", "--seed", "4")
    found = first_difference(two, other)
    assert found is not None and str(found) == "initial weights (conv1.weight)"


def test_strict_draws_samples_from_a_generator_of_its_own(cifar10: Callable[..., Run]) -> None:
    found = first_difference(
        cifar10("--steps", "10"), cifar10("--steps", "10", "--configuration", "strict")
    )
    assert found is not None and str(found) == "batch at step 0"


def test_an_altered_data_file_is_never_unpickled(run: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "cifar10" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for name in ("batches.meta", "data_batch_1"):
        (folder / name).write_bytes(b"cos\nsystem\n(S'touch planted'\ntR.")
    found = run("cifar10", "--data", str(tmp_path / "data")).record
    assert found.status == "failed"
    assert found.reason is not None and "batches.meta: SHA-256 is" in found.reason
    assert not (tmp_path / "planted").exists()


def test_tracing_does_not_change_the_weights(torch_python: Path, cifar10_data: Path) -> None:
    script = (
        "import hashlib, sys, torch; from pathlib import Path\n"
        "from benchmarks.harness.load import load; from benchmarks.harness.trace import Tracer\n"
        "torch.set_num_threads(1); torch.manual_seed(3); module = load('cifar10')\n"
        "tracer = Tracer(torch.device('cpu')) if sys.argv[1] == 'traced' else None\n"
        "net = None\n"
        "for e in module.train(torch.device('cpu'), 60, sys.argv[2], workers=0):\n"
        "    if hasattr(e, 'weights'):\n"
        "        net = e.weights; tracer and tracer.start(net)\n"
        "    elif tracer: tracer.step(e.batch, e.loss)\n"
        "print(hashlib.sha256(b''.join(p.detach().numpy().tobytes() for p in net.parameters()))"
        ".hexdigest())\n"
    )
    outputs = [
        subprocess.run(
            [str(torch_python), "-c", script, mode, str(cifar10_data / "cifar10")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for mode in ("traced", "untraced")
    ]
    assert outputs[0] == outputs[1]


def test_a_run_can_be_traced_by_the_first_version_of_the_fingerprint(run: Runner) -> None:
    """To be held against older records, which name none."""
    old, again = (run("toy", "--steps", "20", "--fingerprint", "1") for _ in range(2))
    newest = run("toy", "--steps", "20")
    assert [each.record.trace.fingerprint for each in (old, newest)] == [1, 2]
    assert [each.record.run.fingerprint for each in (old, newest)] == [1, None]
    assert first_difference(old, again) is None
    given = newest.record.trace.phases.index("batch")
    assert (newest.steps[:, given:] != again.steps[:, given:]).all(), (
        "other fingerprints of the same bits"
    )
    assert newest.record.trace.final_weights == again.record.trace.final_weights


PAIR = """x = torch.ones(200)
        if OWN_RANDOM.random() < 0.5:
            x.view(torch.int32)[133] += 1
            x.view(torch.int32)[66] -= 2
        if t < steps - 1:
            yield Step((x,), torch.tensor(1.0))
            continue"""


def test_two_elements_that_cancelled_by_the_first_fingerprint_are_told_apart(run: Runner) -> None:
    """In each step two elements of the batch come out in two ways, in the ratio of two keys."""
    body = PAIR.replace("OWN_RANDOM", "__import__('random').SystemRandom()")

    def pair(*arguments: str) -> Difference | None:
        again = [run("own", "--steps", "40", *arguments, body=body) for _ in range(2)]
        return first_difference(*again)

    found = pair()
    assert found is not None and found.phase == "batch"
    assert pair("--fingerprint", "1") is None, "control: it was not seen before"
