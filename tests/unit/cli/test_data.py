"""`reprise data`: the digest, the copy, and the line to paste."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from workflows.cli.data import main
from workflows.common.errors import UserError
from workflows.data.look import look
from workflows.data.own import check


def test_the_line_can_be_pasted_and_the_copy_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPRISE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "my: data"
    path.mkdir()
    (path / "x").write_text("3\n")
    main(["mine", str(path)])
    told, line = capsys.readouterr().out.splitlines()
    assert told == "1 file, 2 bytes; for the experiment's file:"
    said = yaml.safe_load(line)["data"]["mine"]
    assert said == {"path": str(path), "sha256": look(path).sha256}
    check("mine", said["sha256"])


def test_wrong_words_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"'My Own': expected a name of lower-case"):
        main(["My Own", str(tmp_path)])
    with pytest.raises(UserError, match=r"none: no such file or folder"):
        main(["mine", str(tmp_path / "none")])
