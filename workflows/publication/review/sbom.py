"""The software bill of materials of an environment: CycloneDX 1.6, from its lock and its image."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from workflows.environments.definition import Pin
from workflows.environments.images.record import ImageRecord, System


def bom(image: ImageRecord, pins: Iterable[Pin]) -> dict[str, Any]:
    """Return the document; `pins`: those of its lock, none where it has no lock.

    It holds no time, and its serial number is made of the contents: equal environments have equal
    documents.
    """
    wheels = {pin.name: pin for pin in pins}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.UUID(hex=image.content_digest[:32], version=5)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "container" if image.base.kind != "interpreter" else "platform",
                "bom-ref": "environment",
                "name": image.environment,
                "version": image.content_digest[:16],
                "hashes": [{"alg": "SHA-256", "content": image.content_digest}],
                "properties": [
                    {"name": "reprise:engine", "value": image.engine},
                    {"name": "reprise:lock-sha256", "value": image.lock_digest or "none"},
                ],
            }
        },
        "components": [
            base(image),
            {"type": "platform", "bom-ref": "python", "name": "CPython", "version": image.python},
            *(
                library(name, version, wheels.get(name))
                for name, version in sorted(image.packages.items())
            ),
            *(system(image.system) if image.system else []),
        ],
    }


def base(image: ImageRecord) -> dict[str, Any]:
    """Return what lies under the wheels."""
    digest = (image.base.digest or "").removeprefix("sha256:")
    found: dict[str, Any] = {
        "type": "operating-system" if image.base.kind != "interpreter" else "platform",
        "bom-ref": "base",
        "name": image.base.reference,
    }
    return found | ({"hashes": [{"alg": "SHA-256", "content": digest}]} if digest else {})


def system(found: System) -> list[dict[str, Any]]:
    """Return the packages of the distribution, as purl has them: pkg:deb/debian/NAME@VERSION."""
    components: list[dict[str, Any]] = []
    for key, version in sorted(found.packages.items()):
        name, _, architecture = key.rpartition(":")
        distribution = f"&distro={quote(found.release)}" if found.release else ""
        purl = f"pkg:deb/{quote(found.vendor)}/{quote(name)}@{quote(version, safe=':')}"
        purl += f"?arch={quote(architecture)}{distribution}"
        components.append(
            {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
        )
    return components


def library(name: str, version: str, pin: Pin | None) -> dict[str, Any]:
    """Return one distribution; of several wheels that may stand for it each hash is a property."""
    purl = f"pkg:pypi/{name}@{version.replace('+', '%2B')}"
    found: dict[str, Any] = {
        "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl
    }  # fmt: skip
    hashes = sorted(pin.hashes) if pin else []
    if len(hashes) == 1:
        found["hashes"] = [{"alg": "SHA-256", "content": hashes[0]}]
    elif hashes:
        found["properties"] = [{"name": "reprise:wheel-sha256", "value": each} for each in hashes]
    return found
