"""The catalogue: settings, configurations and benchmarks as the host sees them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import commands
from workflows.common import program
from workflows.common.errors import UserError
from workflows.common.paths import ROOT
from workflows.experiment import identity
from workflows.experiment.catalogue import Catalogue, listing

BENCHMARK = '''"""A benchmark of the user's own."""

STEPS = 7
OPTIONS = {"width": 3}
DATA = None
PUBLISHED = None


def train(device, steps, data, width=3):
    """Train."""
    yield
'''


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A project with a copy of benchmarks/, to change it."""
    shutil.copytree(ROOT / "benchmarks", tmp_path / "benchmarks")
    return tmp_path


def test_every_setting_says_what_it_controls_and_who_says_so() -> None:
    catalogue = Catalogue.read()
    for name, setting in catalogue.settings.items():
        assert setting.controls and setting.source.startswith("https://"), name
        assert setting.devices and set(setting.devices) <= {"cpu", "cuda"}
    assert len({s.digest for s in catalogue.settings.values()}) == len(catalogue.settings)


def test_configurations_name_known_settings() -> None:
    catalogue = Catalogue.read()
    for settings in catalogue.configurations.values():
        assert set(settings) <= set(catalogue.settings)
    expected = ["unseeded", "seeded", "cudnn", "article", "strict", "portable", "portable-sse"]
    assert list(catalogue.configurations) == expected


def test_a_new_file_is_a_new_benchmark(copy: Path) -> None:
    (copy / "benchmarks" / "mine.py").write_text(BENCHMARK)
    found = Catalogue.read(copy).benchmarks["mine"]
    assert (found.file, found.steps, found.options) == ("benchmarks/mine.py", 7, {"width": 3})
    probes = copy / "benchmarks" / "probes"
    probes.mkdir(exist_ok=True)
    (probes / "tiny.py").write_text(BENCHMARK)
    assert Catalogue.read(copy).benchmarks["tiny"].file == "benchmarks/probes/tiny.py"


def test_a_command_with_its_folder_is_a_benchmark(copy: Path) -> None:
    commands.write(copy, "mine")
    found = Catalogue.read(copy).benchmarks["mine"]
    assert (found.file, found.command) == ("benchmarks/commands/mine.py", commands.WORDS)
    assert (found.steps, found.options, found.data) == (commands.STEPS, {}, None)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("COMMAND = []\nSTEPS = 3", "1: COMMAND = []: expected a list of words; write COMMAND"),
        ("COMMAND = 'python x'\nSTEPS = 3", "1: COMMAND = 'python x': expected a list of words"),
        ("COMMAND = ['python', 3]\nSTEPS = 3", "1: COMMAND = ['python', 3]: expected a list"),
        ("COMMAND = ['python']", "1: STEPS is missing: expected the number of steps that the com"),
        ("COMMAND = ['python']\nSTEPS = 0", "2: STEPS = 0: expected a number of steps"),
        ("STEPS = 3\nCOMMAND = ['x']\nOPTIONS = {'a': 1}", "3: OPTIONS: a command has none"),
        ("COMMAND = ['python']\nSTEPS = 3", "1: there is no folder mine/ beside it"),
    ],
)
def test_a_command_that_cannot_be_carried_out_is_one_line(copy: Path, text: str, line: str) -> None:
    folder = commands.write(copy, "mine")
    if "beside" in line:
        shutil.rmtree(folder)
    folder.with_suffix(".py").write_text(text)
    fault = Catalogue.read(copy).benchmarks["mine"].fault
    assert fault and fault.startswith(f"benchmarks/commands/mine.py:{line}")
    assert "\n" not in fault


def test_an_edited_setting_changes_its_own_digest_only(copy: Path) -> None:
    before = Catalogue.read(copy).settings
    path = copy / "benchmarks" / "settings.py"
    text = path.read_text()
    assert "torch.manual_seed(seed)" in text
    path.write_text(text.replace("torch.manual_seed(seed)", "torch.manual_seed(seed + 1)", 1))
    after = Catalogue.read(copy).settings
    assert {n for n in before if before[n].digest != after[n].digest} == {"torch-seed"}


def test_an_edited_variable_changes_its_settings_digest(copy: Path) -> None:
    before = Catalogue.read(copy).settings
    path = copy / "benchmarks" / "settings.py"
    path.write_text(path.read_text().replace('":4096:8"', '":16:8"'))
    after = Catalogue.read(copy).settings
    assert {n for n in before if before[n].digest != after[n].digest} == {"cublas-workspace"}


PROBE = 'PROBE = {"source": "x", "unset": {"settings": 3}, "set": {}}'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (BENCHMARK.replace("= 7", "= 7 * 2"), "3: STEPS = 7 * 2: expected a plain literal"),
        ("def train(:\n", "1: not Python: invalid syntax"),
        (f"{BENCHMARK}\n{PROBE}\n", "13: probe.unset.settings: Input should be a valid list, not"),
    ],
)
def test_one_bad_file_is_named_and_stops_no_other(copy: Path, text: str, fault: str) -> None:
    whole = Catalogue.read(copy)
    (copy / "benchmarks" / "probes" / "bad.py").write_text(text)
    found = Catalogue.read(copy)
    bad = found.benchmarks["bad"]
    assert bad.fault and bad.fault.startswith(f"benchmarks/probes/bad.py:{fault}")
    assert "\n" not in bad.fault and bad.probe is None
    others = {name: each for name, each in found.benchmarks.items() if name != "bad"}
    assert others == whole.benchmarks and not any(each.fault for each in others.values())


def test_benchmarks_that_cannot_be_listed_at_all_are_one_line(copy: Path) -> None:
    (copy / "benchmarks" / "settings.py").write_text("def (:\n")
    with pytest.raises(UserError, match="benchmarks/: cannot be listed") as caught:
        Catalogue.read(copy)
    assert "\n" not in str(caught.value)


def test_no_set_that_is_shipped_contradicts_itself() -> None:
    catalogue = Catalogue.read()
    probes = [each.probe for each in catalogue.benchmarks.values() if each.probe]
    sides = [side.settings for probe in probes for side in (probe.unset, probe.set)]
    sets = [*catalogue.configurations.values(), *sides]
    assert not [each for each in sets if catalogue.contradiction(each)]
    both = ["cudnn-benchmark-on", "torch-seed", "cudnn-benchmark-off"]
    assert catalogue.contradiction(both) == ("cudnn-benchmark-on", "cudnn-benchmark-off")


def test_what_takes_the_place_of_a_setting_serves_what_needs_that() -> None:
    catalogue = Catalogue.read()
    fill = ["memory-fill", "deterministic-warn-only"]
    assert catalogue.acting(fill, "cpu") == {*fill}
    assert catalogue.acting(["memory-fill", "one-thread"], "cpu") == {"one-thread"}, "control"
    assert catalogue.needed("memory-fill", fill) == {"deterministic-warn-only"}
    assert catalogue.needed("memory-fill", []) == {"deterministic-algorithms"}


@pytest.fixture
def fresh(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, and a cache in which nothing is kept."""
    monkeypatch.setenv("REPRISE_CACHE", str(copy / "cache"))
    return copy


def asked(fresh: Path) -> dict[str, Any]:
    """Return what another process is told."""
    identity.forget()
    found: dict[str, Any] = json.loads(listing(fresh))
    return found


def forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody ask."""
    monkeypatch.setattr(program, "run", lambda *_, **__: pytest.fail("it is asked again"))


def test_it_is_asked_once(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked(fresh)
    assert "toy" in found["benchmarks"]
    forbid(monkeypatch)
    (fresh / "benchmarks" / "README.md").write_text("changed: it says nothing")
    assert asked(fresh) == found


def test_a_benchmark_that_comes_is_there_and_one_that_goes_is_not(fresh: Path) -> None:
    toy = (fresh / "benchmarks" / "toy.py").read_text()
    before = asked(fresh)
    mine = fresh / "benchmarks" / "mine.py"
    mine.write_text(toy)
    assert "mine" in asked(fresh)["benchmarks"]
    mine.write_text(toy.replace("STEPS = 1000", "STEPS = 7"))
    assert asked(fresh)["benchmarks"]["mine"]["steps"] == 7
    mine.unlink()
    assert asked(fresh) == before


def test_a_setting_is_told_anew_wherever_its_words_come_from(fresh: Path) -> None:
    (fresh / "mine.py").write_text('WORDS = "first"\n')
    settings = fresh / "benchmarks" / "outside.py"
    text = f"import mine\n{settings.read_text()}"
    settings.write_text(text.replace("from __future__ import annotations", ""))
    own = '\n\n@setting("mine", mine.WORDS)\ndef _mine(seed: int) -> None:\n    pass\n'
    settings.write_text(settings.read_text() + own)
    assert asked(fresh)["settings"]["mine"]["controls"] == "first"
    (fresh / "mine.py").write_text('WORDS = "second"\n')
    assert asked(fresh)["settings"]["mine"]["controls"] == "second"


def test_the_folder_beside_a_command_counts(fresh: Path) -> None:
    folder = commands.write(fresh, "mine")
    assert not asked(fresh)["benchmarks"]["mine"]["fault"]
    folder.rename(folder.with_name("other"))
    assert "there is no folder mine/" in asked(fresh)["benchmarks"]["mine"]["fault"]
    folder.mkdir()
    assert not asked(fresh)["benchmarks"]["mine"]["fault"]


def edited(fresh: Path, ask: Callable[..., Any]) -> Callable[..., Any]:
    """Return how to ask while somebody edits."""

    def run(*given: Any, **how: Any) -> Any:
        (fresh / "benchmarks" / "mine.py").write_text("# under way")
        return ask(*given, **how)

    return run


def test_an_answer_of_files_that_were_edited_meanwhile_is_not_kept(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(program, "run", edited(fresh, program.run))
        asked(fresh)
    (fresh / "benchmarks" / "mine.py").unlink()
    with monkeypatch.context() as patch, pytest.raises(pytest.fail.Exception):
        forbid(patch)
        asked(fresh)


@pytest.mark.parametrize("said", ["", "{"])
def test_what_is_no_answer_is_not_believed(fresh: Path, said: str) -> None:
    found = asked(fresh)
    (file,) = (fresh / "cache" / "listings").iterdir()
    file.write_text(said)
    assert asked(fresh) == found


def test_no_answer_is_an_error_each_time(fresh: Path) -> None:
    (fresh / "benchmarks" / "settings.py").write_text("def (:\n")
    for _ in range(2):
        with pytest.raises(UserError, match="benchmarks/: cannot be listed"):
            asked(fresh)
