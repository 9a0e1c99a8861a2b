"""The answer of a check as JUnit XML: one test case."""

from __future__ import annotations

import shlex
from xml.etree import ElementTree

from workflows.check.answer import Answer
from workflows.check.words import text

TAGS = {"differs": "failure", "cannot be told": "error"}


def document(answer: Answer) -> str:
    """Return the whole document."""
    counts: dict[str, str] = {
        f"{tag}s": str(int(answer.result == result)) for result, tag in TAGS.items()
    }  # fmt: skip
    root = ElementTree.Element("testsuites", name="reprise")
    suite = ElementTree.SubElement(
        root, "testsuite", {"name": "reprise check", "tests": "1", **counts}
    )
    case = ElementTree.SubElement(
        suite, "testcase", classname="reprise.check", name=shlex.join(answer.command),
        time=str(answer.seconds),
    )  # fmt: skip
    if tag := TAGS.get(answer.result):
        first = str(answer.first_difference or answer.reason)
        ElementTree.SubElement(case, tag, message=f"{answer.result}: {first}").text = text(answer)
    ElementTree.indent(root)
    head = '<?xml version="1.0" encoding="utf-8"?>'
    return f"{head}\n{ElementTree.tostring(root, encoding='unicode')}\n"
