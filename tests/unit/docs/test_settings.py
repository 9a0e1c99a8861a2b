"""The reference of settings: every one, with its call, as the declarations have it now."""

from __future__ import annotations

from docs.generated.settings import calls, configurations, declarations, settings
from workflows.experiment.catalogue import Catalogue


def test_a_call_is_shown_without_what_only_brings_it_about() -> None:
    found = calls(declarations())
    assert found["torch-seed"] == "torch.manual_seed(seed)"
    assert found["cublas-workspace"] == ""
    assert "with_worker_seed" in found["worker-seed"]
    assert not any("import" in line for call in found.values() for line in call.splitlines())


def test_an_edited_declaration_edits_the_page() -> None:
    text = declarations().replace("torch.manual_seed(seed)", "torch.manual_seed(seed + 1)")
    assert calls(text)["torch-seed"] == "torch.manual_seed(seed + 1)"


def test_every_setting_has_its_line_and_its_place() -> None:
    catalogue = Catalogue.read()
    page = settings(catalogue)
    for name, setting in catalogue.settings.items():
        assert page.count(f"[`{name}`](#{name})") == 1 and page.count(f"### {name}\n") == 1
        assert setting.source in page
    line = next(line for line in page.splitlines() if line.startswith("| [`cublas-workspace`]"))
    assert "`CUBLAS_WORKSPACE_CONFIG=:4096:8` | cuda |" in line
    assert line.endswith("`strict`, `portable`, `portable-sse` |")
    assert "; instead of `deterministic-algorithms` |" in page


def test_every_configuration_and_variation_has_its_line() -> None:
    catalogue = Catalogue.read()
    page = configurations(catalogue)
    for name in (*catalogue.configurations, *catalogue.variations):
        assert page.count(f"\n| `{name}` |") == 1, name
    assert "| `threads-2` | `threads = 2` |" in page
