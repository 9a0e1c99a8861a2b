"""What a program prints by any way is in its record; what it leaves behind, too."""

from __future__ import annotations

import time

import pytest

from tests.torch.runner import Runner
from workflows.compare.difference import first_difference

pytestmark = pytest.mark.late

LINE = "0123456789" * 100
WAYS = {
    "print": "print(X)",
    "__stdout__": "sys.__stdout__.write(f'{X}\\n')",
    "buffer": "sys.stdout.buffer.write(f'{X}\\n'.encode())",
    "descriptor": "os.write(1, f'{X}\\n'.encode())",
    "fileno": "os.write(sys.stdout.fileno(), f'{X}\\n'.encode())",
    "device": "open('/dev/stdout', 'w').write(f'{X}\\n')",
    "subprocess": "subprocess.run(['echo', str(X)])",
    "shell": "os.system(f'echo {X} > /dev/stdout')",
    "C": "ctypes.CDLL(None).puts(str(X).encode())",
    "logging": "logging.StreamHandler(sys.stdout).emit(logging.makeLogRecord({'msg': X}))",
    "replaced": "sys.stdout = sys.__stdout__; print(X)",
    "fork": "os.fork() or (print(X, flush=True), os._exit(0)); os.wait()",
    "thread": "t_ = threading.Thread(target=print, args=(X,)); t_.start(); t_.join()",
    "after": "atexit.register(print, X)",
}
ERRORS = {
    "stderr": "print(X, file=sys.stderr)",
    "descriptor": "os.write(2, f'{X}\\n'.encode())",
    "shell": "os.system(f'echo {X} >&2')",
    "logging": "logging.warning(X)",
}
MODULES = "import atexit, ctypes, logging, subprocess, sys, threading; "


def body(way: str, value: str) -> str:
    return f"X = {value}; {MODULES}{way}"


@pytest.mark.parametrize("way", WAYS)
def test_what_is_printed_by_any_way_is_kept(run: Runner, way: str) -> None:
    found = run("own", "--steps", "2", body=body(WAYS[way], "f'line {t}'")).record
    assert found.status == "completed", found.reason
    assert sorted(found.printed) == ["line 0", "line 1"] and found.printed_errors == []


@pytest.mark.parametrize("way", ERRORS)
def test_what_goes_to_standard_error_is_kept_apart(run: Runner, way: str) -> None:
    found = run("own", "--steps", "2", body=body(ERRORS[way], "f'line {t}'")).record
    lines = [line.removeprefix("WARNING:root:") for line in found.printed_errors]
    assert lines == ["line 0", "line 1"] and found.printed == []


def test_ten_megabytes_are_kept_in_little_time(run: Runner) -> None:
    begun = time.monotonic()
    found = run("own", "--steps", "2", body=f"print('{LINE}\\n' * 5000)").record
    assert found.printed == ([LINE] * 5000 + [""]) * 2
    assert time.monotonic() - begun < 120


def test_a_resumed_run_printed_what_an_unbroken_one_did(run: Runner) -> None:
    from tests.support import own

    text = own.TEXT.replace("    for t in range(steps):\n        BODY", RESUMED)
    path = run.folder / "benchmarks" / "own.py"
    path.write_text(
        text.replace("yield Start(", "start = Start(").replace("yield Step", "yield Step")
    )
    whole, broken = run("own"), run("own", "--resume", "2")
    assert whole.record.status == broken.record.status == "completed", broken.record.reason
    assert whole.record.printed == broken.record.printed
    assert whole.record.printed == ["begins", *(f"step {t}" for t in range(5)), "ends"]


RESUMED = """    yield start
    print("begins")
    for t in range(steps + 1):
        if t == steps:
            print("ends")
            return
        if start.skips(t):
            continue
        print("step", t)"""


def test_a_thread_of_the_program_ends_before_its_weights_are_taken(run: Runner) -> None:
    late = (
        "import threading; go = lambda: (time.sleep(1), w.data.add_(ADD)); "
        "t == 4 and threading.Thread(target=go, daemon=DAEMON).start()"
    )
    bodies = [late.replace("DAEMON", "False").replace("ADD", str(add)) for add in (1, 1, 2)]
    one, again, other = (run("own", body=each) for each in bodies)
    assert first_difference(one, again) is None, "control"
    assert str(first_difference(one, other)).startswith("final weights")
    assert one.record.trace.unwatched == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "import threading; t or threading.Thread(target=time.sleep, args=(60,), daemon=True,"
            " name='beat').start()",
            "a thread that went on after its last step: beat",
        ),
        (
            "import _thread; t or _thread.start_new_thread(time.sleep, (60,)); time.sleep(0.1)",
            "a thread that went on after its last step: one that `threading` does not know",
        ),
        (
            "t or signal.setitimer(signal.ITIMER_REAL, 60)",
            "a timer that went on after its last step",
        ),
        (
            "import subprocess; t or subprocess.Popen(['sleep', '5'])",
            "a process that went on after its last step: sleep",
        ),
    ],
)
def test_what_still_runs_is_named(run: Runner, body: str, words: str) -> None:
    assert run("own", body=body).record.trace.unwatched == [words]


@pytest.mark.parametrize(
    "body",
    [
        "import concurrent.futures as f; t or setattr(f, 'own', f.ThreadPoolExecutor(2));"
        " f.own.submit(int)",
        "import subprocess; subprocess.run(['true'])",
        "from torch.utils.data import DataLoader; list(DataLoader([0, 1], num_workers=1))",
        "t or globals().update(l=__import__('torch').utils.data.DataLoader([0, 1], num_workers=1,"
        " persistent_workers=True)); list(l)",
    ],
)
def test_control_what_has_ended_or_serves_the_program_is_not_named(run: Runner, body: str) -> None:
    found = run("own", body=body).record
    assert (found.status, found.trace.unwatched) == ("completed", []), found.reason
