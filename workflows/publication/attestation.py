"""Statements of in-toto in their envelope: what was verified, about a file named by its SHA-256.

The statement is of version 1 (https://in-toto.io/Statement/v1), its predicate a Simple Verification
Result 0.2, the envelope DSSE 1.0 (https://github.com/secure-systems-lab/dsse). A signature is
`ssh-keygen`'s over DSSE's pre-authentication encoding, in base64.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from workflows.common.errors import UserError
from workflows.common.models import Foreign
from workflows.publication.signature import sign_bytes, signer

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/svr/v0.2"
PAYLOAD = "application/vnd.in-toto+json"
MOST = 2**20
"""Bytes of an envelope, at most."""


class Digest(Foreign):
    """How a subject is named."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Subject(Foreign):
    """What a statement is about."""

    name: str = ""
    digest: Digest


class Verifier(Foreign):
    """Who verified, and by which policies."""

    id: Annotated[str, Field(pattern="^[a-z][a-z0-9+.-]*:")]
    policies: list[dict[str, Any]]


class Result(Foreign):
    """A Simple Verification Result 0.2: the properties that were verified, when and by whom."""

    verifier: Verifier
    timeCreated: datetime  # noqa: N815  # in-toto's own name
    properties: list[str]


class Statement(Foreign):
    """A statement of in-toto that carries such a result."""

    type: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: Annotated[list[Subject], Field(min_length=1)]
    predicateType: Literal["https://in-toto.io/attestation/svr/v0.2"]  # noqa: N815
    predicate: Result


class Signature(Foreign):
    """One signature of an envelope."""

    sig: str
    keyid: str = ""


class Envelope(Foreign):
    """DSSE: a payload in base64, its type, and signatures."""

    payload: str
    payloadType: Literal["application/vnd.in-toto+json"]  # noqa: N815  # DSSE's own name
    signatures: list[Signature]

    def content(self) -> bytes:
        """Return the payload; raise `ValueError` where it is not base64."""
        return base64.b64decode(self.payload, validate=True)

    def statement(self) -> Statement:
        """Return what it says; raise `ValueError` (pydantic's too) where that is no such thing."""
        return Statement.model_validate_json(self.content())

    def signers(self, allowed: Path | None) -> list[str]:
        """Return who signed; raise `UserError` for a signature that does not fit."""
        return [
            signer(encoded(self.content()), _plain(each.sig), allowed) for each in self.signatures
        ]


def encoded(payload: bytes) -> bytes:
    """Return what is signed: DSSE's pre-authentication encoding."""
    head = f"DSSEv1 {len(PAYLOAD)} {PAYLOAD} {len(payload)} "
    return head.encode() + payload


def enveloped(statement: dict[str, Any], key: Path | None) -> dict[str, Any]:
    """Return a statement in its envelope, signed where there is a key."""
    payload = json.dumps(statement, ensure_ascii=False, sort_keys=True).encode()
    signatures = []
    if key:
        sig = base64.b64encode(sign_bytes(encoded(payload), key)).decode()
        signatures.append({"keyid": "", "sig": sig})
    packed = base64.b64encode(payload).decode()
    return {"payload": packed, "payloadType": PAYLOAD, "signatures": signatures}


def result(
    name: str, digest: str, verifier: dict[str, Any], at: str, properties: list[str]
) -> dict[str, Any]:
    """Return the statement that a file, named by its SHA-256, has these properties."""
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}}],
        "predicateType": PREDICATE,
        "predicate": {"verifier": verifier, "timeCreated": at, "properties": properties},
    }


def load(path: Path) -> Envelope:
    """Read an envelope; raise `ValueError` (pydantic's too) where the file is none."""
    if path.stat().st_size > MOST:
        raise ValueError(f"larger than {MOST} bytes")
    return Envelope.model_validate_json(path.read_bytes())


def _plain(sig: str) -> bytes:
    try:
        return base64.b64decode(sig, validate=True)
    except binascii.Error:
        raise UserError("its signature is not base64") from None
