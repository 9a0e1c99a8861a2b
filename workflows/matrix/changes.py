"""What a variation changes, in words."""

from __future__ import annotations

from collections.abc import Mapping


def change_in_words(changes: Mapping[str, object]) -> str:
    """Say what a variation changes, from its fields that are not the default's."""
    words = []
    for name, value in changes.items():
        if name == "variables" and isinstance(value, dict):
            words += [f"{key}={text}" for key, text in value.items()]
        elif name == "options" and isinstance(value, dict):
            words += [f"{key} = {text}" for key, text in value.items()]
        elif name == "settings" and isinstance(value, list):
            words += [f"the setting {text}" for text in value]
        elif name == "threads":
            words.append(f"the thread count ({value})")
        elif name == "cpu":
            words.append(f"the CPU ({value}, emulated)")
        elif name == "load":
            words.append("a busy neighbour")
        elif name == "resume":
            words.append(f"resuming after step {value}")
        elif name in ("folder", "user"):
            words.append("the working directory" if name == "folder" else "the user")
    return ", ".join(words) or "nothing"
