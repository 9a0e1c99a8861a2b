"""JUnit XML for CI systems: a test case for each cell, and for each benchmark that is out.

A cell that sets PyTorch's seed is to be identical. One that does not is expected to differ, and
passes as long as it runs. A benchmark whose file is wrong has no cells, and is an error.
"""

from __future__ import annotations

from xml.etree import ElementTree

from workflows.experiment.planned import OUT
from workflows.matrix.cells import Cell
from workflows.matrix.model import Matrix
from workflows.matrix.show import validity


def document(matrix: Matrix, settings: dict[str, list[str]]) -> str:
    """Return the whole document; `settings`: those of each configuration."""
    root = ElementTree.Element("testsuites", name="reprise")
    suite = ElementTree.SubElement(root, "testsuite", name="validity")
    case = ElementTree.SubElement(suite, "testcase", classname="validity", name="negative controls")
    if matrix.validity == "invalid":
        ElementTree.SubElement(case, "failure", message=validity(matrix))
    _count(suite)
    for benchmark in dict.fromkeys(cell.benchmark for cell in matrix.cells):
        suite = ElementTree.SubElement(root, "testsuite", name=benchmark)
        for cell in matrix.cells:
            if cell.benchmark == benchmark:
                _case(suite, cell, seeded="torch-seed" in settings[cell.configuration])
        _count(suite)
    for text in matrix.left_out:
        if text.startswith(OUT):
            _out(root, text.removeprefix(OUT))
    ElementTree.indent(root)
    head = '<?xml version="1.0" encoding="utf-8"?>'
    return f"{head}\n{ElementTree.tostring(root, encoding='unicode')}\n"


def _case(suite: ElementTree.Element, cell: Cell, *, seeded: bool) -> None:
    place = f"{cell.environment}.{cell.device}"
    name = f"{cell.configuration}, {cell.variation}"
    case = ElementTree.SubElement(
        suite, "testcase", classname=f"{cell.benchmark}.{place}", name=name
    )
    said = f"{cell.verdict}: {cell.first_difference or cell.reason or ''}".removesuffix(": ")
    if cell.verdict == "not-run":
        ElementTree.SubElement(case, "skipped", message=said)
    elif cell.verdict == "failed":
        ElementTree.SubElement(case, "error", message=said)
    elif seeded and cell.verdict != "identical":
        ElementTree.SubElement(case, "failure", message=said)


def _out(root: ElementTree.Element, text: str) -> None:
    """Add a benchmark none of whose cells was planned; `text`: `NAME: why`."""
    benchmark, _, fault = text.partition(": ")
    suite = ElementTree.SubElement(root, "testsuite", name=benchmark)
    case = ElementTree.SubElement(suite, "testcase", classname=benchmark, name="its file")
    ElementTree.SubElement(case, "error", message=fault)
    _count(suite)


def _count(suite: ElementTree.Element) -> None:
    """Write the counts that CI systems read from a suite's head."""
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
