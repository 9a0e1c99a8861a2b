"""The reference of the experiment's keys and of all result files: what the JSON Schemas hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docs.generated.markdown import code, codes, table
from workflows.common.paths import ROOT

Schema = dict[str, Any]
RESULTS = ROOT / "workflows" / "schemas"
EXPERIMENT = ROOT / "config" / "schema.json"


def experiment() -> str:
    """Return the page of the experiment's keys."""
    return f"""# The experiment's keys

An experiment is one YAML file, such as `config/config.yaml`. `config/schema.json` lets an editor
check it: put `# yaml-language-server: $schema=schema.json` into its first lines. This page is made
from that schema.

{body(json.loads(EXPERIMENT.read_text()), "An experiment")}"""


def results() -> dict[str, str]:
    """Return a page for each schema of a result file, by its name."""
    pages = {}
    for path in sorted(RESULTS.glob("*.json")):
        schema = json.loads(path.read_text())
        pages[path.stem] = f"""# {path.stem}.json

Made from [`workflows/schemas/{path.name}`](../../files/{path.name}), a JSON Schema.

{body(schema, schema.get("title", path.stem))}"""
    return pages


def files() -> dict[str, Path]:
    """Return the schemas themselves, by the name under which the site holds them."""
    return {path.name: path for path in [*sorted(RESULTS.glob("*.json")), EXPERIMENT]}


def body(schema: Schema, title: str) -> str:
    """Return a schema as tables: its own keys, then each object that it names."""
    parts = [_section(schema, title)]
    for name, part in schema.get("$defs", {}).items():
        parts.append(_section(part, name))
    return "\n".join(parts)


def _section(schema: Schema, title: str) -> str:
    words = schema.get("description", "")
    if "enum" in schema:
        return f"## {title}\n\n{words}\n\nOne of {codes(schema['enum'])}.\n"
    required = schema.get("required", [])
    rows = []
    for key, value in schema.get("properties", {}).items():
        default = (
            "required" if key in required else code(value["default"]) if "default" in value else ""
        )
        rows.append([code(key), kind(value), default, value.get("description", "")])
    return f"## {title}\n\n{words}\n\n{table(['key', 'type', 'default', 'meaning'], rows)}"


def kind(schema: Schema) -> str:
    """Return in words what values a schema takes; a named object as a link to its section."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(kind(part) for part in schema[several]))
    if "const" in schema or "enum" in schema:
        return " or ".join(code(value) for value in schema.get("enum", [schema.get("const")]))
    return _plain(schema)


def _plain(schema: Schema) -> str:
    named = schema.get("type", "anything")
    if named == "array":
        return f"list of {kind(schema['items'])}" if "items" in schema else "list"
    if named == "object":
        values = schema.get("additionalProperties")
        values = next(iter(schema.get("patternProperties", {}).values()), values)
        return f"names to {kind(values)}" if isinstance(values, dict) and values else "object"
    return str(named) + _bounds(schema)


def _bounds(schema: Schema) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    return "".join(f", {sign} {schema[key]}" for key, sign in signs.items() if key in schema)
