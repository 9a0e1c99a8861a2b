"""What archives read: `.zenodo.json`, and `codemeta.json` (CodeMeta 3.0). Pure."""

from __future__ import annotations

from typing import Any

from workflows.matrix.model import Matrix

TITLE = "Reprise: which combinations reproduce, bit for bit"
WORDS = ["reproducibility", "PyTorch", "determinism", "floating point", "training"]


def zenodo(matrix: Matrix, citation: dict[str, Any], conclusion: str) -> dict[str, Any]:
    """Return the metadata of a deposit; `citation`: what CITATION.cff holds."""
    found: dict[str, Any] = {
        "title": TITLE,
        "upload_type": "dataset",
        "description": conclusion,
        "creators": [{"name": _name(each)} for each in citation["authors"]],
        "access_right": "open",
        "license": str(citation["license"]).lower(),
        "keywords": WORDS,
        "version": str(citation["version"]),
    }
    return found | ({"publication_date": matrix.started[:10]} if matrix.started else {})


def codemeta(matrix: Matrix, citation: dict[str, Any], conclusion: str) -> dict[str, Any]:
    """Return the description of the software that made it; `citation`: as above."""
    packages = dict.fromkeys(
        f"{name} {version}"
        for image in matrix.images.values()
        for name, version in image.packages.items()
        if name in ("torch", "torchvision", "numpy")
    )
    found: dict[str, Any] = {
        "@context": "https://w3id.org/codemeta/3.0",
        "type": "SoftwareSourceCode",
        "name": str(citation["title"]),
        "description": conclusion,
        "author": [{"type": "Organization", "name": _name(each)} for each in citation["authors"]],
        "license": f"https://spdx.org/licenses/{citation['license']}",
        "version": str(citation["version"]),
        "programmingLanguage": "Python",
        "runtimePlatform": [
            f"{name}: CPython {image.python}" for name, image in matrix.images.items()
        ],
        "operatingSystem": "Linux",
        "softwareRequirements": [*packages],
        "keywords": WORDS,
    }
    return found | ({"dateModified": matrix.started[:10]} if matrix.started else {})


def _name(author: dict[str, Any]) -> str:
    """Return a person's name as `Family, Given`, an entity's as it is."""
    if "name" in author:
        return str(author["name"])
    return ", ".join(str(author[key]) for key in ("family-names", "given-names") if key in author)
