"""Snakemake as a command: one experiment, one --config, and what the caller adds."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.cli import parse_args

from src import snakemake_logger_plugin_reprise as plugin
from workflows.common import pipeline
from workflows.common.cores import cores
from workflows.common.errors import UserError
from workflows.common.paths import ROOT

ARGS = argparse.Namespace(
    configfile=ROOT / "config" / "why.yaml", cores=3, verbose=False, profile=None
)
START = ["--configfile", str(ARGS.configfile)]


def given(*words: str, config: tuple[str, ...] = ()) -> list[str]:
    """Return what Snakemake is given behind the name of the Snakefile."""
    command = pipeline.command(ARGS, *words, config=config)
    at = command.index("--snakefile")
    assert command[1:4] == ["-P", "-m", "snakemake"]
    assert command[at + 1] == str(ROOT / "Snakefile")
    return command[at + 2 :]


def test_words_for_snakemake_come_last() -> None:
    assert given() == [*START, "--cores", "3"]
    assert given("publish", "-n") == [*START, "--cores", "3", "publish", "-n"]


def test_config_joins_what_the_caller_says_for_snakemake_takes_the_last_alone() -> None:
    engine = ("engine=venv",)
    assert given("-n", config=engine) == [*START, "--config", *engine, "--cores", "3", "-n"]
    for option in ("--config", "-C"):
        said = given("-n", option, "images=archive", config=engine)
        assert said == [*START, "--cores", "3", "-n", option, *engine, "images=archive"]


def test_words_are_split_once() -> None:
    assert pipeline.split(["--cores", "2", "--", "-f", "--", "x"]) == (
        ["--cores", "2"], ["-f", "--", "x"],
    )  # fmt: skip
    assert pipeline.split(["--cores", "2"]) == (["--cores", "2"], [])


def test_wrong_options() -> None:
    for change, line in (
        ({"configfile": Path("no.yaml")}, "--configfile no.yaml: no such file; name an experiment"),
        ({"cores": 0}, "--cores 0: expected at least 1"),
        ({"profile": Path("no")}, "--profile no: no config.yaml in it; expected your own, or one"),
    ):
        with pytest.raises(UserError, match=line):
            pipeline.command(argparse.Namespace(**{**vars(ARGS), **change}))


def test_the_experiment_is_this_folders_else_that_of_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert pipeline.last() == pipeline.default() == ROOT / "config" / "config.yaml"
    own = Path("config/config.yaml")
    for path in (own, pipeline.LAST):
        path.parent.mkdir()
        path.touch()
        assert pipeline.last() == path
    assert pipeline.default() == own


def test_all_cores_that_the_process_may_use() -> None:
    assert pipeline.command(parsed())[-2:] == ["--cores", str(cores())]
    assert pipeline.command(parsed("--cores", "1"))[-2:] == ["--cores", "1"]


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    pipeline.add_options(parser, pipeline.default())
    return parser.parse_args(words)


def test_a_profile_brings_its_own_cores(tmp_path: Path) -> None:
    slurm = str(ROOT / "profiles" / "slurm")
    for named in ("slurm", "profiles/slurm", slurm):
        command = pipeline.command(parsed("--profile", named), "-n")
        assert "--cores" not in command and command[-3:-1] == ["--profile", command[-2]]
        assert (ROOT / command[-2]).resolve() == Path(slurm)
    both = pipeline.command(parsed("--profile", slurm, "--cores", "2"))
    assert both[-4:] == ["--profile", slurm, "--cores", "2"], "unless they are said"
    (tmp_path / "config.yaml").touch()
    assert pipeline.command(parsed("--profile", str(tmp_path)))[-1] == str(tmp_path)


def test_the_default_profile_holds_without_a_line_about_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(pipeline.VERBOSE, raising=False)

    def understood(command: list[str]) -> dict[str, Any]:
        found = vars(parse_args(command[4:])[1])
        said = yaml.safe_load((ROOT / pipeline.DEFAULT / "config.yaml").read_text())
        return {name: found[name.replace("-", "_")] for name in said}

    quiet = pipeline.command(ARGS, "-n")
    assert understood(quiet)["logger"] == ["reprise"] and capsys.readouterr().err == ""
    monkeypatch.setenv(pipeline.VERBOSE, "1")
    loud = pipeline.command(ARGS, "-n")
    assert understood(loud) == understood(quiet), "the same options"
    assert "Using workflow specific profile" in capsys.readouterr().err, "the line that is spared"
    monkeypatch.delenv(pipeline.VERBOSE)
    own = ["--workflow-profile", "mine"]
    assert "none" not in pipeline.command(ARGS, *own) and "none" not in pipeline.command(
        argparse.Namespace(**{**vars(ARGS), "profile": Path("slurm")})
    )
    monkeypatch.chdir(tmp_path)
    assert pipeline.command(ARGS, "-n") == quiet
    (tmp_path / pipeline.DEFAULT).mkdir(parents=True)
    assert pipeline.command(ARGS, "-n") == loud, "the caller's own is Snakemake's to read"


def test_snakemakes_own_lines_are_asked_for_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.environ", {})
    plain = pipeline.command(ARGS)
    assert pipeline.VERBOSE not in os.environ
    loud = pipeline.command(argparse.Namespace(**{**vars(ARGS), "verbose": True}))
    assert loud == plain[:4] + plain[plain.index("--snakefile") :]
    assert os.environ[pipeline.VERBOSE]
    assert pipeline.VERBOSE == plugin.VERBOSE, "the name that the plugin asks for"
