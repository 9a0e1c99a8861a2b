"""A record: what was asked for, and its text, valid UTF-8 JSON whatever a program printed."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from typing import Any

from benchmarks.settings import SETTINGS

# Half of a surrogate pair, or what looks like one spelled, with all backslashes before it.
HALF = re.compile(r"(?<!\\)(\\*+)([\ud800-\udfff]|(?=ud[89a-f][0-9a-f]{2}))")


def spelled(text: str) -> str:
    r"""Return text with each lone surrogate, which UTF-8 has not, spelled `\udc80`.

    Two texts never become one: backslashes before it, or before what looks like it, are doubled.
    """
    if text.isascii() and "\\u" not in text:
        return text
    return HALF.sub(
        lambda found: found[1] * 2 + (f"\\u{ord(found[2]):04x}" if found[2] else ""), text
    )


def plain(value: Any) -> Any:
    """Return a JSON value with all its texts, names of fields too, `spelled`."""
    if isinstance(value, str):
        return spelled(value)
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def text_of(record: dict[str, Any]) -> str:
    """Return a record as JSON, with `sum`: the SHA-256 of its canonical JSON without that field.

    Canonical: sorted keys, no spaces, in UTF-8.
    """
    value = json.loads(json.dumps(plain(record)))  # as a reader will have it
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    value["sum"] = hashlib.sha256(canonical.encode()).hexdigest()
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def in_force(name: str, device: str) -> str:
    """Say whether a setting can act on this device."""
    return "applied" if device in SETTINGS[name].devices else f"no meaning on {device}"


def specification(args: argparse.Namespace) -> dict[str, Any]:
    """Return what was asked for, in the words of the plan."""
    names = ("environment", "device", "benchmark", "configuration", "variation", "repeat")
    more = ("seed", "steps", "options", "threads", "settings")
    changes = ("conditions", "resume", "flip", "dense", "traced", "fingerprint")
    asked = {name: getattr(args, name) for name in (*names, *more, *changes)}
    return asked if args.flip_in == "weights" else asked | {"flip_in": args.flip_in}
