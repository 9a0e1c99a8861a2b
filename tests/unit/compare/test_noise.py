"""Printing noise: pairs of lines that mean the same, and pairs that do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support import real
from workflows.compare.noise import without
from workflows.compare.verdict import Verdict, judge

EQUAL = [
    ("a time stamp", "2026-11-25 10:00:01,123 INFO done", "2026-11-25 10:00:02,456 INFO done"),
    ("a time stamp", "[2026-11-25T10:00:01Z] done", "[2026-11-26T23:59:59Z] done"),
    ("a time stamp", "at 2026-11-25T10:00:01.5+02:00", "at 2026-11-25T10:00:01.75+02:00"),
    ("a time stamp", "runs/20261125-100001/best", "runs/20261125-100359/best"),
    ("a time stamp", "Wed Nov 25 10:00:01 2026", "Wed Nov 25 10:00:02 2026"),
    ("a time stamp", "Date: Wed, 25 Nov 2026 10:00:01 GMT", "Date: Thu, 26 Nov 2026 10:00:02 GMT"),
    ("a time stamp", "10:00:01 epoch 3 loss 0.5", "10:01:59 epoch 3 loss 0.5"),
    ("a time stamp", "finished in 0:00:03.123456", "finished in 0:00:04.5"),
    ("a time stamp", "timestamp=1764130000.25", "timestamp=1764130011.5"),
    ("a duration", "took 1764130000.12", "took 1764130009.99"),
    ("a duration", "took 12 ms", "took 9 ms"),
    ("a duration", "epoch 1: 3.2s", "epoch 1: 13.25s"),
    ("a duration", "3.25 seconds for 6 steps", "4 seconds for 6 steps"),
    ("a duration", "1.5e-05 s", "2e-06 s"),
    ("a duration", "1h 2m 3s", "1h 2m 59s"),
    ("a duration", "2m3s left", "1m59s left"),
    ("a duration", "time: 3.25", "time: 3.5"),
    ("a duration", "{'train_runtime': 12.31, 'loss': 0.5}", "{'train_runtime': 9.0, 'loss': 0.5}"),
    ("a duration", "{'train_runtime': '12.31'}", "{'train_runtime': '1235'}"),
    ("a rate", "{'train_steps_per_second': '36.01'}", "{'train_steps_per_second': '1.2e+04'}"),
    ("a duration", "elapsed time = 0.25", "elapsed time = 0.5"),
    ("a duration", "wall_time=3.25 acc=0.5", "wall_time=4.5 acc=0.5"),
    ("a rate", "8.1 it/s", "231.12it/s"),
    ("a rate", "1764130000.123 it/s", "1764130000.456 it/s"),
    ("a rate", "6/6 [00:01<00:00,  6.20it/s]", "6/6 [00:01<00:00, 15.00it/s]"),
    ("a rate", "123 samples/s", "99.5 samples/s"),
    ("a rate", "3.4k tokens/sec", "3.5k tokens/sec"),
    ("a rate", "1.2s/it", "900ms/it"),
    ("a rate", "6/6 - 1ms/step - loss: 0.5", "6/6 - 2ms/step - loss: 0.5"),
    ("a rate", "812.5 images per second", "799 images per second"),
    ("a rate", "{'train_samples_per_second': 812.1}", "{'train_samples_per_second': 99}"),
    ("a rate", "throughput: 812.3", "throughput: 799.1"),
    ("a progress bar", "6/6 [00:03<00:00]", "6/6 [00:05<00:00]"),
    ("a progress bar", "6it [00:00, loss=0.5]", "6it [00:03, loss=0.5]"),
    ("a progress bar", "6/6 - ETA: 0s", "6/6 - ETA: 1:02"),
    ("a process number", "pid 7 ready", "pid 4242 ready"),
    ("a process number", "{'pid': 7}", "{'pid': 11}"),
    ("a process number", "[PID=312] ready", "[PID=4] ready"),
    ("a memory address", "<object at 0x7f12a6936d30>", "<object at 0x7f99a1c6d000>"),
    ("a memory address", "<__main__.Net at 0x1e3d5a0>", "<__main__.Net at 0x1e3d7f0>"),
    ("a memory address", "buffer 0x55d0c8a0b2e0", "buffer 0x560c8a0b2e10"),
    ("a memory address", "at 140234123123456", "at 139634123123488"),
    ("a path", "in /home/me/x/runs/.0.ab12cd_9/run", "in /home/me/x/runs/.1.zz12cd_9/run"),
    ("a path", "saved to /tmp/tmpab12cd_9", "saved to /tmp/tmpzz99cd_9"),
    ("a path", "saved to /tmp/run-1/model.pt", "saved to /tmp/run-2/model.pt"),
    ("a path", "/env/a/lib/python3.11/os.py", "/env/b/lib/python3.11/os.py"),
    ("a path", "/a/benchmarks/own.py", "/b/c/benchmarks/own.py"),
    ("the number of the repeat", "['--repeat', '0', '-s']", "['--repeat', '1', '-s']"),
    ("a UUID", "1b4e28ba-2fa1-41d2-883f-0016d3cca427", "9b4e28ba-2fa1-41d2-883f-0016d3cca427"),
    ("a process number", "host_pid: 6095", "host_pid: 6354"),
    ("a line of code", "own.py:31: UserWarning: odd", "own.py:32: UserWarning: odd"),
]  # fmt: skip

UNEQUAL = [
    ("loss 0.5", "loss 0.25"),
    ("loss: 3.2s", "loss: 3.3s"),
    ("val_loss=0.5 (3.2s)", "val_loss=0.25 (3.2s)"),
    ("MAE 3.2 s", "MAE 3.4 s"),
    ("test error (seconds): 3.2", "test error (seconds): 3.4"),
    ("accuracy 91.5 %", "accuracy 91.6 %"),
    ("99 10.655604362487793", "99 10.655604362487794"),
    ("best epoch 3 of 10", "best epoch 4 of 10"),
    ("took 48 steps", "took 49 steps"),
    ("took 48", "took 49"),
    ("took 3.5 epochs", "took 4.5 epochs"),
    ("3 steps", "4 steps"),
    ("time 17", "time 18"),
    ("mean 0.3 min 0.1 max 0.5", "mean 0.3 min 0.2 max 0.5"),
    ("mean 0.3 min 0.1", "mean 0.4 min 0.1"),
    ("1.5M parameters", "1.6M parameters"),
    ("5/6 [00:03<00:00, 8.1it/s]", "6/6 [00:03<00:00, 8.1it/s]"),
    ("6/6 [00:03<00:00, 8.1it/s, loss=0.345]", "6/6 [00:03<00:00, 8.1it/s, loss=0.346]"),
    ("2 1ms/step - loss: 0.5", "2 1ms/step - loss: 0.25"),
    ("{'train_runtime': 12.3, 'loss': 0.5}", "{'train_runtime': 12.3, 'loss': 0.25}"),
    ("{'train_runtime': '12', 'train_loss': '0.5'}", "{'train_runtime': '12', 'train_loss': '1'}"),
    ("{'grad_norm': '0.5', 'epoch': '1'}", "{'grad_norm': '0.5', 'epoch': '2'}"),
    ("{'num_steps': '12'}", "{'num_steps': '13'}"),
    ("saved best_3.pt", "saved best_4.pt"),
    ("saved to /tmp/run-1/best_3.pt", "saved to /tmp/run-1/best_4.pt"),
    ("saved to /tmp/best_3.pt", "saved to /tmp/best_4.pt"),
    ("saved to /data/run_3/best.pt", "saved to /data/run_4/best.pt"),
    ("/a/benchmarks/own.py", "/a/benchmarks/other.py"),
    ("sha256 " + "a" * 64, "sha256 " + "b" * 64),
    ("SHA-256: 0x" + "7f" * 32, "SHA-256: 0x" + "7e" * 32),
    ("crc32 0x1a2b3c4d", "crc32 0x1a2b3c4e"),
    ("hash 0x9f3a55667788aabb", "hash 0x9f3a55667788aabc"),
    ("hash 139634123123488", "hash 139634123123489"),
    ("seed 1764130000", "seed 1764130001"),
    ("1764130000", "1764130001"),
    ("sum 1764130000.5", "sum 1764130000.75"),
    ("class counts 10 11 12", "class counts 10 12 11"),
    ("{'a', 'b'}", "{'b', 'a'}"),
    ("worker 3 finished", "worker 4 finished"),
    ("process 0 done", "process 1 done"),
    ("rank 0 of 2", "rank 1 of 2"),
    ("['--seed', '3']", "['--seed', '4']"),
    ("name 886313e1-3b8a-5372-9b90-0c9aee199e5d", "name 986313e1-3b8a-5372-9b90-0c9aee199e5d"),
    ("2026-11-25", "2026-11-26"),
    ("stupid 3", "stupid 4"),
    ("ratio 3:04", "ratio 3:05"),
    ("lr 1e-3", "lr 1e-4"),
    ("tensor([0.5, 0.25])", "tensor([0.5, 0.125])"),
    ("own.py:31: UserWarning: 0.5", "own.py:31: UserWarning: 0.25"),
    ("bits/dim 3.25", "bits/dim 3.5"),
    ("3.25 bits/dim", "3.5 bits/dim"),
    ("a \ue000a path\ue000", "a /b/benchmarks/x"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "left", "right"), EQUAL)
def test_noise_is_no_difference_and_is_named(name: str, left: str, right: str) -> None:
    assert left != right
    assert without(left)[0] == without(right)[0]
    runs = [real.change(real.run(repeat=i), printed=["x", t]) for i, t in enumerate((left, right))]
    verdict = judge(runs)
    assert verdict.verdict == "identical"
    assert verdict.notes == [f"printed lines differ in: {name} (line 2)"]


@pytest.mark.parametrize(("left", "right"), UNEQUAL)
def test_a_result_is_never_noise(left: str, right: str) -> None:
    assert without(left)[0] != without(right)[0]
    runs = [real.change(real.run(repeat=i), printed=["x", t]) for i, t in enumerate((left, right))]
    verdict = judge(runs)
    assert verdict.verdict == "differs"
    place = verdict.first_difference
    assert place is not None and str(place) == "printed (line 2)"
    assert (place.left, place.right) == (left, right), "both lines are shown"


WARNING = [
    "/e/lib/python3.11/site-packages/torch/optim/lr_scheduler.py:62: UserWarning: odd order",
    "  warnings.warn(EPOCH_DEPRECATION_WARNING, UserWarning)",
]
LOGGED = ["[W1125 10:00:01.123456789 NNPACK.cpp:61] Could not initialize NNPACK!"]


EMULATED = [
    "qemu-x86_64: warning: TCG doesn't support requested feature: CPUID.01H:ECX.pcid [bit 17]",
    "qemu-x86_64-static: warning: TCG doesn't support requested feature: CPUID.07H:EBX.hle [bit 4]",
]
LIBRARYS, EMULATORS = "a library's warning", "the emulator's warnings"


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (WARNING, LIBRARYS), (LOGGED, LIBRARYS), ([*LOGGED, *WARNING], LIBRARYS),
        (EMULATED, EMULATORS), ([*EMULATED, *LOGGED], f"{LIBRARYS}, {EMULATORS}"),
    ],
)  # fmt: skip
def test_warnings_of_libraries_and_of_the_emulator_do_not_count_on_standard_error(
    lines: list[str], what: str
) -> None:
    def judged(*errors: list[str]) -> Verdict:
        runs = [real.watched(real.run(repeat=i), printed_errors=e) for i, e in enumerate(errors)]
        return judge(runs)

    found = judged([*lines, "epoch 1"], ["epoch 1"])
    assert found.verdict == "identical"
    assert found.notes == [f"printed errors differ in: {what}"]
    assert judged([*lines, "epoch 1"], [*lines, "epoch 2"]).verdict != "identical"
    assert judged([*lines, "epoch 1"], ["epoch 2"]).verdict != "identical"
    assert judged([*lines, "  0.5"], [*lines, "  0.25"]).verdict != "identical"
    printed = [real.change(real.run(repeat=i), printed=p) for i, p in enumerate((lines, []))]
    assert judge(printed).verdict == "differs", "control: on standard output it counts"


def test_another_line_of_code_below_a_warning_is_named() -> None:
    errors = WARNING, [WARNING[0], "  warnings.warn(MESSAGE, UserWarning)"]
    found = judge(
        [real.watched(real.run(repeat=i), printed_errors=e) for i, e in enumerate(errors)]
    )
    assert found.verdict == "identical"
    assert found.notes == ["printed errors differ in: the line of code below a library's warning"]


@pytest.mark.parametrize(
    "line",
    ["qemu: uncaught target signal 11", "qemu-x86_64: warning: loss 0.5", f"x {EMULATED[0]}"],
)
def test_another_line_of_the_emulator_counts(line: str) -> None:
    runs = [real.watched(real.run(repeat=i), printed_errors=e) for i, e in enumerate(([line], []))]
    assert judge(runs).verdict == "differs"


def test_patterns_of_ones_own_count_first() -> None:
    lines = ("node n1 loss 0.5", "node n2 loss 0.5", "node n2 loss 0.25")
    runs = [real.change(real.run(repeat=i), printed=[line]) for i, line in enumerate(lines)]
    own = [replace(run, noise=(("the node", r"\bn\d+\b"),)) for run in runs]
    assert judge(runs[:2]).verdict == "differs", "control"
    found = judge(own[:2])
    assert (found.verdict, found.notes) == (
        "identical", ["printed lines differ in: the node (line 1)"],
    )  # fmt: skip
    assert judge(own).verdict == "differs"


def test_noise_in_many_lines_is_counted() -> None:
    runs = [
        real.change(real.run(repeat=i), printed=[f"{i + 1}.5 it/s, pid {i}"] * 5) for i in range(2)
    ]
    many = "(line 1, 2, 3 and 2 more)"
    text = f"printed lines differ in: a rate {many}, a process number {many}"
    assert judge(runs).notes == [text]


def test_long_lines_are_cut_where_they_are_shown() -> None:
    runs = [real.change(real.run(repeat=i), printed=["x" * 300 + str(i)]) for i in range(2)]
    place = judge(runs).first_difference
    assert place is not None and place.left == "x" * 200


BAR = "100%|██████████| 6/6 [00:01<00:00,  6.20it/s]"


@pytest.mark.parametrize(
    ("errors", "printed", "verdict"),
    [
        (" 17%|█▋        | 1/6 [00:00<00:03,  1.57it/s]", "", "identical"),
        ("100%|██████████| 5/5 [00:01<00:00,  6.20it/s]", "", "differs"),
        ("100%|██████████| 6/6 [00:01<00:00,  6.20it/s, loss=0.5]", "", "differs"),
        (BAR, " 17%|█▋        | 1/6 [00:00<00:03,  1.57it/s]", "differs"),
    ],
)
def test_a_bar_that_is_broken_off_on_standard_error_may_stand_anywhere(
    errors: str, printed: str, verdict: str
) -> None:
    """But not one of another length, with a result, or where a program prints its results."""
    runs = [
        real.watched(real.run(repeat=0), printed_errors=[BAR], printed=[BAR]),
        real.watched(real.run(repeat=1), printed_errors=[errors], printed=[printed or BAR]),
    ]
    assert judge(runs).verdict == verdict
