"""The reference of settings, configurations and variations: what `benchmarks/` declares."""

from __future__ import annotations

import ast
from typing import Any

from docs.generated.markdown import WIDE, code, codes, table
from workflows.common.paths import ROOT
from workflows.experiment.catalogue import Catalogue

SOURCES = [ROOT / "benchmarks" / name for name in ("settings.py", "arithmetic.py", "outside.py")]
WORDS = {
    "unseeded": "no setting at all",
    "seeded": "one line: `torch.manual_seed`",
    "cudnn": "the article's four lines: torch and CUDA seeds, deterministic cuDNN, no cuDNN "
    "autotuning",
    "article": "its full block: these, and the seeds of Python and NumPy",
    "strict": "all that makes runs on one machine repeat. Its generator for the order of samples "
    "gives another order, hence another letter, than `article`",
    "portable": "`strict`, with CPU instruction sets capped at AVX2 and TF32 off: agrees across "
    "machines that have AVX2, `not-run` on others",
    "portable-sse": "the same with caps that every x86-64 machine has; other bits than `portable`, "
    "and slower",
}
"""Each standard configuration in words; one without fails the build."""


def declarations() -> str:
    """Return the text of all files that declare settings."""
    return "\n".join(source.read_text() for source in SOURCES)


def calls(text: str) -> dict[str, str]:
    """Return what each declared setting calls, by its name, from the declarations' own text.

    Imports and docstrings are left out; a setting of variables alone has an empty call.
    """
    found = {}
    functions = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    for node in functions:
        for declaration in node.decorator_list:
            if declaration.func.id != "setting":  # type: ignore[attr-defined]
                continue
            name = ast.literal_eval(declaration.args[0])  # type: ignore[attr-defined]
            found[name] = "\n".join(ast.unparse(line) for line in node.body if not _silent(line))
    return found


def _silent(line: ast.stmt) -> bool:
    docstring = isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
    return docstring or isinstance(line, ast.Import | ast.ImportFrom)


def settings(catalogue: Catalogue) -> str:
    """Return the page of all settings."""
    rows = []
    for name, setting in catalogue.settings.items():
        within = [c for c, names in catalogue.configurations.items() if name in names]
        variables = codes(f"{key}={value}" for key, value in setting.environment.items())
        others = f"; needs {codes(setting.needs)}" if setting.needs else ""
        others += f"; instead of {codes(setting.instead_of)}" if setting.instead_of else ""
        rows.append(
            [
                f"[`{name}`](#{name})",
                setting.controls + others,
                variables or "none",
                ", ".join(setting.devices),
                f"[source]({setting.source})",
                codes(within) or "none: yours to name",
            ]
        )
    heads = ["setting", "what it controls", "variables", "devices", "source", "in configurations"]
    listing = "".join(
        f"### {name}\n\n```python\n{call}\n```\n\n"
        for name, call in calls(declarations()).items()
        if call
    )
    # A setting of variables alone has no call to show, and its name still leads somewhere.
    alone = [name for name, call in calls(declarations()).items() if not call]
    listing += "".join(f"### {name}\n\nIts variables alone.\n\n" for name in alone)
    return f"""{WIDE}# Settings

A setting is one switch against one source of randomness: an environment variable that is set
before Python starts, a call made before data and model, or both. `{{seed}}` is the experiment's
seed. A [configuration](configurations.md) is a list of settings. This page is made from
`benchmarks/settings.py`.

{table(heads, rows)}
## What each one calls

{listing}"""


def configurations(catalogue: Catalogue) -> str:
    """Return the page of configurations and variations."""
    names = catalogue.configurations
    words = [[code(name), WORDS[name]] for name in names]
    sets = [
        [
            f"[`{setting}`](settings.md#{setting})",
            *("✓" if setting in names[c] else "" for c in names),
        ]
        for setting in catalogue.settings
    ]
    changes = [[code(name), _change(v.model_dump(exclude_defaults=True))]
               for name, v in catalogue.variations.items()]  # fmt: skip
    return f"""{WIDE}# Configurations and variations

## Configurations

A configuration is a list of [settings](settings.md). Threads are fixed to one in every run.

{table(["configuration", "in words"], words)}
{table(["setting", *(code(name) for name in names)], sets)}
A configuration of your own is a new name with a list of settings:

```yaml
configurations: [unseeded, mine: [torch-seed, hash-seed]]
```

## Variations

A variation runs everything again with one thing changed. `baseline` changes nothing.

{table(["variation", "what it changes"], changes)}
A variation of your own is a new name with its changes; the keys are those of
[the experiment's `variations`](experiment.md).
"""


def _change(fields: dict[str, Any]) -> str:
    flat = {k: v for k, v in fields.items() if not isinstance(v, dict)}
    nested = {f"{k}.{n}": w for k, v in fields.items() if isinstance(v, dict) for n, w in v.items()}
    return codes(f"{key} = {value}" for key, value in {**flat, **nested}.items()) or "nothing"
